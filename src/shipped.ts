/**
 * A file that the build leaves in dist/, from wherever this code lies: sources, compiled modules and the bundles that are packed are all one
 * folder below the top.
 */
export const shipped = (path: string): URL => new URL(`../dist/${path}`, import.meta.url)
