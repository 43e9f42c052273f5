import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { delimiter, join } from 'node:path'
import { Failure, run } from '../command.js'

// What other platforms need of this machine: each thing with a look whether it is here, and the command that gets it.

/** Where what does not come from a system's packages is looked for first. */
export const home = join(homedir(), '.cache/ravine/platforms')
process.env.PATH = `${join(home, 'bin')}${delimiter}${process.env.PATH}`

const runs = async (line) => (await run(line)).ok
const outputOf = async (line) => (await run(line)).output.trim()

/** A file of a package of npm's in that home. */
export const inHome = (path) => join(home, 'node_modules', path)

/** The standard library for a target. */
export const library = (triple) => ({
  name: `Rust's library for ${triple}`,
  isHere: async () => existsSync(await outputOf(`rustc --print target-libdir --target ${triple}`)),
  get: `rustup target add ${triple}`,
})

/** Links for everything but Windows. */
export const zig = {
  name: 'cargo-zigbuild with zig',
  isHere: async () =>
    (await runs('cargo-zigbuild --version')) &&
    ((await runs('zig version')) || (await runs('python3 -m ziglang version'))),
  get: `python3 -m venv ${home} && ${home}/bin/pip install cargo-zigbuild==0.24.1 ziglang==0.17.1`,
}

/** A program of Debian's. */
export const program = (name, debian = name, version = '--version') => ({
  name,
  isHere: () => runs(`${name} ${version}`),
  get: `apt-get install ${debian}`,
})

/** Packages of npm's; some are for other processors, so npm has to be forced. */
export const packages = (name, versions) => {
  const wanted = Object.entries(versions)
  return {
    name,
    isHere: () => wanted.every(([package_]) => existsSync(inHome(`${package_}/package.json`))),
    get: `npm install --prefix ${home} --force ${wanted.map((parts) => parts.join('@')).join(' ')}`,
  }
}

/** The C and C++ libraries of another processor. */
export const libraries = (sysroot, debian) => ({
  name: `the C and C++ libraries in ${sysroot}`,
  isHere: () =>
    ['libc.so.6', 'libstdc++.so.6', 'libatomic.so.1'].every((name) => existsSync(join(sysroot, 'lib', name))),
  get: `apt-get install ${['libc6', 'libstdc++6', 'libatomic1'].map((name) => `${name}-${debian}-cross`).join(' ')}`,
})

/** Those of `needs` that are not here, each once. */
export async function missingOf(needs) {
  const looked = await Promise.all([...new Map(needs.map((need) => [need.get, need])).values()].map(look))
  return looked.filter(Boolean)
}

const look = async (need) => !(await need.isHere()) && need

/** What is missing in a sentence, and the commands that get it. */
export function sentenceOf(command, missing) {
  const names = new Intl.ListFormat('en-GB').format(missing.map(({ name }) => name))
  const commands = missing.map(({ get }) => `\n  ${get}`)
  return `${command} needs what is not here: ${names}. On Debian this gets it:${commands.join('')}`
}

/** @throws {Failure} with that sentence where something is missing */
export async function checkNeeds(command, needs) {
  const missing = await missingOf(needs)
  if (missing.length > 0) throw new Failure(sentenceOf(command, missing))
}
