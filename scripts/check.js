import { main, stage } from './command.js'

// All that CI asks of a change, after the set-up; the first stage that fails ends it. --without NAME leaves out what has been done.

const stages = [
  ['format', 'cargo fmt --all --check'],
  ['biome', 'biome ci --colors=off .'],
  ['types', 'tsc'],
  ['clippy', 'cargo clippy --workspace --all-targets --locked --quiet -- -D warnings'],
  ['index.d.ts', 'git diff --exit-code -- index.d.ts'],
  ['rust tests', 'cargo test --workspace --locked --quiet --no-fail-fast', countOf(/^test result: .*$/gm)],
  ['vitest', 'vitest run --reporter=dot', countOf(/^ +Tests .*$/gm)],
]

/** ', N passed, N failed', summed over the lines that count. */
function countOf(lines) {
  return (output) => {
    const counts = (output.match(lines) ?? []).join('\n')
    const sum = (word) =>
      [...counts.matchAll(RegExp(`(\\d+) ${word}`, 'g'))].reduce((n, [, more]) => n + Number(more), 0)
    return `, ${sum('passed')} passed, ${sum('failed')} failed`
  }
}

await main(async () => {
  const [option, without] = process.argv.slice(2)
  for (const [name, ...how] of stages) if (option !== '--without' || name !== without) await stage(name, ...how)
})
