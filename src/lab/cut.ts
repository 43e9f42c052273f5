type Point = readonly number[]

/** Farther out than this nothing is seen, and canvases go wrong. */
const FAR = 1e4

/** The pieces of a line through points that lie within FAR of the origin, to each side, by Liang and Barsky. */
export function cut(points: readonly Point[]): Point[][] {
  const pieces: Point[][] = points.length === 1 ? [[points[0]]] : []
  let open = false
  for (const [i, to] of points.entries()) {
    const part = i > 0 && partOf(points[i - 1], to)
    if (!part) open = false
    else if (open) pieces[pieces.length - 1].push(part[1])
    else pieces.push([...part])
    open = part && part[1] === to
  }
  return pieces
}

/** What of a straight way lies within, its ends themselves where they do. */
function partOf(from: Point, to: Point): readonly [Point, Point] | false {
  let [first, last] = [0, 1]
  for (const axis of [0, 1]) {
    const [start, way] = [from[axis], to[axis] - from[axis]]
    const ends = [-FAR, FAR].map((side) => (side - start) / way).sort((a, b) => a - b)
    if (way === 0 && Math.abs(start) > FAR) return false
    if (way !== 0) [first, last] = [Math.max(first, ends[0]), Math.min(last, ends[1])]
  }
  const at = (share: number) => from.map((place, axis) => place + share * (to[axis] - place))
  return first < last && [first === 0 ? from : at(first), last === 1 ? to : at(last)]
}
