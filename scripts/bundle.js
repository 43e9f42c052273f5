import { join } from 'node:path'
import { build } from 'esbuild'
import { root } from './command.js'

/**
 * The script and the style of a page, bundled from `page.ts` and `page.css` of its folder, with what else esbuild is told: a source map, if
 * that is among it. Statements stay apart, as they are written: so coverage sees each.
 *
 * @throws {Error} where one of them could not stand in a page as it is
 */
export async function bundled(folder, options = {}) {
  const { outputFiles } = await build({
    entryPoints: ['page.ts', 'page.css'].map((name) => join(root, folder, name)),
    outdir: 'dist',
    bundle: true,
    minifyWhitespace: true,
    minifyIdentifiers: true,
    format: 'iife',
    target: 'es2022',
    tsconfigRaw: {},
    write: false,
    logLevel: 'error',
    ...options,
  })
  const [script, style, map] = ['.js', '.css', '.js.map'].map((end) => {
    return outputFiles.find(({ path }) => path.endsWith(end))?.text.trim()
  })
  if (/<\/(script|style)|<!--/i.test(script + style)) throw new Error(`${folder}: the bundle would end its own element`)
  return { script, style, map }
}
