import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Failure, main, manifest, root, run, stage } from './command.js'
import { platforms } from './platforms.js'
import { textOf } from './sources.js'

// npm run release, behind npm run pack -- --all: publishes what is in packed/, ravine last, so that nobody gets it without its platforms.
// What the registry has already is left alone, so it can be run again. --dry-run: all but publishing. RELEASING.md is the way there.

const { version } = manifest
const dry = process.argv.includes('--dry-run')
const file = join(root, 'packed/packages.json')

await main(async () => {
  const packages = packed()
  checkChangelog()
  checkTag()
  for (const { name, filename } of [...packages.slice(1), packages[0]]) await publish(name, filename)
})

/** The changelog has a dated section for this version, and nothing is left that is of no version yet. */
function checkChangelog() {
  const sections = textOf('CHANGELOG.md').split(/^## /m).slice(1)
  const unreleased = sections
    .find((section) => section.startsWith('Unreleased\n'))
    ?.replace('Unreleased', '')
    .trim()
  const own = sections.find((section) =>
    RegExp(`^${version.replaceAll('.', '\\.')} – \\d{4}-\\d\\d-\\d\\d\n`).test(section),
  )
  if (own && !unreleased) return writeFileSync(join(root, 'packed/notes.md'), notesOf(own))
  refuse(`expected '## ${version} – YEAR-MONTH-DAY' in CHANGELOG.md, and nothing left under Unreleased`)
}

/** A rehearsal says it, and goes on. */
function refuse(sentence) {
  if (!dry) throw new Failure(`release: ${sentence}`)
  console.log(`in earnest this would be the end: ${sentence}`)
}

/** What the changelog says of this version. */
function notesOf(section) {
  return `${section.slice(section.indexOf('\n')).trim()}\n`
}

/** A workflow that runs for a tag publishes that version. */
function checkTag() {
  const { GITHUB_REF_TYPE: type, GITHUB_REF_NAME: tag } = process.env
  if (type === 'tag' && tag !== `v${version}`)
    throw new Failure(`release: expected the tag v${version} but it is ${tag}`)
}

function packed() {
  const packages = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : []
  if (packages.length !== platforms.length + 1 || packages.some((one) => one.version !== version)) {
    refuse(
      `expected ravine ${version} and ${platforms.length} platforms in packed/; npm run pack -- --all puts them there`,
    )
  }
  return packages
}

async function publish(name, filename) {
  const there = (await run(`npm view ${name}@${version} version`)).output.trim() === version
  if (there) return console.log(`${name} ${version} is published already`)
  // A version with a hyphen is for those who ask for it.
  const tag = version.includes('-') ? 'next' : 'latest'
  const how = dry ? '--dry-run' : '--provenance'
  await stage(`${name}`, `npm publish ./packed/${filename} --ignore-scripts --access public --tag ${tag} ${how}`)
}
