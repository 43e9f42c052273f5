import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { bundled } from './bundle.js'
import { root } from './command.js'

// dist/report/client.js and client.css: script and style of every report, bundled from src/report/client/ with uPlot, and its licence.

const licence = readFileSync(join(root, 'node_modules/uplot/LICENSE'), 'utf8').trim()
const { script, style } = await bundled('src/report/client', { banner: { js: `/*! With uPlot:\n\n${licence}\n*/` } })
mkdirSync(join(root, 'dist/report'), { recursive: true })
writeFileSync(join(root, 'dist/report/client.js'), script)
writeFileSync(join(root, 'dist/report/client.css'), style)
