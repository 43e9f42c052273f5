import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { Failure, main, root, stage } from './command.js'

// Compiles the kernels to assembly and reads the innermost loops of their tiles: a vector that such a loop keeps on the stack, not in a
// register, is a spill. Loops that write results may read constants of the rule from there: AVX2 has 16 registers, and no sum waits
// for them. x86-64 only; without LTO, which does not reach into these loops.

const sets = ['avx512', 'avx2']
const types = ['f32', 'f64']
const tiles = [
  'product',
  'multiply_rows',
  'multiply_columns',
  'gradient',
  'update',
  'sparse_product',
  'sparse_update',
  'sparse_gradient',
]

/** What these write comes after their loops. */
const storeless = ['product', 'gradient']

const folder = 'target/spills'
const assembly = `${folder}/kernels.s`
const build = `cargo rustc --package ravine-kernels --lib --release --locked --target-dir ${folder} \
--config profile.release.lto="off" -- --emit=asm=${assembly} -C codegen-units=1`

await main(async () => {
  // What cargo found fresh it would not write again.
  rmSync(join(root, folder), { recursive: true, force: true })
  await stage('kernels to assembly', build)
  const text = readFileSync(join(root, assembly), 'utf8')
  const found = sets.flatMap((set) => types.flatMap((type) => tiles.flatMap((tile) => kinds(text, [set, type, tile]))))
  for (const kind of found) console.log(lineOf(kind))
  const spilled = found.filter(({ spills }) => spills > 0)
  if (spilled.length > 0) throw new Failure(`\nspills: ${spilled.length} of ${found.length} kinds of loops`)
})

/** The loops of one function that multiply and add, those of equal counts as one kind. */
function kinds(text, words) {
  const name = words.join('::')
  const counts = loopsOf(functionOf(text, words)).map((lines) => countsOf(lines, storeless.includes(words.at(-1))))
  const found = new Map()
  for (const count of counts.filter(({ adds }) => adds > 0)) {
    const key = Object.values(count).join()
    found.set(key, { ...count, name, loops: (found.get(key)?.loops ?? 0) + 1 })
  }
  if (found.size === 0) throw new Failure(`${name}: expected loops of multiply–adds in ${assembly} but found none`)
  return [...found.values()]
}

/** The lines of a function: mangled, every word of its path stands behind its length. */
function functionOf(text, words) {
  const path = ['ravine_kernels', ...words].map((word) => word.length + word).join('')
  const [, lines = ''] = RegExp(`^_\\w*\\d${path.slice(2)}(?:17h\\w+E)?:$(.*?)^\\.Lfunc_end`, 'ms').exec(text) ?? []
  return lines.split('\n')
}

/** Stretches from a label to the last jump back to it, in which there is no other such stretch. */
function loopsOf(lines) {
  const labels = new Map(lines.map((line, i) => [/^(\.L\w+):/.exec(line)?.[1], i]))
  const ends = new Map()
  for (const [i, line] of lines.entries()) {
    const start = labels.get(/^\tj\w+\t(\.L\w+)/.exec(line)?.[1])
    if (start <= i) ends.set(start, i)
  }
  const loops = [...ends]
  const inner = loops.filter(([start, end]) => !loops.some(([from, to]) => from > start && to <= end))
  return inner.sort(([a], [b]) => a - b).map(([start, end]) => lines.slice(start, end + 1))
}

function countsOf(lines, storeless) {
  const adds = lines.filter((line) => line.startsWith('\tvfmadd'))
  const stores = lines.filter((line) => /^\tvmov\w+\t%[yz]mm\d+, .*\(/.test(line))
  const stacked = lines.filter((line) => /%[yz]mm/.test(line) && line.includes('(%rsp'))
  const kept = stacked.filter((line) => /^\tvmov\w+\t%[yz]mm\d+, -?\d*\(%rsp/.test(line))
  const sums = new Set(adds.map((line) => /(%[yz]mm\d+)(?: \{.*)?$/.exec(line)[1]))
  return {
    adds: adds.length,
    sums: sums.size,
    stores: stores.length,
    spills: (stores.length > 0 ? kept : stacked).length + (storeless ? stores.length : 0),
  }
}

function lineOf({ name, loops, adds, sums, stores, spills }) {
  const what = stores > 0 ? `${stores} stores` : `${sums} sums`
  return `${name.padEnd(29)} ${what.padStart(9)}  ${loops} × ${String(adds).padStart(2)} multiply–adds  ${spills} spills`
}
