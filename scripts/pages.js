import { mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import v8 from '@vitest/coverage-v8'
import { root } from './command.js'

// What vitest covers with: its own provider of V8's coverage, which adds what Chromium has run of the pages.

export default { ...v8, getProvider }

async function getProvider() {
  const provider = await v8.getProvider()
  const { initialize, generateCoverage } = provider
  provider.initialize = (vitest) => {
    initialize.call(provider, vitest)
    // test/browser.ts, in a process that inherits it, writes there.
    process.env.RAVINE_COVERAGE = join(provider.coverageFilesDirectory, 'pages')
  }
  provider.generateCoverage = async (run) => {
    const map = await generateCoverage.call(provider, run)
    for await (const more of ofPages(provider)) map.merge(more)
    map.filter((file) => provider.isIncluded(file))
    return map
  }
  return provider
}

/** By the lines of their sources, of each page: what it has run of a bundle. What is no bundle of these sources has no lines there. */
async function* ofPages(provider) {
  const bundles = await bundlesWithMaps()
  for (const { source, functions } of scriptsIn(process.env.RAVINE_COVERAGE)) {
    const bundle = bundles.find(({ code }) => source.endsWith(code))
    if (bundle) yield provider.remapCoverage(at, source.length - bundle.code.length, bundle, functions)
  }
}

/** Where their maps take bundles to be. */
const at = pathToFileURL(join(root, 'dist/page.js')).href

/** The scripts of lab and report as they are in dist/. Workers, which load this file too, have no use for esbuild. */
async function bundlesWithMaps() {
  const { bundled } = await import('./bundle.js')
  const made = ['src/lab', 'src/report/client'].map((folder) => bundled(folder, { sourcemap: 'external' }))
  return (await Promise.all(made)).map(({ script, map }) => ({ code: script, map: JSON.parse(map) }))
}

function scriptsIn(folder) {
  mkdirSync(folder, { recursive: true })
  return readdirSync(folder).flatMap((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')))
}
