import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { bundled } from './bundle.js'
import { root } from './command.js'

// dist/lab.html: the page of src/lab/ with its style and its script in it, which are all that its policy lets a browser run.

const { script, style } = await bundled('src/lab')

const hashOf = (text) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`
const policy = `default-src 'none'; script-src ${hashOf(script)}; style-src ${hashOf(style)}; img-src data:; base-uri 'none'; form-action 'none'`
const link = '<link rel="stylesheet" href="page.css">'
const page = readFileSync(join(root, 'src/lab/page.html'), 'utf8')
  .replace(link, () => `<meta http-equiv="Content-Security-Policy" content="${policy}">\n<style>${style}</style>`)
  .replace('<script src="page.ts">', () => `<script>${script}`)
writeFileSync(join(root, 'dist/lab.html'), page)
