import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { main, root, run, stage } from './command.js'

// Whether other tools read what ravine writes, each by itself: onnx and onnxruntime, safetensors and PyTorch, tensorboard, onnxruntime-node.
// The packages are put into a folder of their own at first; PYTHON names a Python that has those of test/foreign/requirements.txt.

const ORT = 'onnxruntime-node@1.30.0'
const home = join(homedir(), '.cache/ravine/foreign')
const folder = join(root, 'test/foreign')
const venv = join(home, 'venv', process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python')
const checks = ['check_onnx.py', 'check_safetensors.py', 'check_events.py']

await main(async () => {
  const python = process.env.PYTHON ?? (await madePython())
  if (!existsSync(join(home, 'node_modules', ORT.split('@')[0]))) {
    await stage(ORT, `npm install --prefix ${home} --ignore-scripts --no-audit --no-fund ${ORT}`)
  }
  const files = mkdtempSync(join(tmpdir(), 'ravine-foreign-'))
  try {
    await stage('files', `${process.execPath} ${join(folder, 'write.js')} ${files}`)
    const said = (output) => `\n  ${output.trim().split('\n').at(-1)}`
    for (const check of checks) await stage(check, `${python} -P ${join(folder, check)} ${files}`, said)
    await stage('check_onnx.js', `${process.execPath} ${join(folder, 'check_onnx.js')} ${files} ${home}`, said)
  } finally {
    rmSync(files, { recursive: true })
  }
})

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
