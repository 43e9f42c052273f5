import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Failure, main, manifest, root, stage } from '../command.js'
import { registryOf } from './registry.js'
import { commandOf, getRuntimes, runtimes } from './runtimes.js'

// npm run test:pack, behind npm run pack: installs what is in packed/ into an empty project, from a registry on this machine, without scripts,
// with nothing on the PATH but Node and a shell; and does there what a person would, on each runtime. All must learn the same bits.

const { version } = manifest
const project = mkdtempSync(join(tmpdir(), 'ravine-pack-'))
const bin = join(project, 'bin')
const { RAVINE_DATA } = process.env
const env = { PATH: bin, HOME: join(project, 'home'), ...(RAVINE_DATA && { RAVINE_DATA }) }

/** A stage in the project, which fails where `wanted` is not in what it prints. → that */
async function inProject(name, line, wanted = '', more = {}) {
  const output = await stage(name, line, (output) => `, ${output.trim().split('\n').at(-1)}`, {
    cwd: project,
    env: { ...env, ...more },
  })
  if (!output.includes(wanted)) throw new Failure(`${name}: expected '${wanted}' but received\n${output}`)
  return output
}

await main(async () => {
  await getRuntimes()
  try {
    await install()
    for (const resolution of ['node16', 'bundler']) await checkTypes(resolution)
    await inProject('npx ravine', 'npm exec --no-update-notifier -- ravine --version', version)
    await inProject('npx ravine demo', 'npm exec --no-update-notifier -- ravine demo --epochs 2', 'epoch 1000')
    const learnt = []
    for (const runtime of runtimes) learnt.push(await learn(runtime))
    const bits = new Set(learnt.map(({ hash }) => hash))
    if (bits.size > 1) throw new Failure(`test:pack: expected the same bits everywhere but received ${[...bits]}`)
  } finally {
    rmSync(project, { recursive: true })
  }
})

async function install() {
  mkdirSync(bin)
  symlinkSync(process.execPath, join(bin, 'node'))
  symlinkSync('/bin/sh', join(bin, 'sh'))
  writeFileSync(join(project, 'package.json'), JSON.stringify({ private: true, type: 'module' }))
  cpSync(join(root, 'test/pack'), project, { recursive: true })
  const registry = await registryOf(JSON.parse(readFileSync(join(root, 'packed/packages.json'), 'utf8')))
  try {
    const line = 'npm install ravine --ignore-scripts --no-audit --no-fund --no-update-notifier'
    await inProject('npm install', line, '', { npm_config_registry: registry.url })
  } finally {
    registry.close()
  }
}

/** With the library of no browser. */
async function checkTypes(resolution) {
  const compilerOptions = {
    strict: true,
    noEmit: true,
    skipLibCheck: false,
    target: 'es2022',
    lib: ['es2022', 'esnext.disposable'],
    typeRoots: [join(root, 'node_modules/@types')],
    types: ['node'],
    module: resolution === 'bundler' ? 'preserve' : resolution,
    moduleResolution: resolution,
  }
  writeFileSync(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['typed.ts'] }))
  await inProject(`types, ${resolution}`, `tsc -p ${project}`)
}

async function learn(runtime) {
  const command = commandOf(runtime).join(' ')
  await inProject(`${runtime.name}, require`, `${command} require.cjs`, runtime.refusesModules ? 'import()' : version)
  await inProject(`${runtime.name}, ravine`, `${command} node_modules/ravine/dist/cli.js --version`, version)
  await inProject(`${runtime.name}, entries`, `${command} entries.mjs`, version)
  return JSON.parse(await inProject(`${runtime.name}, learn`, `${command} learn.mjs`, version))
}
