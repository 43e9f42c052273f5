import { createHash } from 'node:crypto'
import { copyFileSync, existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename, dirname, join } from 'node:path'
import { Failure, manifest, root, run, stage } from './command.js'

// What the set-up makes. Each product says by `fresh` whether it is what its sources ask for, and comes about by `make`.

/** node_modules, as package-lock.json says. npm keeps there what it installed; what is for other systems is not in it. */
export const packages = {
  fresh() {
    const [wanted, installed] = [packagesIn('package-lock.json'), packagesIn('node_modules/.package-lock.json')]
    const present = ([path, { version, optional }]) =>
      path === '' || (installed[path] ? installed[path].version === version : optional)
    return Object.keys(installed).length > 0 && Object.entries(wanted).every(present)
  },
  make: () =>
    stage('setup: installing the locked packages', 'npm ci --include=dev --no-audit --no-fund --loglevel=error'),
}

/** The addon in native/, for this system: a prebuilt one, or built by cargo. Its stamp names the sources and the file. */
export const addon = {
  stamp: `native/${process.platform}-${process.arch}.sources`,
  sources: () => hashOf(['crates', 'Cargo.toml', 'Cargo.lock'], manifest.scripts['build:native']),
  fresh() {
    const [hash, file] = read(this.stamp).split(' ')
    return hash === this.sources() && existsSync(join(root, 'native', file))
  },
  async make() {
    const found = prebuilt()
    const cargo = found?.sources === this.sources() || (await run('cargo --version')).ok
    if (found && (found.sources === this.sources() || !cargo)) take(found)
    else if (cargo) await stage('setup: building the addon with cargo (a minute at first)', manifest.scripts['build:native'])
    else throw new Failure(nothingToRun)
    write(this.stamp, `${this.sources()} ${newest('native', '.node')}`)
  },
}

/** dist/, compiled from src/. */
export const typescript = {
  stamp: 'dist/.sources',
  sources: () =>
    hashOf(['src', 'index.d.ts', 'tsconfig.json', 'tsconfig.build.json'], manifest.scripts['build:ts']),
  fresh() {
    return read(this.stamp) === this.sources()
  },
  async make() {
    // What a deleted source once gave would stay.
    rmSync(join(root, 'dist'), { recursive: true, force: true })
    await stage('setup: compiling TypeScript', manifest.scripts['build:ts'])
    write(this.stamp, this.sources())
  },
}
