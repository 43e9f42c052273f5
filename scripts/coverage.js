import { copyFileSync, cpSync, readdirSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { countOf, main, root, run, stage } from './command.js'
import { checkNeeds, program } from './platforms/needs.js'

// npm run coverage, on x86-64 Linux: lines of crates/ravine, its kernels and src/ that tests reach; fewer than nine in ten fail. Rust counts
// under its own tests and, as an addon, under those of TypeScript, in processes that many a test kills: the counters lie in files.

const cargo = { name: 'cargo-llvm-cov', version: '0.9.1' }
const target = join(root, 'target/llvm-cov-target')
const clone = join(root, 'target/coverage')
const inFiles = { RUSTFLAGS: '-Cllvm-args=-runtime-counter-relocation', LLVM_PROFILE_FILE_NAME: '%p-%2m%c.profraw' }

await main(async () => {
  await checkNeeds('coverage', [
    {
      ...program('cargo-llvm-cov', '', 'llvm-cov --version'),
      get: `cargo install ${cargo.name}@${cargo.version} --locked`,
    },
  ])
  const env = await counting()
  const { LLVM_PROFILE_FILE } = env
  await stage('tests of Rust', 'cargo test --locked --tests --workspace', countOf(/^test result: .*$/gm), { env })
  await stage('addon that counts', 'cargo build --locked --package ravine-node', undefined, { env: ofAddon(env) })
  makeClone()
  const where = { cwd: clone, env: { ...process.env, LLVM_PROFILE_FILE } }
  await stage('tests and lines of TypeScript', 'vitest run --coverage', percentOf(/^Lines .*$/m), where)
  const report = 'cargo llvm-cov report --package ravine --package ravine-kernels --fail-under-lines 90'
  await stage('lines of Rust', report, percentOf(/^TOTAL .*$/m), { env })
})

/** The environment in which what cargo builds counts, in a folder where nothing has been counted yet. */
async function counting() {
  const env = { ...process.env, ...inFiles, CARGO_TARGET_DIR: target }
  const { output } = await run('cargo llvm-cov show-env', { env })
  for (const [, name, value] of output.matchAll(/^(\w+)='?(.*?)'?$/gm)) env[name] = value
  await stage('nothing counted yet', 'cargo llvm-cov clean --workspace', undefined, { env })
  return env
}

/** That of an addon as fast as tests ask. Its kernels do not count, which takes fifteen times as long: they do under their own tests alone. */
function ofAddon(env) {
  const names = '__CARGO_LLVM_COV_RUSTC_WRAPPER_CRATE_NAMES'
  const fast = { OPT_LEVEL: '3', DEBUG: 'false', DEBUG_ASSERTIONS: 'false', OVERFLOW_CHECKS: 'false' }
  const profile = Object.entries(fast).map(([name, value]) => [`CARGO_PROFILE_DEV_${name}`, value])
  return { ...env, [names]: env[names].replaceAll('ravine_kernels', ''), ...Object.fromEntries(profile) }
}

/** This repository with that addon: the one of every day stays where it is. */
function makeClone() {
  rmSync(clone, { recursive: true, force: true })
  for (const name of readdirSync(root).filter((name) => !['.git', 'node_modules', 'target'].includes(name))) {
    cpSync(join(root, name), join(clone, name), { recursive: true })
  }
  symlinkSync(join(root, 'node_modules'), join(clone, 'node_modules'))
  copyFileSync(join(target, 'debug/libravine_node.so'), join(clone, 'native/ravine.linux-x64-gnu.node'))
}

/** News of a stage: of lines, which are the last percentage of the line. */
function percentOf(line) {
  return (output) => `, ${(line.exec(output)?.[0].match(/[\d.]+%/g) ?? []).at(-1)}`
}
