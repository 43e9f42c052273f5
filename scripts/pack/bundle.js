import { copyFileSync, mkdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { build } from 'esbuild'
import ts from 'typescript'
import { manifest, root } from '../command.js'

// dist/ as it is packed: a few files of JavaScript for the modules of src/, for Node takes its time over each, and the types that they show.

const entries = Object.values(manifest.exports).filter((entry) => entry.types)

/** The entries of the package and what they share. All lies right below dist/, or is an entry: `shipped` and the addon's loader count on it. */
export async function bundle(folder) {
  await build({
    absWorkingDir: root,
    entryPoints: [...entries.map((entry) => entry.default), manifest.bin.ravine],
    outbase: 'dist',
    outdir: join(folder, 'dist'),
    bundle: true,
    splitting: true,
    packages: 'external',
    format: 'esm',
    platform: 'node',
    target: `node${manifest.engines.node.replace('>=', '')}`,
    logLevel: 'error',
  })
  for (const asset of ['lab.html', 'report/client.js', 'report/client.css']) copy(`dist/${asset}`, folder)
}

/** Declarations, as far as one leads to another from the entries. */
export function types(folder) {
  const reached = new Set()
  const reach = (path) => {
    if (reached.has(path)) return
    reached.add(path)
    for (const next of importsOf(path)) reach(next)
  }
  for (const entry of entries) reach(join(entry.types))
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
