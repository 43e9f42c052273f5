import { join } from 'node:path'
import { build } from 'esbuild'
import { root } from './command.js'

/**
 * The script and the style of a page, bundled from `page.ts` and `page.css` of its folder, with what else esbuild is told.
 *
 * @throws {Error} where one of them could not stand in a page as it is
 */
export async function bundled(folder, options = {}) {
  const { outputFiles } = await build({
    entryPoints: ['page.ts', 'page.css'].map((name) => join(root, folder, name)),
    outdir: 'dist',
    bundle: true,
    minify: true,
    format: 'iife',
    target: 'es2022',
    tsconfigRaw: {},
    write: false,
    logLevel: 'error',
    ...options,
  })
  const [script, style] = ['.js', '.css'].map((end) => outputFiles.find(({ path }) => path.endsWith(end)).text.trim())
  if (/<\/(script|style)|<!--/i.test(script + style)) throw new Error(`${folder}: the bundle would end its own element`)
  return { script, style }
}
