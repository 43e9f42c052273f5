import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { main, root, run, stage } from './command.js'

// Whether other tools read what ravine writes: onnx, onnxruntime, safetensors with PyTorch, tensorboard, onnxruntime-node, @wandb/sdk.
// The packages are put into a folder of their own at first; PYTHON names a Python that has those of test/foreign/requirements.txt.

const packages = { 'onnxruntime-node': '1.30.0', '@wandb/sdk': '0.5.1', graphql: '16.15.0' }
const home = join(homedir(), '.cache/ravine/foreign')
const folder = join(root, 'test/foreign')
const venv = join(home, 'venv', process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python')
const checks = ['check_onnx.py', 'check_safetensors.py', 'check_events.py']

await main(async () => {
  const python = process.env.PYTHON ?? (await madePython())
  const missing = Object.entries(packages).filter(([name, version]) => installed(name) !== version)
  const names = missing.map((parts) => parts.join('@')).join(' ')
  if (names) await stage(names, `npm install --prefix ${home} --ignore-scripts --no-audit --no-fund ${names}`)
  const files = mkdtempSync(join(tmpdir(), 'ravine-foreign-'))
  try {
    await stage('files', `${process.execPath} ${join(folder, 'write.js')} ${files}`)
    const said = (output) => `\n  ${output.trim().split('\n').at(-1)}`
    for (const check of checks) await stage(check, `${python} -P ${join(folder, check)} ${files}`, said)
    for (const check of ['check_onnx.js', 'check_wandb.js']) {
      await stage(check, `${process.execPath} ${join(folder, check)} ${files} ${home}`, said)
    }
  } finally {
    rmSync(files, { recursive: true })
  }
})

/** The version of a package that is there. */
function installed(name) {
  const file = join(home, 'node_modules', name, 'package.json')
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).version : undefined
}

/** A Python with the packages, made anew when they change. */
async function madePython() {
  const requirements = readFileSync(join(folder, 'requirements.txt'), 'utf8')
  const stamp = join(home, 'venv', 'requirements.txt')
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === requirements) return venv
  const python = (await run('python3.11 --version')).ok ? 'python3.11' : 'python3'
  await stage('venv', `${python} -m venv ${join(home, 'venv')}`)
  await stage('packages', `${venv} -m pip install --quiet -r ${join(folder, 'requirements.txt')}`)
  writeFileSync(stamp, requirements)
  return venv
}
