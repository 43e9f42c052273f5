import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, posix, relative } from 'node:path'
import { pathToFileURL } from 'node:url'
import { build, transform } from 'esbuild'
import ts from 'typescript'
import { manifest, root } from '../command.js'
import { stubsOf } from './stubs.js'

// dist/ as it is packed: entries that are stubs, the code behind them in a few files, for Node takes its time over each, and the types.

const entries = Object.entries(manifest.exports).filter(([, { types }]) => types)

/** What is packed as stubs, by the names of the files that have its code. */
const stubbed = [
  ...entries.map(([entry, { default: path }]) => [posix.basename(posix.join(manifest.name, entry)), path]),
  ['cli', './dist/cli/main.js'],
]

/** All but stubs lies right below dist/: `shipped` and the addon's loader count on it. */
export async function bundle(folder) {
  const dist = join(folder, 'dist')
  const { outputFiles } = await build({ ...modules, outdir: dist, write: false })
  mkdirSync(dist, { recursive: true })
  for (const { path, text } of outputFiles) writeFileSync(path, (await transform(text, script)).code)
  copyFileSync(join(root, 'scripts/pack/core.js'), join(dist, 'core.js'))
  for (const module of stubbed) await writeStubs(module, folder)
  for (const path of ['cli.js', 'lab.html', 'report/client.js', 'report/client.css']) copy(`dist/${path}`, folder)
}

const node = { platform: 'node', target: `node${manifest.engines.node.replace('>=', '')}`, logLevel: 'error' }

const modules = {
  ...node,
  absWorkingDir: root,
  entryPoints: stubbed.map(([name, path]) => ({ in: path, out: name })),
  outExtension: { '.js': '.cjs' },
  bundle: true,
  splitting: true,
  packages: 'external',
  format: 'esm',
}

/** CommonJS, which alone loads within a call. It has no `import.meta`. */
const script = {
  ...node,
  format: 'cjs',
  define: { 'import.meta.url': 'here' },
  banner: "const here = require('node:url').pathToFileURL(__filename).href",
}

async function writeStubs([name, path], folder) {
  const exports = await import(pathToFileURL(join(root, path)))
  mkdirSync(dirname(join(folder, path)), { recursive: true })
  writeFileSync(join(folder, path), stubsOf(exports, name, path))
}

/** Declarations, as far as one leads to another from the entries. */
export function types(folder) {
  const reached = new Set()
  const reach = (path) => {
    if (reached.has(path)) return
    reached.add(path)
    for (const next of importsOf(path)) reach(next)
  }
  for (const [, entry] of entries) reach(join(entry.types))
  for (const path of reached) copy(path, folder)
}

function importsOf(path) {
  const { importedFiles } = ts.preProcessFile(readFileSync(join(root, path), 'utf8'))
  const near = importedFiles.filter(({ fileName }) => fileName.startsWith('.'))
  return near.map(({ fileName }) => relative(root, join(root, dirname(path), fileName.replace(/\.js$/, '.d.ts'))))
}

function copy(path, folder) {
  mkdirSync(dirname(join(folder, path)), { recursive: true })
  copyFileSync(join(root, path), join(folder, path))
}
