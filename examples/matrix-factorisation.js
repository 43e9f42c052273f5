// Matrix factorisation with sparse momentum: ratings by 300 users of 200 films, each the product of two hidden tastes of width 3.
// A tenth of them is known and learnt from, 40 at a time; others are foretold, and how far that is off is shown after each epoch.
// A batch touches few rows of either table. `dense` momentum moves every row at every step; `exact` moves the rows that are touched
// and makes up for what they missed, which comes to the same; `lazy` lets rows rest until they are touched, which does not.
import { momentumCatchUp, momentumStep, momentumStepSparse } from 'ravine'

const [users, films, width, batchSize, epochs] = [300, 200, 3, 40, 12]
const rule = { learningRate: 0.05, momentum: 0.9 }

// Park and Miller's generator: the same numbers in (−1, 1) in every run.
let seed = 1
const random = () => {
  seed = (seed * 16807) % 2147483647
  return (2 * seed) / 2147483647 - 1
}
const tastes = (rows) => Float64Array.from({ length: rows * width }, random)
const rowOf = (values, row) => values.subarray(row * width, (row + 1) * width)
const rate = ([user, film], [u, f]) => rowOf(user, u).reduce((sum, taste, j) => sum + taste * rowOf(film, f)[j], 0)

const [truth, start] = [0, 1].map(() => [tastes(users), tastes(films)])
const pairs = Array.from({ length: users * films }, (_, i) => [i % users, Math.floor(i / users)])
const ratings = pairs.map((pair) => ({ pair, rating: rate(truth, pair), order: random() }))
ratings.sort((a, b) => a.order - b.order)
const [known, unknown] = [ratings.slice(0, 6000), ratings.slice(6000, 12_000)]

/** Root of the mean square of what is foretold amiss. */
function error(tables) {
  const squares = unknown.map(({ pair, rating }) => (rate(tables, pair) - rating) ** 2)
  return Math.sqrt(squares.reduce((sum, square) => sum + square, 0) / squares.length)
}

/** Of ½(user · film − rating)², a row for each rating of the batch: for users and for films. */
function gradientsOf(tables, batch) {
  const gradients = [0, 1].map(() => new Float64Array(batch.length * width))
  for (const [i, { pair, rating }] of batch.entries()) {
    const amiss = rate(tables, pair) - rating
    for (const side of [0, 1]) {
      const other = rowOf(tables[1 - side], pair[1 - side])
      rowOf(gradients[side], i).set(other.map((taste) => amiss * taste))
    }
  }
  return gradients
}

function scattered(rows, gradients, like) {
  const gradient = new Float64Array(like.length)
  for (const [i, row] of rows.entries()) {
    for (let j = 0; j < width; j++) gradient[row * width + j] += gradients[i * width + j]
  }
  return gradient
}

/** The error after each epoch. */
function* learn(mode) {
  const tables = start.map((values) => values.slice())
  const velocities = start.map((values) => new Float64Array(values.length))
  const lastTouched = [new Uint32Array(users), new Uint32Array(films)]
  const catchUp = (side, step, rows) =>
    momentumCatchUp(tables[side], velocities[side], { ...rule, width, step, lastTouched: lastTouched[side], rows })
  for (let step = 1; step <= (epochs * known.length) / batchSize; step++) {
    const from = ((step - 1) * batchSize) % known.length
    const batch = known.slice(from, from + batchSize)
    const rows = [0, 1].map((side) => batch.map(({ pair }) => pair[side]))
    // What is read has to be up to date.
    if (mode === 'exact') for (const side of [0, 1]) catchUp(side, step - 1, rows[side])
    const gradients = gradientsOf(tables, batch)
    for (const side of [0, 1]) {
      const [table, velocity] = [tables[side], velocities[side]]
      if (mode === 'dense') momentumStep(table, scattered(rows[side], gradients[side], table), velocity, rule)
      else {
        const options = { ...rule, width, mode, step, lastTouched: lastTouched[side] }
        momentumStepSparse(table, rows[side], gradients[side], velocity, options)
      }
    }
    if ((step * batchSize) % known.length > 0) continue
    if (mode === 'exact') for (const side of [0, 1]) catchUp(side, step)
    yield error(tables)
  }
}

const modes = ['dense', 'exact', 'lazy']
const errors = modes.map((mode) => [...learn(mode)])
console.log(`epoch${modes.map((mode) => mode.padStart(18)).join('')}`)
for (let epoch = 0; epoch < epochs; epoch++) {
  console.log(String(epoch + 1).padStart(5) + errors.map((row) => row[epoch].toFixed(14).padStart(18)).join(''))
}
