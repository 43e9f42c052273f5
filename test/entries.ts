import type { DenseFeatures } from '../src/features.js'
import { Philox } from '../src/random.js'
import type { SparseFeatures, SparseRows } from '../src/sparse.js'

/** What the entries are: of no array, of bytes or of floats. */
export const kinds = ['ones', 'bytes', 'f32', 'f64'] as const
export type Kind = (typeof kinds)[number]

export interface Shape {
  readonly examples: number
  readonly inputs: number
  /** The part of the features that has an entry. */
  readonly density: number
  readonly seed?: number
}

/** Numbers that a shortcut for zeros may get wrong: zeros that are listed, −0, the least of each type, and some whose products are none. */
const hostile = [0, -0, 1e-45, -1e-45, 5e-324, -5e-324, 1e-30, -1e-30, 1e-170, -1e-170]

/** Entries drawn from a seed; some rows have none, and of floats every fifth number is hostile. */
export function entries(kind: Kind, { examples, inputs, density, seed = 1 }: Shape): SparseRows {
  const random = new Philox(seed, 0)
  const [offsets, indices]: number[][] = [[0], []]
  for (let example = 0; example < examples; example++) {
    const full = density * (example % 4 === 3 ? 0 : 4 / 3)
    for (let column = 0; column < inputs; column++) if (random.unit() < full) indices.push(column)
    offsets.push(indices.length)
  }
  const list = { offsets: Uint32Array.from(offsets), indices: Uint32Array.from(indices) }
  return kind === 'ones' ? list : { ...list, values: values(kind, indices.length, random) }
}

function values(kind: Exclude<Kind, 'ones'>, length: number, random: Philox) {
  if (kind === 'bytes') return Uint8Array.from({ length }, () => random.below(256))
  const number = () => (random.below(5) === 0 ? hostile[random.below(hostile.length)] : 2 * random.unit() - 1)
  const all = Float64Array.from({ length }, number)
  return kind === 'f32' ? Float32Array.from(all) : all
}

/** The same features with their zeros. */
export function densely({ offsets, indices, values }: SparseFeatures, inputs: number): DenseFeatures {
  const length = (offsets.length - 1) * inputs
  const features = values
    ? new (values.constructor as new (n: number) => DenseFeatures)(length)
    : new Float32Array(length)
  for (let example = 0; example + 1 < offsets.length; example++) {
    for (let i = offsets[example]; i < offsets[example + 1]; i++)
      features[example * inputs + indices[i]] = values?.[i] ?? 1
  }
  return features
}
