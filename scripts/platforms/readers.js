import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Failure, run } from '../command.js'

// What a binary says of itself, by the readers of the compiler's own LLVM: machine, libraries that it needs, names that it exports, the
// oldest system that it asks for, and whether it carries symbols or more that only a debugger reads.

export const llvm = {
  name: "LLVM's tools of this Rust",
  isHere: async () => (await run(`${await toolOf('llvm-readobj')} --version`)).ok,
  get: 'rustup component add llvm-tools',
}

async function toolOf(name) {
  const library = (await run('rustc --print target-libdir')).output.trim()
  return join(library, '../bin', name)
}

async function tool(name, words) {
  const line = `${await toolOf(name)} ${words}`
  const { ok, output } = await run(line)
  if (!ok) throw new Failure(`\n${output.trim()}\n\nfailed: ${line}`)
  return output
}

const lines = (text) => text.split('\n').filter(Boolean)
const all = (text, pattern) => [...new Set([...text.matchAll(pattern)].map(([, found]) => found))].sort()

/** The names between the brackets of NeededLibraries. */
const needed = (text) => lines(/^NeededLibraries \[$(.*?)^\]$/ms.exec(text)?.[1] ?? '').map((line) => line.trim())

/** The highest of versions with points. */
const highest = (versions) => versions.sort(new Intl.Collator('en', { numeric: true }).compare).at(-1)

const machineOf = (text) => /^ *(?:Machine|CpuType): (\S+)/m.exec(text)?.[1]

async function elf(file) {
  const text = await tool('llvm-readobj', `--file-headers --needed-libs --version-info --sections ${file}`)
  return {
    machine: machineOf(text),
    needs: needed(text),
    exports: lines(await tool('llvm-nm', `-D --defined-only --format=just-symbols ${file}`)),
    oldest: highest(all(text, /Name: GLIBC_([\d.]+)$/gm)),
    symbols: /Name: \.(symtab|debug_\w+) /.test(text),
  }
}

async function machO(file) {
  const text = await tool('llvm-readobj', `--file-headers --needed-libs --macho-version-min ${file}`)
  const exports = lines(await tool('llvm-nm', `--defined-only --extern-only --format=just-symbols ${file}`))
  const symbols = lines(await tool('llvm-nm', `--defined-only --format=just-symbols ${file}`))
  const installName = lines(await tool('llvm-objdump', `--macho --dylib-id ${file}`)).at(-1)
  return {
    machine: machineOf(text),
    // It names itself among them.
    needs: needed(text).filter((name) => name !== installName),
    exports: exports.map((name) => name.slice(1)),
    oldest: /^ *Version: ([\d.]+)$/m.exec(text)?.[1],
    symbols: symbols.length > exports.length,
    installName,
    signed: (await tool('llvm-objdump', `--macho --private-headers ${file}`)).includes('LC_CODE_SIGNATURE'),
  }
}

async function pe(file) {
  const text = await tool('llvm-readobj', `--file-headers --coff-imports --coff-exports ${file}`)
  return {
    machine: machineOf(text),
    needs: all(text, /^Import \{\n *Name: (.*)$/gm),
    exports: all(text, /^Export \{\n *Ordinal: .*\n *Name: (.*)$/gm),
    symbols: !/^ *SymbolCount: 0$/m.test(text),
  }
}

function wasm(file) {
  const module = new WebAssembly.Module(readFileSync(file))
  const names = (entries, key) => [...new Set(entries.map((entry) => entry[key]))].sort()
  return {
    machine: 'wasm32',
    needs: names(WebAssembly.Module.imports(module), 'module'),
    exports: names(WebAssembly.Module.exports(module), 'name'),
    symbols: ['name', '.debug_info'].some((name) => WebAssembly.Module.customSections(module, name).length > 0),
  }
}

/** By the format that the files of a triple have. */
export const readerOf = ({ triple }) =>
  ({ linux: elf, apple: machO, windows: pe, wasip1: wasm })[/linux|apple|windows|wasip1/.exec(triple)[0]]
