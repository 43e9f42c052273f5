import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { countOf, main, root, stage } from './command.js'
import { checkNeeds, program } from './platforms/needs.js'

// npm run fuzz:rust [-- --cases 1000000] [--seconds 300]   What Rust reads. The parser of files of separated values by inputs that are made: no
// panic, and the same in whatever pieces they come. That parser and networks by libFuzzer, which looks where an input has led.

const { values } = parseArgs({
  options: { cases: { type: 'string', default: '1000000' }, seconds: { type: 'string', default: '300' } },
})

const fuzzer = { ...program('cargo-fuzz', '', '--version'), get: 'cargo install cargo-fuzz@0.13.2 --locked' }
const folder = 'test/fuzz/rust'
const made = 'target/fuzz'

await main(async () => {
  process.env.RAVINE_CASES = values.cases
  const line = 'cargo test -p ravine --release --locked --quiet --test csv -- --ignored'
  await stage('csv', line, countOf(/^test result: .*$/gm))
  await checkNeeds('fuzz:rust', [fuzzer])
  // The engine refuses what the machine has no memory for; the sanitizer would end the process.
  process.env.ASAN_OPTIONS = 'allocator_may_return_null=1'
  for (const target of ['csv', 'spec']) {
    const corpus = `${made}/corpus/${target}`
    mkdirSync(join(root, corpus), { recursive: true })
    const how = `--fuzz-dir ${folder} --target-dir ${made}/build ${target} ${corpus}`
    const limits = `-max_total_time=${values.seconds} -malloc_limit_mb=0 -rss_limit_mb=4096`
    await stage(`libFuzzer, ${target}`, `cargo +nightly fuzz run ${how} -- ${limits}`, (output) => {
      return `, ${/^Done (\d+) runs/m.exec(output)?.[1]} runs`
    })
  }
})
