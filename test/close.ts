/** How far numbers may be off, element by element: |actual − expected| ≤ absolute + relative·|expected|. Both are 0 by default. */
export interface Tolerance {
  readonly relative?: number
  readonly absolute?: number
}

type Values = number | ArrayLike<number>

/**
 * The one comparer of the tests. It refuses unequal lengths, and whatever is not finite on either side; of several numbers that
 * are off it names the one that is off most.
 */
export function expectClose(actual: Values, expected: Values, { relative = 0, absolute = 0 }: Tolerance): void {
  const [actuals, expecteds] = [listOf(actual), listOf(expected)]
  if (actuals.length !== expecteds.length) {
    throw new Error(`expected ${expecteds.length} numbers but received ${actuals.length}`)
  }
  const allowed = expecteds.map((value) => absolute + relative * Math.abs(value))
  const excess = actuals.map((value, i) => excessOf(Math.abs(value - expecteds[i]), allowed[i]))
  const worst = excess.reduce((best, value, i) => (value > excess[best] ? i : best), 0)
  if (!(excess[worst] > 0)) return
  throw new Error(
    `expected ${expecteds[worst]} at index ${worst} of ${expecteds.length} but received ${actuals[worst]}, ` +
      `off by ${Math.abs(actuals[worst] - expecteds[worst])} where ${allowed[worst]} is allowed`,
  )
}

const listOf = (values: Values) => (typeof values === 'number' ? [values] : Array.from(values))

/** 0 within what is allowed, else how many times that; what cannot be compared is infinitely off. */
function excessOf(difference: number, allowed: number): number {
  if (difference <= allowed && allowed < Infinity) return 0
  return difference < Infinity && allowed > 0 && allowed < Infinity ? difference / allowed : Infinity
}
