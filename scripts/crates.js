import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Failure, main, root, run } from './command.js'
import { checkNeeds, program } from './platforms/needs.js'
import { textOf } from './sources.js'

// npm run api:crates: what the crates show each other, kept in api/: fails where it is something else; --write: writes it down. On x86-64
// Linux: other systems have other instruction sets to show.

process.env.CARGO_TARGET_DIR = join(root, 'target/api')
const cargo = { name: 'cargo-public-api', version: '0.52.0' }
const crates = ['ravine-kernels', 'ravine']
const committed = (crate) => `api/${crate}.crate.txt`

await main(async () => {
  await checkNeeds('api:crates', [
    {
      ...program('cargo-public-api', '', 'public-api --version'),
      get: `rustup toolchain install nightly --profile minimal && cargo install ${cargo.name}@${cargo.version} --locked`,
    },
  ])
  const changed = []
  for (const crate of crates) if (!(await isAsWritten(crate))) changed.push(committed(crate))
  if (changed.length === 0) return
  throw new Failure(
    `api:crates: the crates show something else than ${changed.join(', ')}; if it is meant so, npm run api:crates -- --write`,
  )
})

/** Compares what a crate shows with what is kept, and writes it where that is asked for. → whether it is right now */
async function isAsWritten(crate) {
  const shown = await shownBy(crate)
  if (!process.argv.includes('--write')) return shown === textOf(committed(crate))
  writeFileSync(join(root, committed(crate)), shown)
  return true
}

/** Without the traits that follow from the rest. */
async function shownBy(crate) {
  const line = `cargo +nightly public-api --package ${crate} -sss --color=never`
  const { ok, output } = await run(line)
  if (!ok) throw new Failure(`\n${output.trim()}\n\nfailed: ${line}`)
  return `${output
    .split('\n')
    .filter((line) => /^(pub|impl|#\[|unsafe|const)/.test(line))
    .join('\n')}\n`
}
