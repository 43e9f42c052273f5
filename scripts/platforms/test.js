import { cpSync, existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { Failure, main, root, stage } from '../command.js'
import { binaryOf, folderOf, packageOf, wasmRuntime } from '../platforms.js'
import { inHome, missingOf, sentenceOf } from './needs.js'
import { runners } from './runners.js'
import { wanted } from './wanted.js'

// npm run test:platforms [NAME …]: installs the package of each platform beside ravine, as npm would, and trains with it, where this machine
// can run it, the networks of test/golden in all ways: each has its committed hash. With --all every platform that can be run has to be.

const committed = JSON.parse(readFileSync(join(root, 'test/golden/hashes.json'), 'utf8'))

await main(async () => {
  const skipped = []
  for (const platform of wanted('test:platforms')) {
    const reason = await reasonAgainst(platform)
    if (!reason) await test(platform)
    else if (console.log(`not run: ${platform.name}: ${reason}`) || platform.runner) skipped.push(platform.name)
  }
  if (process.argv.includes('--all') && skipped.length > 0) throw new Failure(`\nnot run: ${skipped.join(', ')}`)
})

async function reasonAgainst(platform) {
  if (!existsSync(join(root, folderOf(platform), binaryOf(platform)))) return `npm run build:all -- ${platform.name}`
  if (!platform.runner) return platform.note
  const missing = await missingOf(runners[platform.runner].needs)
  return missing.length > 0 && sentenceOf('test:platforms', missing)
}

async function test(platform) {
  const { prepare, adapt, nodes, sets } = runners[platform.runner]
  await prepare?.()
  const folder = install(platform)
  adapt?.(folder)
  for (const [title, node] of Object.entries(nodes)) {
    for (const set of sets) await compareHashes(`${platform.name}, ${title}, ${set}`, folder, node, set)
  }
}

/** What npm would install, with the programs that are run. */
function install(platform) {
  const folder = join(root, 'target/installed', platform.name)
  const copy = (from, to = from) => cpSync(join(root, from), join(folder, to), { recursive: true })
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  for (const path of ['package.json', 'dist', 'test/process', 'test/golden']) copy(path)
  copy(folderOf(platform), `node_modules/${packageOf(platform)}`)
  if (platform.builder !== 'wasm') return folder
  for (const name of [...Object.keys(wasmRuntime), '@tybys/wasm-util', 'tslib']) {
    cpSync(inHome(name), join(folder, 'node_modules', name), { recursive: true })
  }
  return folder
}

/** A file takes what was found: what runs under wine writes into no pipe. */
async function compareHashes(title, folder, node, set) {
  const file = join(folder, 'hashes.json')
  rmSync(file, { force: true })
  await stage(title, `env -C ${folder} RAVINE_ISA=${set} ${node} test/process/isa.js hashes.json`)
  const { instructionSet, hashes } = JSON.parse(readFileSync(file, 'utf8'))
  if (instructionSet !== set) throw new Failure(`expected the instruction set ${set} but received ${instructionSet}`)
  const found = Object.entries(hashes).flatMap(([name, byWay]) => {
    return Object.entries(byWay).map(([way, hash]) => [hash === committed[name], `${name}, ${way}`])
  })
  const others = found.filter(([equal]) => !equal).map(([, what]) => `\n  ${what}`)
  console.log(`  ${found.length - others.length} of ${found.length} hashes as committed`)
  if (others.length > 0) throw new Failure(`expected the hashes of test/golden/hashes.json, also for${others.join('')}`)
}
