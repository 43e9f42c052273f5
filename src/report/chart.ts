/** What curves go along. */
export type Axis = 'epochs' | 'steps' | 'seconds'

/** One curve: `at` has a place on each axis for each value; what is no finite number is null. */
export interface Series {
  readonly name: string
  /** A place in the palette, from 1. */
  readonly colour: number
  readonly style?: 'faint' | 'dashed'
  readonly at: Readonly<Record<Axis, readonly number[]>>
  readonly values: readonly (number | null)[]
}

/** Curves that share their scales: plain data, which the page has in it and its script draws. */
export interface Chart {
  readonly title: string
  /** Values are parts of a whole. */
  readonly share?: boolean
  /** The axis that stays; else people choose. */
  readonly axis?: Axis
  readonly series: readonly Series[]
}
