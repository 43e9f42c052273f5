/**
 * Makes the rows of a matrix [rows, columns] orthonormal, or its columns where there are fewer of these: Q of A = QR by Householder's
 * reflections, with the signs that make the diagonal of R positive, so that A of normal numbers gives each Q alike.
 *
 * In place, in f64, by plain loops.
 *
 * Source: Householder, "Unitary triangularization of a nonsymmetric matrix", 1958; the signs as Mezzadri, "How to generate random
 * matrices from the classical compact groups", 2007.
 */
export function orthonormalise(matrix: Float64Array, rows: number, columns: number): void {
  const [length, count] = [Math.max(rows, columns), Math.min(rows, columns)]
  const at = rows < columns ? (i: number, j: number) => i * columns + j : (i: number, j: number) => j * columns + i
  const vectors = Array.from({ length: count }, (_, i) => Float64Array.from({ length }, (_, j) => matrix[at(i, j)]))
  const signs = vectors.map((vector, k) => reflector(vector, k, vectors))
  for (const [i, vector] of unfolded(vectors, length).entries()) {
    for (let j = 0; j < length; j++) matrix[at(i, j)] = signs[i] * vector[j]
  }
}

/** vector ← v / |v| with (I − 2vvᵀ) that makes all below its place k zero, and that on all vectors behind it; returns the sign of R[k][k]. */
function reflector(vector: Float64Array, k: number, vectors: readonly Float64Array[]): number {
  const sign = vector[k] > 0 ? -1 : 1
  vector.fill(0, 0, k)
  vector[k] -= sign * Math.sqrt(dot(vector, vector, k))
  const size = Math.sqrt(dot(vector, vector, k))
  for (let i = k; i < vector.length; i++) vector[i] = size > 0 ? vector[i] / size : 0
  for (const other of vectors.slice(k + 1)) reflect(other, vector, k)
  return sign
}

/** The columns of Q: the reflections, from the last to the first, on those of the identity. */
function unfolded(reflectors: readonly Float64Array[], length: number): Float64Array[] {
  return reflectors.map((_, i) => {
    const column = new Float64Array(length)
    column[i] = 1
    // Those behind have zeros where this column is not zero.
    for (let k = i; k >= 0; k--) reflect(column, reflectors[k], k)
    return column
  })
}

/** vector ← (I − 2vvᵀ)·vector, v zero before its place `from`. */
function reflect(vector: Float64Array, v: Float64Array, from: number): void {
  const twice = 2 * dot(vector, v, from)
  for (let i = from; i < v.length; i++) vector[i] -= twice * v[i]
}

function dot(a: Float64Array, b: Float64Array, from: number): number {
  let sum = 0
  for (let i = from; i < a.length; i++) sum += a[i] * b[i]
  return sum
}
