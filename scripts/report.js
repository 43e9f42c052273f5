import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'
import { root } from './command.js'

// dist/report/client.js and client.css: script and style of every report, bundled from src/report/client/ with uPlot, and its licence.

const source = (name) => join(root, 'src/report/client', name)
const licence = readFileSync(join(root, 'node_modules/uplot/LICENSE'), 'utf8').trim()
const { outputFiles } = await build({
  entryPoints: [source('page.ts'), source('page.css')],
  outdir: 'dist',
  bundle: true,
  minify: true,
  format: 'iife',
  target: 'es2022',
  tsconfigRaw: {},
  write: false,
  logLevel: 'error',
  banner: { js: `/*! With uPlot:\n\n${licence}\n*/` },
})
mkdirSync(join(root, 'dist/report'), { recursive: true })
for (const { path, text } of outputFiles) {
  // They stand in a page as they are.
  if (/<\/(script|style)|<!--/i.test(text)) throw new Error(`report: ${path} would end its own element`)
  writeFileSync(join(root, 'dist/report', path.endsWith('.js') ? 'client.js' : 'client.css'), text)
}
