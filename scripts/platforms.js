// Every platform that has a package @ravine/NAME: its name as `platform()` of src/addon.ts gives it, Rust's triple, what npm goes by, who
// builds it on x86-64 Linux (scripts/platforms/builders.js), and who runs it there (scripts/platforms/runners.js); `note` is for releases.

const linux = (libc) => ({ os: ['linux'], libc: [libc] })
const zig = { builder: 'zig' }

/** The oldest glibc that binaries ask for: that of manylinux2014, which every Linux that Node 20 runs on has. */
export const glibc = '2.17'

/** The oldest macOS that binaries ask for. */
export const macOS = '11.0'

const linked = `cross-linked on Linux and inspected, but run on no Mac before the release`

export const platforms = [
  {
    name: 'linux-x64-gnu',
    triple: 'x86_64-unknown-linux-gnu',
    ...linux('glibc'),
    cpu: ['x64'],
    ...zig,
    runner: 'here',
  },
  {
    name: 'linux-arm64-gnu',
    triple: 'aarch64-unknown-linux-gnu',
    ...linux('glibc'),
    cpu: ['arm64'],
    ...zig,
    runner: 'arm64',
  },
  {
    name: 'linux-arm-gnueabihf',
    triple: 'armv7-unknown-linux-gnueabihf',
    ...linux('glibc'),
    cpu: ['arm'],
    ...zig,
    runner: 'armv7',
  },
  {
    name: 'linux-x64-musl',
    triple: 'x86_64-unknown-linux-musl',
    ...linux('musl'),
    cpu: ['x64'],
    ...zig,
    runner: 'musl',
  },
  {
    name: 'linux-arm64-musl',
    triple: 'aarch64-unknown-linux-musl',
    ...linux('musl'),
    cpu: ['arm64'],
    ...zig,
    runner: 'muslArm64',
  },
  { name: 'darwin-x64', triple: 'x86_64-apple-darwin', os: ['darwin'], cpu: ['x64'], ...zig, note: linked },
  { name: 'darwin-arm64', triple: 'aarch64-apple-darwin', os: ['darwin'], cpu: ['arm64'], ...zig, note: linked },
  {
    name: 'win32-x64-msvc',
    triple: 'x86_64-pc-windows-gnu',
    os: ['win32'],
    cpu: ['x64'],
    builder: 'mingw',
    runner: 'wine',
  },
  { name: 'wasm32-wasi', triple: 'wasm32-wasip1-threads', cpu: ['wasm32'], builder: 'wasm', runner: 'wasm' },
]

/** What loads WebAssembly, in exactly the versions that it was tried with. */
export const wasmRuntime = {
  '@emnapi/core': '2.0.0-beta.2',
  '@emnapi/runtime': '2.0.0-beta.2',
  '@napi-rs/wasm-runtime': '1.2.7',
}

/** The file that a package is for. */
export const binaryOf = ({ name }) => (name === 'wasm32-wasi' ? `ravine.${name}.wasm` : `ravine.${name}.node`)

/** The folder of a package, from the top of the repository. */
export const folderOf = ({ name }) => `npm/${name}`

export const packageOf = ({ name }) => `@ravine/${name}`
