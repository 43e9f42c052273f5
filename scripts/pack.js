import { copyFileSync, cpSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { platform as thisSystem } from '../dist/addon.js'
import { Failure, main, manifest, root, stage } from './command.js'
import { bundle, types } from './pack/bundle.js'
import { inspect } from './pack/inspect.js'
import { packedManifest, repository } from './pack/manifest.js'
import { stampOf, writePackage } from './platforms/package.js'
import { binaryOf, folderOf, platforms } from './platforms.js'
import { addon } from './products.js'
import { textOf } from './sources.js'

// npm run pack: what is published, in packed/: ravine, and each platform that npm run build:all has left in npm/. Then a look at all of it.
// --all: a platform that is missing is an error.

const packed = join(root, 'packed')
/** Of these very sources. */
const isBuilt = (platform) => {
  const path = (file) => `${folderOf(platform)}/${file}`
  return existsSync(join(root, path(binaryOf(platform)))) && textOf(path(stampOf(platform))).trim() === addon.sources()
}

await main(async () => {
  const own = platforms.find(({ name }) => name === thisSystem())
  if (!isBuilt(own)) takeOwn(own)
  const built = platforms.filter(isBuilt)
  if (process.argv.includes('--all')) checkComplete(built)
  checkVersions(built)
  rmSync(packed, { recursive: true, force: true })
  await stageRoot(join(packed, 'ravine'))
  for (const platform of built) stagePlatform(platform)
  const packages = await pack(['ravine', ...built.map(({ name }) => name)].map((name) => `packed/${name}`))
  writeFileSync(join(packed, 'packages.json'), JSON.stringify(packages, null, 2))
  await inspect(packages, own)
})

/** What the set-up has left in native/ for this system is a package, too. */
function takeOwn(platform) {
  const binary = binaryOf(platform)
  mkdirSync(join(root, folderOf(platform)), { recursive: true })
  copyFileSync(join(root, 'native', binary), join(root, folderOf(platform), binary))
  writePackage(platform)
}

function checkComplete(built) {
  const missing = platforms.filter((platform) => !built.includes(platform)).map(({ name }) => name)
  if (missing.length > 0) throw new Failure(`pack: npm run build:all has not built ${missing.join(', ')}`)
}

/** The crates and the packages of the platforms are in step with ravine. */
function checkVersions(built) {
  const versions = built.map((platform) => {
    const path = `${folderOf(platform)}/package.json`
    return [path, JSON.parse(textOf(path)).version]
  })
  versions.push(['Cargo.toml', /^version = "(.*)"/m.exec(textOf('Cargo.toml'))?.[1]])
  const others = versions.filter(([, version]) => version !== manifest.version).map((pair) => pair.join(' has '))
  if (others.length > 0) throw new Failure(`pack: expected version ${manifest.version} but ${others.join(', ')}`)
}

async function stageRoot(folder) {
  await bundle(folder)
  types(folder)
  writeManifest(folder, packedManifest())
  for (const name of ['README.md', 'LICENSE', 'CHANGELOG.md']) cpSync(join(root, name), join(folder, name))
}

/** As it was built, with whose work is in it. */
function stagePlatform(platform) {
  const folder = join(packed, platform.name)
  cpSync(join(root, folderOf(platform)), folder, { recursive: true })
  cpSync(join(root, 'THIRD-PARTY.md'), join(folder, 'THIRD-PARTY.md'))
  const { files, ...kept } = JSON.parse(textOf(`${folderOf(platform)}/package.json`))
  writeManifest(folder, { ...kept, ...repository(), files: [...files, 'THIRD-PARTY.md'] })
}

function writeManifest(folder, content) {
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(content, null, 2)}\n`)
}

/** → of each folder what npm says of its tarball. */
async function pack(folders) {
  const paths = folders.map((folder) => `./${folder}`).join(' ')
  const output = await stage('npm pack', `npm pack --json --ignore-scripts --pack-destination packed ${paths}`)
  return JSON.parse(output).map((tarball, i) => ({ ...tarball, folder: folders[i] }))
}
