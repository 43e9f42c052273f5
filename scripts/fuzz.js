import { countOf, main, stage } from './command.js'

// The parser in Rust on a million inputs, RAVINE_CASES for another number: no panic, and the same in whatever pieces they come.

await main(async () => {
  process.env.RAVINE_CASES ||= '1000000'
  const line = 'cargo test -p ravine --release --locked --quiet --test csv -- --ignored'
  await stage('csv', line, countOf(/^test result: .*$/gm))
})
