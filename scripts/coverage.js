import { main, stage } from './command.js'
import { checkNeeds, program } from './platforms/needs.js'

// npm run coverage: lines that the tests reach, of crates/ravine and its kernels, and of src/; fewer than nine in ten fail.

const cargo = { name: 'cargo-llvm-cov', version: '0.9.1' }
const ofRust = 'cargo llvm-cov --locked --package ravine --package ravine-kernels --summary-only --fail-under-lines 90'

await main(async () => {
  await checkNeeds('coverage', [
    {
      ...program('cargo-llvm-cov', '', 'llvm-cov --version'),
      get: `cargo install ${cargo.name}@${cargo.version} --locked`,
    },
  ])
  await stage('coverage of Rust', ofRust, (output) => `, ${percentOf(/^TOTAL .*$/m, output)}`)
  await stage('coverage of TypeScript', 'vitest run --coverage', (output) => `, ${percentOf(/^Lines .*$/m, output)}`)
})

/** Of lines: the last percentage of the line. */
const percentOf = (line, output) => (line.exec(output)?.[0].match(/[\d.]+%/g) ?? []).at(-1)
