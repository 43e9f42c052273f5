import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { Failure, main, root } from '../command.js'
import { textOf } from '../sources.js'
import { linked } from './crates.js'

// THIRD-PARTY.md, which is in the package of every platform: the licences of the crates that are linked into the addon on any of them.
// Fails where it tells of others; --write: writes it anew.

const file = 'THIRD-PARTY.md'
const intro = `# Third-party software

The binary in this package is linked with the crates below and with Rust's standard library (MIT or Apache-2.0, © The Rust Project Contributors).
Of licences to choose from, MIT was chosen.
`

await main(async () => {
  const text = [intro, ...(await linked()).map(section)].join('\n')
  if (process.argv.includes('--write')) writeFileSync(join(root, file), text)
  else if (textOf(file) !== text)
    throw new Failure(`${file} is not what Cargo.lock links; npm run third-party -- --write`)
})

function section(crate) {
  return `
## ${crate.name} ${crate.version} (${crate.license})

${textsOf(crate).join('\n\n')}
`
}

/** The text of MIT where there is one, else of every licence. */
function textsOf(crate) {
  const folder = dirname(crate.manifest_path)
  const all = readdirSync(folder).filter((name) => /^(licen[sc]e|copying)/i.test(name))
  if (all.length === 0) return [withoutFile(crate)]
  const chosen = all.filter((name) => /mit/i.test(name))
  const texts = (chosen.length > 0 ? chosen : all).map((name) => readFileSync(join(folder, name), 'utf8'))
  return texts.map((text) => text.trim().replaceAll('\r', ''))
}

/** MIT's words are the same for all; whose the rights are, the crate's manifest says. */
function withoutFile({ name, license, authors }) {
  if (!license.split(/ OR |\//).includes('MIT')) throw new Failure(`${file}: expected a text of ${license} in ${name}`)
  const owners = authors.length > 0 ? authors.join(', ') : `the authors of ${name}`
  return textOf('LICENSE')
    .trim()
    .replace(/Copyright.*/, `Copyright (c) ${owners}`)
}
