/** xⁿ by repeated squaring: the same bits everywhere, which Math.pow does not promise. */
export function power(x: number, n: number): number {
  let product = 1
  for (let square = x, rest = n; rest > 0; rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) product *= square
    square *= square
  }
  return product
}
