import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { Failure, main, root, run, stage } from './command.js'
import { locked } from './lock.js'

// Whether other tools read what ravine writes: onnx, onnxruntime, safetensors, PyTorch, tensorboard, onnxruntime-node, @wandb/sdk. Their
// packages are put into a folder of their own at first; PYTHON names a Python that has those of test/foreign/requirements*.txt.
// --short: without PyTorch, which is gigabytes; and where the packages cannot be had it says so, which is a failure in CI alone.

const short = process.argv[2] === '--short'
const packages = { 'onnxruntime-node': '1.30.0', '@wandb/sdk': '0.5.1', graphql: '16.15.0' }
const home = join(homedir(), '.cache/ravine/foreign')
const folder = join(root, 'test/foreign')
const venv = join(home, 'venv', process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python')
const requirements = ['requirements.txt', ...(short ? [] : ['requirements.torch.txt'])].map((name) =>
  join(folder, name),
)
const checks = [
  'check_onnx.py',
  'check_safetensors.py',
  ...(short ? [] : ['check_torch.py']),
  'check_events.py',
  'check_onnx.js',
  'check_wandb.js',
]

/** Something is not here that the checks need. */
class Missing extends Failure {}

await main(async () => {
  try {
    await locked(join(home, '.lock'), prepare)
  } catch (error) {
    if (!(error instanceof Missing) || !short || process.env.CI) throw error
    return console.log(`skipped: ${error.message}`)
  }
  await checkAll(process.env.PYTHON ?? venv)
})

/** Brings what is missing of Python's packages and of npm's. */
async function prepare() {
  if (!process.env.PYTHON) await preparePython()
  const missing = Object.entries(packages).filter(([name, version]) => installed(name) !== version)
  const names = missing.map((parts) => parts.join('@')).join(' ')
  if (names) await get('npm', names, `npm install --prefix ${home} --ignore-scripts --no-audit --no-fund ${names}`)
}

/** A Python with the packages, which are brought again when they change. */
async function preparePython() {
  const stamp = (file) => join(home, 'venv', basename(file))
  const text = (file) => (existsSync(file) ? readFileSync(file, 'utf8') : undefined)
  const stale = requirements.filter((file) => text(stamp(file)) !== text(file))
  if (stale.length === 0) return
  await get('a Python with venv', 'venv', `${await python()} -m venv ${join(home, 'venv')}`)
  for (const file of stale) {
    await get('PyPI', basename(file), `${venv} -m pip install --quiet --no-compile --retries 2 -r ${file}`)
    writeFileSync(stamp(file), text(file))
  }
}

/** One that the packages are made for. */
async function python() {
  for (const name of ['python3', 'python3.11', 'python3.12', 'python3.13', 'python', 'py']) {
    const { ok, output } = await run(`${name} --version`)
    const [, minor] = /^Python 3\.(\d+)/.exec(output) ?? []
    if (ok && minor >= 11) return name
  }
  throw new Missing(
    'test:foreign needs Python 3.11 or newer with venv (on Debian: apt-get install python3 python3-venv), or PYTHON that names one with the packages of test/foreign/requirements.txt',
  )
}

async function get(what, name, line) {
  try {
    await stage(name, line)
  } catch ({ message }) {
    const why = message.split('\n').find((line) => /^(npm )?error\b|not available/i.test(line))
    throw new Missing(`test:foreign needs ${what}, but ${why ?? 'this failed'} (${line})`)
  }
}

/** The version of a package that is there. */
function installed(name) {
  const file = join(home, 'node_modules', name, 'package.json')
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).version : undefined
}

/** All of them, also behind one that fails. */
async function checkAll(python) {
  const files = mkdtempSync(join(tmpdir(), 'ravine-foreign-'))
  const failures = []
  try {
    await stage('files', `${process.execPath} ${join(folder, 'write.js')} ${files}`)
    for (const check of checks) {
      const by = check.endsWith('.py') ? `${python} -P` : process.execPath
      const said = (output) => `\n  ${output.trim().split('\n').at(-1)}`
      await stage(check, `${by} ${join(folder, check)} ${files} ${home}`, said).catch((failure) =>
        failures.push(failure),
      )
    }
  } finally {
    rmSync(files, { recursive: true })
  }
  console.log(`${checks.length - failures.length} passed, ${failures.length} failed`)
  if (failures.length > 0) throw new Failure(failures.map(({ message }) => message).join('\n'))
}
