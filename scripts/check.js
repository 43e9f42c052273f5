import { countOf, main, stage } from './command.js'

// All that CI asks of a change, after the set-up; the first stage that fails ends it. --without NAME leaves out what has been done.

/** What came of them, or why they were left out. */
const newsOfForeign = (output) => {
  const [skipped] = /^skipped: .*$/m.exec(output) ?? []
  return skipped ? `, ${skipped}` : countOf(/^\d+ passed, .*$/gm)(output)
}

const stages = [
  ['format', 'cargo fmt --all --check'],
  ['biome', 'biome ci --colors=off .'],
  ['types', 'tsc'],
  ['types, in browsers', 'tsc -p tsconfig.browser.json'],
  ['clippy', 'cargo clippy --workspace --all-targets --locked --quiet -- -D warnings'],
  ['rustdoc', 'cargo doc --workspace --no-deps --locked --quiet'],
  ['index.d.ts', 'git diff --exit-code -- index.d.ts'],
  ['workflows', 'node scripts/audit/actions.js'],
  ['THIRD-PARTY.md', 'node scripts/audit/thirdparty.js'],
  ['api', 'node scripts/api.js'],
  ['pack', 'node scripts/pack.js'],
  ['rust tests', 'cargo test --workspace --locked --quiet --no-fail-fast', countOf(/^test result: .*$/gm)],
  ['foreign tests', 'node scripts/foreign.js --short', newsOfForeign],
  ['vitest', 'vitest run --reporter=dot', countOf(/^ +Tests .*$/gm)],
]

await main(async () => {
  const [option, without] = process.argv.slice(2)
  for (const [name, ...how] of stages) if (option !== '--without' || name !== without) await stage(name, ...how)
})
