import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { root, run, stage } from '../command.js'
import { binaryOf, folderOf, glibc, macOS, wasmRuntime } from '../platforms.js'
import { inHome, library, packages, program, zig } from './needs.js'

// How the addon for a platform comes about on x86-64 Linux: what a builder needs, and how it builds, into the folder of the package.

const cargo = '--package ravine-node --release --locked --quiet'

export const builders = {
  zig: { needs: ({ triple }) => [library(triple), zig], build: byZig },
  mingw: {
    needs: ({ triple }) => [library(triple), program('x86_64-w64-mingw32-gcc', 'gcc-mingw-w64-x86-64')],
    build: byMingw,
  },
  wasm: {
    needs: ({ triple }) => [library(triple), packages("emnapi, napi's parts for WebAssembly", wasmParts)],
    build: byNapi,
  },
}

const wasmParts = { emnapi: '2.0.0-beta.2', ...wasmRuntime }

/** By zig's linker, which knows every glibc, musl and macOS. */
async function byZig(platform) {
  const { name, triple, libc = [] } = platform
  const [apple, musl] = [triple.includes('apple'), libc.includes('musl')]
  setFlags([
    // What is loaded into a process takes the C library of that process.
    ...(musl ? ['-Ctarget-feature=-crt-static'] : []),
    ...(apple ? [`-Clink-arg=-Wl,-install_name,@rpath/${binaryOf(platform)}`] : []),
  ])
  process.env.MACOSX_DEPLOYMENT_TARGET = macOS
  const version = libc.includes('glibc') ? `.${glibc}` : ''
  await stage(`addon, ${name}`, `cargo-zigbuild build ${cargo} --target ${triple}${version}`)
  keep(platform, `libravine_node.${apple ? 'dylib' : 'so'}`)
}

/** By mingw's linker, as Debian has it: that of Microsoft is only on Windows. */
async function byMingw(platform) {
  const folder = await makeImportLibrary()
  setFlags([])
  process.env.LIBNODE_PATH = folder
  process.env.CARGO_TARGET_X86_64_PC_WINDOWS_GNU_LINKER = 'x86_64-w64-mingw32-gcc'
  await stage(`addon, ${platform.name}`, `cargo build ${cargo} --target ${platform.triple}`)
  keep(platform, 'ravine_node.dll')
}

/** The functions of Node that an addon calls, as a library to link with: node.exe itself has them. */
async function makeImportLibrary() {
  const folder = join(root, 'target/libnode')
  const [definitions, archive] = ['node.def', 'libnode.dll.a'].map((file) => join(folder, file))
  mkdirSync(folder, { recursive: true })
  writeFileSync(definitions, ['LIBRARY node.exe', 'EXPORTS', ...(await functionsOfNode()), ''].join('\n'))
  writeFileSync(join(folder, 'libnode.dll'), '')
  await run(`x86_64-w64-mingw32-dlltool -d ${definitions} -l ${archive}`)
  return folder
}

/** Their names, from the crate that declares them. */
async function functionsOfNode() {
  const { output } = await run('cargo metadata --format-version 1 --locked')
  const { manifest_path } = JSON.parse(output).packages.find(({ name }) => name === 'napi-sys')
  const source = readFileSync(join(dirname(manifest_path), 'src/functions.rs'), 'utf8')
  return [...new Set([...source.matchAll(/fn ((?:napi|node_api)_\w+)\(/g)].map(([, name]) => name))]
}

/** By napi, which writes what loads it, too. */
async function byNapi(platform) {
  setFlags([])
  // Where napi finds emnapi, of which it takes what goes with this Rust.
  process.env.NODE_PATH = inHome('')
  const folder = folderOf(platform)
  const how = `--platform --release --manifest-path crates/ravine-node/Cargo.toml --output-dir ${folder}`
  await stage(`addon, ${platform.name}`, `napi build --target ${platform.triple} ${how} -- --locked`)
}

/** For the compiler: no path of this machine stays in a binary. */
function setFlags(flags) {
  const paths = { [root]: '/ravine/', [process.env.CARGO_HOME ?? join(homedir(), '.cargo')]: '/cargo' }
  const remaps = Object.entries(paths).map(([path, name]) => `--remap-path-prefix=${path}=${name}`)
  process.env.CARGO_ENCODED_RUSTFLAGS = [...remaps, ...flags].join('\x1f')
}

function keep(platform, file) {
  const built = join(root, 'target', platform.triple, 'release', basename(file))
  const folder = join(root, folderOf(platform))
  mkdirSync(folder, { recursive: true })
  copyFileSync(built, join(folder, binaryOf(platform)))
}
