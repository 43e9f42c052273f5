import { existsSync, mkdirSync, rmdirSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { ends } from './child.js'

// A container has part of the CPUs and of the memory: as many threads as that, and an error where the kernel would kill.

const FIRST = '/sys/fs/cgroup/memory'
const [LIMIT, LARGE] = [400 * 2 ** 20, 800]

/** A cgroup with limits, by files and what is in them: of version 1, else of version 2. */
function limited(name, first, second) {
  const [controller, files] = existsSync(FIRST) ? [first.controller, first.files] : ['', second]
  const group = join('/sys/fs/cgroup', controller, `ravine-soak-${process.pid}-${name}`)
  mkdirSync(group)
  try {
    for (const [file, limit] of Object.entries(files)) writeFileSync(join(group, file), `${limit}`)
  } catch (error) {
    rmdirSync(group)
    throw error
  }
  return group
}

const ofMemory = () =>
  limited(
    'memory',
    { controller: 'memory', files: { 'memory.limit_in_bytes': LIMIT } },
    { 'memory.max': LIMIT, 'memory.swap.max': 0 },
  )

const ofCpus = (cpus) =>
  limited(
    'cpu',
    { controller: 'cpu', files: { 'cpu.cfs_period_us': 100_000, 'cpu.cfs_quota_us': cpus * 100_000 } },
    { 'cpu.max': `${cpus * 100_000} 100000` },
  )

/** Runs a module inside a cgroup. */
async function inside(group, wanted, script) {
  const words = ['-c', 'echo $$ > "$0/cgroup.procs" && exec "$@"', group, 'node']
  return ends(wanted, script, { command: 'sh', words })
}

async function within(group, work) {
  try {
    return await work(group)
  } finally {
    rmdirSync(group)
  }
}

const threads = "import { cpu } from 'ravine'; console.log(cpu().threads)"

const plain = `new Float32Array(${LARGE} * 2 ** 18).fill(1); console.log('not killed')`

const model = `
  import { dense, sequential, sgd } from 'ravine'
  const refusal = (work) => { try { return work() } catch (error) { console.log(error.code, error.message); return undefined } }
  refusal(() => sequential({ inputs: ${LARGE} * 2 ** 9 }, [dense(512)]))
  const model = sequential({ inputs: 4 }, [dense(1)])
  console.log(model.step({ features: new Float32Array(4), targets: new Float32Array(1) }, { optimizer: sgd({ learningRate: 0.1 }) }).loss >= 0)`

const dataset = `
  import { dataset, dense, sequential, sgd } from 'ravine'
  const features = new Uint8Array(200 * 2 ** 20).fill(1)
  const data = dataset({ features, targets: new Float32Array(2 ** 11 * 100), inputs: 1024 })
  const model = sequential({ inputs: 1024 }, [dense(1)])
  const { code, message } = await model.fit(data, { optimizer: sgd({ learningRate: 1e-9 }) }).catch((error) => error)
  console.log(code, message)
  await model.fit(data.take(100), { optimizer: sgd({ learningRate: 1e-9 }) })
  console.log('trained')`

export const cgroup = {
  times: 3,
  short: 1,
  /** Whether cgroups can be made here. */
  possible() {
    try {
      for (const group of [ofMemory(), ofCpus(1)]) rmdirSync(group)
      return true
    } catch {
      return false
    }
  },
  async run(times) {
    const [all, refused] = [
      availableParallelism(),
      'ERR_RAVINE_NATIVE [a-z]+: expected \\d+ bytes of memory for [a-z ]+ but \\d+ are left',
    ]
    const some = Math.ceil(all / 2)
    for (let i = 0; i < times; i++) {
      await within(ofCpus(some), (group) => inside(group, { code: 0, output: RegExp(`^${some}\n$`) }, threads))
      await ends({ code: 0, output: /^1\n$/ }, threads, { command: 'taskset', words: ['-c', '0', 'node'] })
      await within(ofMemory(), async (group) => {
        await inside(group, { signal: 'SIGKILL' }, plain)
        await inside(group, { code: 0, output: RegExp(`^${refused}\ntrue\n$`) }, model)
        await inside(group, { code: 0, output: RegExp(`^${refused}\ntrained\n$`) }, dataset)
      })
    }
    return `${times} times: ${some} of ${all} CPUs by quota, 1 by affinity; in ${LIMIT >> 20} MiB plain JavaScript was killed, a model and a dataset were refused`
  },
}
