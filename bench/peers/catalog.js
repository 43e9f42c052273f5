import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync } from 'node:fs'
import { join, resolve } from 'node:path'

/** Where peers are installed and their input lies; ignored by git. */
export const bench = resolve(import.meta.dirname, '../../.bench')
export const data = join(bench, 'data')

const folder = (name) => join(bench, name)
const here = (file) => join(import.meta.dirname, file)

/** A library in a virtual environment of its own: what one needs is not what another can bear. */
function python(name, ...packages) {
  const program = join(folder(name), 'bin/python')
  return {
    name,
    needs: program,
    command: [program, '-m', `peers.${name}`],
    install: [
      ['python3', '-m', 'venv', folder(name)],
      [program, '-m', 'pip', 'install', '--quiet', ...packages],
    ],
  }
}

/** Install scripts stay off: what they download is for other machines. */
const npm = (name, file, ...packages) => ({
  name,
  needs: join(folder(name), 'node_modules', packages[0]),
  command: [process.execPath, here(file)],
  install: [['npm', 'install', '--prefix', folder(name), '--ignore-scripts', ...packages]],
})

const own = (name) => ({
  name,
  needs: here(`${name}.js`),
  command: [process.execPath, here(`${name}.js`)],
  install: [],
})

const program = join(folder('rust'), 'release/peers')
const rust = {
  name: 'rust',
  needs: program,
  command: [program],
  install: [
    [
      'cargo',
      'build',
      '--release',
      '--locked',
      '--manifest-path',
      here('rust/Cargo.toml'),
      '--target-dir',
      folder('rust'),
    ],
  ],
}

/** ravine comes first. `single`: knows one thread only. */
export const catalog = [
  own('ravine'),
  { ...own('plain'), single: true },
  python('torch', 'torch', 'numpy'),
  python('jax', 'jax[cpu]', 'numpy'),
  python('keras', 'tensorflow-cpu', 'keras'),
  python('numpy', 'numpy'),
  npm('onnxruntime', 'onnxruntime.js', 'onnxruntime-node'),
  { ...npm('tfjs', 'tfjs.js', '@tensorflow/tfjs', '@tensorflow/tfjs-backend-wasm'), single: true },
  rust,
]

export const names = catalog.map(({ name }) => name)
export const installed = ({ needs }) => existsSync(needs)

/** Runs what installs a peer; whether it went well. */
export function install({ name, install }) {
  mkdirSync(folder(name), { recursive: true })
  return install.every(([command, ...words]) => {
    console.error(`${name}: ${[command, ...words].join(' ')}`)
    return spawnSync(command, words, { stdio: ['ignore', 2, 2] }).status === 0
  })
}
