/** So many numbers in (−0.5, 0.5), by a small generator, so that each run has the same. */
export function uniform(length, seed) {
  let state = seed
  return new Float32Array(length).map(() => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32 - 0.5
  })
}
