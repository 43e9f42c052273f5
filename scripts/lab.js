import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'
import { root } from './command.js'

// dist/lab.html: the page of src/lab/ with its style and its script in it, which are all that its policy lets a browser run.

const source = (name) => join(root, 'src/lab', name)
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
})
const [script, style] = ['.js', '.css'].map((end) => outputFiles.find(({ path }) => path.endsWith(end)).text.trim())
if (/<\/(script|style)/i.test(script + style)) throw new Error('lab: the bundle would end its own element')

const hashOf = (text) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`
const policy = `default-src 'none'; script-src ${hashOf(script)}; style-src ${hashOf(style)}; img-src data:; base-uri 'none'; form-action 'none'`
const link = '<link rel="stylesheet" href="page.css">'
const page = readFileSync(source('page.html'), 'utf8')
  .replace(link, () => `<meta http-equiv="Content-Security-Policy" content="${policy}">\n<style>${style}</style>`)
  .replace('<script src="page.ts">', () => `<script>${script}`)
writeFileSync(join(root, 'dist/lab.html'), page)
