import { countOf, main, stage } from './command.js'
import { checkNeeds, library, zig } from './platforms/needs.js'
import { runners } from './platforms/runners.js'
import { glibc } from './platforms.js'

// What NEON computes, on x86-64 Linux: clippy for arm64, and Rust's tests run by qemu. What training gives there, the committed bits,
// `test:arm64` asks afterwards of the package.

const target = 'aarch64-unknown-linux-gnu'
const { needs, emulator } = runners.arm64

process.env.CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_RUNNER = emulator

const clippy = `cargo clippy --workspace --all-targets --locked --quiet --target ${target} -- -D warnings`
const tests = `cargo-zigbuild test --package ravine-kernels --package ravine --tests --no-fail-fast --locked --quiet --target ${target}.${glibc}`

await main(async () => {
  await checkNeeds('test:arm64', [library(target), zig, ...needs])
  await stage('clippy, arm64', clippy)
  await stage('rust tests, arm64', tests, countOf(/^test result: .*$/gm))
})
