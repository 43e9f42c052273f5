import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { manifest, root } from '../command.js'
import { binaryOf, folderOf, packageOf, wasmRuntime } from '../platforms.js'
import { addon } from '../products.js'

// The package of a platform as npm takes it: npm/NAME/, of which git knows nothing.

/** Writes what is beside the binary of `platform`: the manifest, in step with the root's, and the stamp of the `sources` that it was built from. */
export function writePackage(platform, sources = addon.sources()) {
  const folder = join(root, folderOf(platform))
  mkdirSync(folder, { recursive: true })
  const write = (name, text) => writeFileSync(join(folder, name), `${text}\n`)
  write('package.json', JSON.stringify(manifestOf(platform), null, 2))
  write('README.md', readme(platform))
  write(stampOf(platform), sources)
  copyFileSync(join(root, 'LICENSE'), join(folder, 'LICENSE'))
}

/** Where scripts/prebuilt.js looks for it. */
export const stampOf = (platform) => binaryOf(platform).replace(/\.\w+$/, '.sources')

function manifestOf(platform) {
  const { version, license, repository, engines } = manifest
  const { os, cpu, libc, files, ...more } = { files: [binaryOf(platform)], engines, ...platform, ...loaderOf(platform) }
  return {
    ...{ name: packageOf(platform), version, description: `ravine, built for ${platform.triple}`, license, repository },
    ...{ engines: more.engines, os, cpu, libc },
    ...{ main: files[0], files: [...files, stampOf(platform)], dependencies: more.dependencies },
  }
}

/** WebAssembly is loaded by JavaScript, which napi writes; on the Nodes that it was tried with. */
function loaderOf({ builder }) {
  if (builder !== 'wasm') return {}
  return {
    files: ['ravine.wasi.cjs', 'wasi-worker.mjs', 'ravine.wasm32-wasi.wasm'],
    dependencies: wasmRuntime,
    engines: { node: '>=22.13' },
  }
}

const readme = (platform) => `# ${packageOf(platform)}

What [ravine](https://www.npmjs.com/package/ravine) computes with on ${platform.name} (${platform.triple}). It comes along where \`ravine\` is installed.`
