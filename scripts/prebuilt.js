import { copyFileSync, mkdirSync, readFileSync, renameSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename, join } from 'node:path'
import { root } from './command.js'

const require = createRequire(join(root, 'package.json'))

/** The addon in the optional package of this system, if npm installed one, with the hash of the sources that it was built from. */
export function prebuilt() {
  // npm installs only the package whose C library is this system's.
  const names = ['', '-gnu', '-musl', '-gnueabihf', '-msvc'].map((abi) => {
    return `@ravine/${process.platform}-${process.arch}${abi}`
  })
  const name = names.find(resolves)
  if (!name) return undefined
  const file = require.resolve(name)
  return { name, file, sources: sourcesOf(file) }
}

function resolves(name) {
  try {
    return require.resolve(name).endsWith('.node')
  } catch {
    return false
  }
}

function sourcesOf(file) {
  try {
    return readFileSync(file.replace(/\.node$/, '.sources'), 'utf8').trim()
  } catch {
    return undefined
  }
}

/** Takes it into native/ by a rename: a process that has the old one open keeps it. */
export function take({ name, file }) {
  console.log(`setup: taking the prebuilt addon of ${name}`)
  const native = join(root, 'native')
  mkdirSync(native, { recursive: true })
  const partial = join(native, `.${process.pid}.partial`)
  copyFileSync(file, partial)
  renameSync(partial, join(native, basename(file)))
}
