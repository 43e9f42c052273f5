import { copyFileSync, cpSync, existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { countOf, Failure, main, root, run, stage } from './command.js'
import { checkNeeds } from './platforms/needs.js'

// npm run sound [NAME …]: what tests do not see by themselves, on x86-64 Linux. miri: undefined behaviour, in kernels and engine; loom:
// every order in which threads may meet; threads: data races in the engine's phases; addresses: the addon's memory, in Node.

const target = 'x86_64-unknown-linux-gnu'
const news = countOf(/^test result: .*$/gm)

const sysroot = async () => (await run('rustc +nightly --print sysroot')).output.trim()
const component = (name, file) => ({
  name: `nightly Rust with ${name}`,
  isHere: async () => existsSync(join(await sysroot(), file)),
  get: `rustup toolchain install nightly --component ${name}`,
})
const sources = component('rust-src', 'lib/rustlib/src/rust')

/** LLVM's, for which an addon asks: a program that is no addon would have it in itself. */
const runtime = '/usr/lib/llvm-19/lib/clang/19/lib/linux/libclang_rt.asan-x86_64.so'

const checks = {
  miri: { needs: [component('miri', 'bin/miri'), sources], check: miri },
  loom: { needs: [], check: loom },
  threads: { needs: [sources], check: threads },
  addresses: {
    needs: [
      sources,
      { name: 'AddressSanitizer', isHere: () => existsSync(runtime), get: 'apt-get install libclang-rt-19-dev' },
    ],
    check: addresses,
  },
}

await main(async () => {
  const chosen = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(checks)
  const unknown = chosen.find((name) => !Object.hasOwn(checks, name))
  if (unknown) throw new Failure(`sound: expected names of ${Object.keys(checks).join(', ')} but received ${unknown}`)
  for (const name of chosen) {
    await checkNeeds(`sound ${name}`, checks[name].needs)
    await checks[name].check()
  }
})

/** With the vectors of AVX2, whose instructions Miri knows; under tree borrows, since rayon's deques break those of stacks. */
async function miri() {
  setEnvironment('miri', '-Ctarget-feature=+avx2,+fma')
  process.env.MIRIFLAGS = '-Zmiri-tree-borrows -Zmiri-disable-isolation -Zmiri-ignore-leaks'
  // A panic that a test expects would interpret for minutes what reads the debugging information.
  process.env.RUST_BACKTRACE = '0'
  const how = 'cargo +nightly miri test --locked --quiet'
  await stage('miri, kernels', `${how} --package ravine-kernels --test twins`, news)
  await stage('miri, engine', `${how} --package ravine --lib -- arena plan barrier claims model predict_sync`, news)
}

/** The kernels have no part in it: they are compiled in haste. */
async function loom() {
  setEnvironment('loom', '--cfg loom')
  process.env.LOOM_MAX_PREEMPTIONS ??= '3'
  const haste = '--config profile.test.package.ravine-kernels.opt-level=0'
  await stage('loom', `cargo test --locked --quiet ${haste} --package ravine --lib orders`, news)
}

/** Its exit code is 66 where it saw a race: the tests themselves pass. */
async function threads() {
  setEnvironment('threads', '-Zsanitizer=thread')
  const how = `cargo +nightly test --locked --quiet -Zbuild-std --target ${target} --package ravine`
  await stage('threads', `${how} --lib --test model --test primitives`, news)
}

/** The networks of test/golden in all ways, by an addon whose every access is checked. */
async function addresses() {
  setEnvironment('addresses', '-Zsanitizer=address')
  const how = `cargo +nightly build --locked --quiet -Zbuild-std --target ${target} --release --package ravine-node`
  await stage(
    'addon with AddressSanitizer',
    `${how} --config profile.release.lto=false --config profile.release.strip="none"`,
  )
  const folder = install()
  const preload = `LD_PRELOAD=${runtime} ASAN_OPTIONS=detect_leaks=0:abort_on_error=0`
  await stage('addresses', `env -C ${folder} ${preload} ${process.execPath} test/process/isa.js hashes.json`, () => {
    const { instructionSet, hashes } = JSON.parse(readFileSync(join(folder, 'hashes.json'), 'utf8'))
    return `, ${instructionSet}, ${Object.keys(hashes).length} networks`
  })
}

/** The package with that addon beside it. */
function install() {
  const folder = join(root, 'target/sound/installed')
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(join(folder, 'native'), { recursive: true })
  for (const path of ['package.json', 'dist', 'test/process', 'test/golden']) {
    cpSync(join(root, path), join(folder, path), { recursive: true })
  }
  const built = join(process.env.CARGO_TARGET_DIR, target, 'release/libravine_node.so')
  copyFileSync(built, join(folder, 'native/ravine.linux-x64-gnu.node'))
  return folder
}

/** Each check compiles all anew, beside the others. */
function setEnvironment(name, flags) {
  process.env.RUSTFLAGS = flags
  process.env.CARGO_TARGET_DIR = join(root, 'target/sound', name)
}
