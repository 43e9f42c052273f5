import { existsSync, readFileSync, statSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { Failure, main, root } from '../command.js'
import { binaryOf, folderOf, glibc, macOS } from '../platforms.js'
import { addon } from '../products.js'
import { checkNeeds } from './needs.js'
import { stampOf } from './package.js'
import { llvm, readerOf } from './readers.js'
import { wanted } from './wanted.js'

// npm run check:binaries [NAME …]: whether npm/ has the binary of every platform, of these sources, and each is what people can install.

const MEBIBYTE = 2 ** 20
const limit = 5e6

const machines = {
  'linux-x64-gnu': 'EM_X86_64',
  'linux-arm64-gnu': 'EM_AARCH64',
  'linux-arm-gnueabihf': 'EM_ARM',
  'linux-x64-musl': 'EM_X86_64',
  'linux-arm64-musl': 'EM_AARCH64',
  'darwin-x64': 'X86-64',
  'darwin-arm64': 'Arm64',
  'win32-x64-msvc': 'IMAGE_FILE_MACHINE_AMD64',
  'wasm32-wasi': 'wasm32',
}

/** What every system has. */
const libraries = {
  glibc: /^(lib(c|m|pthread|dl|rt|gcc_s)|ld-linux[-\w]*)\.so\.\d$/,
  musl: /^libc\.so$/,
  darwin: /^\/usr\/lib\/lib(System\.B|iconv\.2|charset\.1)\.dylib$/,
  win32: /^(KERNEL32|ntdll|msvcrt|USERENV|WS2_32|bcryptprimitives|api-ms-win-\S+|node)\.(dll|exe)$/i,
  wasm32: /^(env|napi|emnapi|wasi|wasi_snapshot_preview1)$/,
}
const librariesOf = ({ os = [], cpu, libc = [] }) => libraries[libc[0] ?? os[0] ?? cpu[0]]

/** What Node looks for in an addon; WebAssembly exports its memory's functions as well. */
const exported = /^(napi_register_module_v1|node_api_module_get_api_version_v1)$/

/** What the linker and Rust's standard library leave to be seen for macOS. */
const left = /^(__dso_handle|_mh_dylib_header|rust_eh_personality|_RNv\w+3std9panicking11EMPTY_PANIC)$/

/** Places on the machine of whoever built it. */
const places = [root, `${homedir()}/`, `${tmpdir()}/`, '/home/', '/Users/', '\\Users\\', '.cargo/', '.rustup/']

await main(async () => {
  const chosen = wanted('check:binaries')
  await checkNeeds('check:binaries', [llvm])
  const faults = []
  for (const platform of chosen) faults.push(...(await faultsOf(platform)))
  if (faults.length > 0) throw new Failure(`\n${faults.join('\n')}`)
})

/** Sentences of what is wrong; says in a line what is there. */
async function faultsOf(platform) {
  const file = join(root, folderOf(platform), binaryOf(platform))
  if (!existsSync(file))
    return [`${platform.name}: expected a binary but there is none: npm run build:all -- ${platform.name}`]
  const facts = await readerOf(platform)(file)
  const { size } = statSync(file)
  const { oldest = '', needs } = facts
  const mebibytes = `${(size / MEBIBYTE).toFixed(2)} MiB`
  console.log([platform.name.padEnd(19), mebibytes, facts.machine, oldest.padEnd(4), needs.join(' ')].join('  '))
  return checksOf(platform, { ...facts, size, text: readFileSync(file, 'latin1') })
    .filter(([holds]) => !holds)
    .map(([, expected, found]) => `${platform.name}: expected ${expected} but found ${found}`)
}

function checksOf(platform, { machine, needs, exports, oldest, symbols, size, text, ...facts }) {
  const foreign = needs.filter((name) => !librariesOf(platform).test(name))
  const darwin = platform.os?.[0] === 'darwin'
  const names =
    platform.builder === 'wasm' ? [] : exports.filter((name) => !exported.test(name) && !(darwin && left.test(name)))
  const seen = places.filter((place) => text.includes(place))
  const stamp = join(root, folderOf(platform), stampOf(platform))
  return [
    [
      existsSync(stamp) && readFileSync(stamp, 'utf8').trim() === addon.sources(),
      'it built from these sources',
      'others',
    ],
    [size < limit, `fewer than ${limit} bytes`, size],
    [machine === machines[platform.name], machines[platform.name], machine],
    [foreign.length === 0, 'no library but the system’s', foreign],
    [names.length === 0, 'no exports but those that Node looks for', names],
    [exports.some((name) => /^napi_register_(module|wasm)_v1$/.test(name)), 'napi_register_module_v1', exports],
    [!symbols, 'no symbols for a debugger', 'some'],
    [seen.length === 0, 'no path of the machine that built it', seen],
    ...systemChecks(platform, { oldest, ...facts }),
  ]
}

/** Of the oldest system that a binary runs on, and of what macOS asks for besides. */
function systemChecks(platform, { oldest, installName, signed }) {
  if (platform.libc?.[0] === 'glibc') return [[atMost(oldest, glibc), `glibc ${glibc} or older`, oldest]]
  if (platform.os?.[0] !== 'darwin') return []
  const name = `@rpath/${binaryOf(platform)}`
  return [
    [atMost(oldest, macOS), `macOS ${macOS} or older`, oldest],
    [installName === name, `the install name ${name}`, installName],
    // An Apple processor runs nothing that is not signed, be it by nobody.
    [signed || platform.name === 'darwin-x64', 'a signature', 'none'],
  ]
}

/** Of versions, as numbers between points. */
function atMost(version, limit) {
  return new Intl.Collator('en', { numeric: true }).compare(version, limit) <= 0
}
