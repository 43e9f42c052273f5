import { existsSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Failure, manifest, root, run, stage } from './command.js'
import { prebuilt, take } from './prebuilt.js'
import { hashOf, textOf } from './sources.js'

// What a clone needs before it runs. Each product knows by `fresh` whether it is what its sources ask for, and comes about by `make`.

/** node_modules as package-lock.json wants it. npm notes in there what it installed: all but the optional packages of other systems. */
export const packages = {
  fresh() {
    const [wanted, installed] = ['package-lock.json', 'node_modules/.package-lock.json'].map(packagesIn)
    return Object.entries(wanted).every(([path, { version, optional }]) => {
      return path === '' || (installed[path] ? installed[path].version === version : optional)
    })
  },
  async make() {
    await stage('setup: installing the locked packages', 'npm ci --include=dev --no-audit --no-fund --loglevel=error')
  },
}

const packagesIn = (lock) => JSON.parse(textOf(lock) || '{}').packages ?? {}

/** The addon in native/ for this system: prebuilt, or built by cargo, which writes index.d.ts too. Its stamp says of what, and which file. */
export const addon = {
  stamp: `native/${process.platform}-${process.arch}.sources`,
  sources: () => hashOf(['crates', 'Cargo.toml', 'Cargo.lock'], manifest.scripts['build:native']),
  fresh() {
    const [sources, types, file] = textOf(this.stamp).split(' ')
    return sources === this.sources() && types === typesHash() && existsSync(join(root, 'native', file))
  },
  async make() {
    const sources = this.sources()
    const found = prebuilt()
    if (found?.sources === sources) take(found)
    else if ((await run('cargo --version')).ok) await build()
    else if (found) take(found)
    else throw new Failure(nothingToRun)
    writeFileSync(join(root, this.stamp), `${sources} ${typesHash()} ${newest()}`)
  },
}

const typesHash = () => hashOf(['index.d.ts'])

async function build() {
  await stage('setup: building the addon with cargo, a minute the first time', manifest.scripts['build:native'])
}

/** The addon that came last into native/. */
function newest() {
  const age = (name) => -statSync(join(root, 'native', name)).mtimeMs
  const addons = readdirSync(join(root, 'native')).filter((name) => name.endsWith('.node'))
  return addons.sort((a, b) => age(a) - age(b))[0]
}

const nothingToRun = `setup: ravine trains in an addon written in Rust. There is no prebuilt one for ${process.platform}-${process.arch} among the \
installed packages, and cargo, which would build it, is not on the PATH. Install Rust (1.89 or newer) from https://rustup.rs and, \
where there is none yet, a C linker (Debian and Ubuntu: apt install build-essential; macOS: xcode-select --install; Windows: the Visual \
Studio Build Tools); then open a new terminal and give this command again.`

/** dist/, compiled from src/, and the pages and scripts for browsers, bundled from there. */
export const typescript = {
  stamp: 'dist/.sources',
  sources: () =>
    hashOf(
      [
        'src',
        'index.d.ts',
        'tsconfig.json',
        'tsconfig.build.json',
        'scripts/bundle.js',
        'scripts/lab.js',
        'scripts/report.js',
      ],
      manifest.scripts['build:ts'],
      manifest.devDependencies,
    ),
  fresh() {
    return textOf(this.stamp) === this.sources()
  },
  async make() {
    const sources = this.sources()
    // What a source that is gone once gave would stay.
    rmSync(join(root, 'dist'), { recursive: true, force: true })
    await stage('setup: compiling TypeScript', manifest.scripts['build:ts'])
    writeFileSync(join(root, this.stamp), sources)
  },
}
