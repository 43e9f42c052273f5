import { matmul } from 'ravine'
import * as reference from 'ravine/reference'
import { largestError, many, oneAndAll, onThreads, race } from './measure.js'
import { uniform } from './numbers.js'
import { exact, speed, table } from './table.js'

const squares = [64, 128, 256, 512, 1024].map((size) => ({ m: size, k: size, n: size }))

/** Products of a step of the seed MLP: forward, as a layer does it from its weight [outputs, inputs], and a gradient of weights. */
const skinny = [
  { m: 64, k: 784, n: 512 },
  { m: 64, k: 784, n: 512, transposeB: true },
  { m: 64, k: 512, n: 256 },
  { m: 64, k: 256, n: 10 },
  { m: 784, k: 64, n: 512 },
  { m: 784, k: 64, n: 512, transposeA: true },
]

/** Multiply–adds up to which plain JavaScript takes part, and all rows are compared. */
const SMALL = 64 * 784 * 512
/** Rows to compare of a large product. */
const ROWS = 16

/** C = A·B at several shapes. */
export default async function bench(rounds) {
  table('Square C = A·B, f32', await rowsOf(rounds, squares))
  table('C = A·B of the seed MLP, f32; ᵀ: stored transposed', await rowsOf(rounds, skinny))
}

async function rowsOf(rounds, shapes) {
  const rows = []
  for (const shape of shapes) rows.push(...(await compare(rounds, shape)))
  return rows
}

async function compare(rounds, shape) {
  const { m, k, n } = shape
  const [a, b] = [uniform(m * k, 1), uniform(k * n, 2)]
  const entries = await race(rounds, contestants(shape, a, b))
  const errorOf = judge(shape, a, b)
  return entries.map((entry) => ({
    who: entry.who,
    'm×k·k×n': label(shape),
    threads: entry.threads,
    ...speed(entry, 2 * m * k * n),
    error: exact(errorOf(entry.out)),
  }))
}

function contestants(shape, a, b) {
  const native = oneAndAll.map((threads) => contestant('native', matmul, threads, shape, a, b))
  if (shape.m * shape.k * shape.n > SMALL) return native
  const others = { reference: reference.matmul, 'plain JS': plain }
  return [...native, ...Object.entries(others).map(([who, multiply]) => contestant(who, multiply, 1, shape, a, b))]
}

function contestant(who, multiply, threads, shape, a, b) {
  const out = new Float32Array(shape.m * shape.n)
  return {
    who,
    threads,
    out,
    measure: onThreads(
      threads,
      many(() => multiply(a, b, { ...shape, out })),
    ),
  }
}

/** The loop that everyone writes first. */
function plain(a, b, { m, k, n, transposeA, transposeB, out }) {
  const [aRow, aColumn] = transposeA ? [1, m] : [k, 1]
  const [bRow, bColumn] = transposeB ? [1, k] : [n, 1]
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) {
      let sum = 0
      for (let l = 0; l < k; l++) sum += a[i * aRow + l * aColumn] * b[l * bRow + j * bColumn]
      out[i * n + j] = sum
    }
  }
}

/** Compares with the reference: all rows, of a large product ROWS that lie evenly in it. */
function judge(shape, a, b) {
  const { m, k, n } = shape
  if (m * k * n <= SMALL) {
    const expected = reference.matmul(a, b, shape)
    return (out) => largestError([out], [expected])
  }
  const rows = Array.from({ length: ROWS }, (_, i) => Math.floor(((i + 0.5) * m) / ROWS))
  const expected = reference.matmul(gather(a, k, rows), b, { ...shape, m: ROWS })
  return (out) => largestError([gather(out, n, rows)], [expected])
}

function gather(values, width, rows) {
  const gathered = new Float32Array(rows.length * width)
  for (const [i, row] of rows.entries()) gathered.set(values.subarray(row * width, (row + 1) * width), i * width)
  return gathered
}

const label = ({ m, k, n, transposeA, transposeB }) =>
  `${m}×${k}${transposeA ? 'ᵀ' : ''}·${k}×${n}${transposeB ? 'ᵀ' : ''}`
