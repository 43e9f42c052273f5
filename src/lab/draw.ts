import { cut } from './cut.js'
import { head, line, type Mark, type Pen, type Theme } from './marks.js'
import type { Parts, Path } from './path.js'
import type { View } from './view.js'

/** Farther out than this pixels cannot be told apart any more. */
const FAR = 1e12
/** Dots nearer to each other than this would be a line. */
const APART = 4
/** The longest arrow in pixels, and the shortest that needs no enlarging. */
const [LONGEST, SHORTEST] = [90, 24]

/** The pixels of a path's points. */
export const placesOf = ({ points, values }: Path, view: View): readonly (readonly number[])[] =>
  points.map((point, i) => view.place(point, values[i]).map((at) => Math.min(Math.max(at, -FAR), FAR)))

/** A path up to a step, which may lie between two: its line, a dot for each point, and its head. */
export function drawPath(
  pen: Pen,
  places: readonly (readonly number[])[],
  at: number,
  mark: Mark,
  width: number,
  theme: Theme,
): void {
  const walked = upTo(places, at)
  for (const piece of cut(walked)) line(pen, mark, width, piece)
  pen.fillStyle = mark.colour
  for (const [i, [x, y]] of walked.entries()) {
    const [before, after] = [walked[i - 1] ?? [FAR, FAR], walked[i + 1] ?? [FAR, FAR]]
    if (Math.min(Math.hypot(x - before[0], y - before[1]), Math.hypot(x - after[0], y - after[1])) > APART)
      dot(pen, x, y, 1 + width / 2)
  }
  const [x, y] = walked[walked.length - 1]
  head(pen, mark, x, y, 5 + width / 2, theme.card)
}

/** The points up to a step, the last one on the way to the next. */
function upTo(places: readonly (readonly number[])[], at: number): readonly (readonly number[])[] {
  const [whole, part] = [Math.floor(at), at % 1]
  const walked = places.slice(0, whole + 1)
  const [from, to] = [places[whole], places[whole + 1]]
  if (part > 0 && to) walked.push(from.map((place, i) => place + part * (to[i] - place)))
  return walked
}

function dot(pen: Pen, x: number, y: number, radius: number): void {
  pen.beginPath()
  pen.arc(x, y, radius, 0, 2 * Math.PI)
  pen.fill()
}

/** Where all runs begin: a ring. */
export function drawStart(pen: Pen, [x, y]: readonly number[], { ink, card }: Theme): void {
  for (const [colour, width] of [
    [card, 5],
    [ink, 2],
  ] as const) {
    Object.assign(pen, { strokeStyle: colour, lineWidth: width })
    pen.beginPath()
    pen.arc(x, y, 8, 0, 2 * Math.PI)
    pen.stroke()
  }
}

/** How the arrows of a step look: what the velocity carries on, what the gradient adds, and both together. */
export const arrowMarks = ({ ink }: Theme): Readonly<Record<'carried' | 'pushed' | 'step', Arrow>> => ({
  carried: { colour: ink, dash: [], width: 3 },
  pushed: { colour: ink, dash: [3, 3], width: 2 },
  step: { colour: ink, dash: [], width: 1.2 },
})

export interface Arrow {
  readonly colour: string
  readonly dash: readonly number[]
  readonly width: number
}

/**
 * The parts of a step at a place: first what the velocity carries on, from its end what the gradient adds, and beside them the whole.
 *
 * @returns by how much they are enlarged, a power of ten: steps become short
 */
export function drawParts(
  pen: Pen,
  [x, y]: readonly number[],
  { carried, pushed, step }: Parts,
  { scale }: View,
  theme: Theme,
): number {
  const pixels = (part: Float64Array) => [part[0] * scale[0], -(part[1] ?? 0) * scale[1]]
  const [a, b, whole] = [carried, pushed, step].map(pixels)
  const zoom = zoomFor(Math.max(...[a, b, whole].map((part) => Math.hypot(...part))))
  const [along, on, both] = [a, b, whole].map((part) => part.map((at) => at * zoom))
  const marks = arrowMarks(theme)
  const middle = [x + along[0], y + along[1]]
  arrow(pen, [x, y], [x + both[0], y + both[1]], marks.step, theme)
  arrow(pen, [x, y], middle, marks.carried, theme)
  arrow(pen, middle, [middle[0] + on[0], middle[1] + on[1]], marks.pushed, theme)
  return zoom
}

function zoomFor(longest: number): number {
  if (!(longest > 0)) return 1
  if (longest > 4 * LONGEST) return 10 ** Math.ceil(Math.log10(LONGEST / longest))
  return longest < SHORTEST ? 10 ** Math.floor(Math.log10((2 * LONGEST) / longest)) : 1
}

/** An arrow that stands out on anything; one of a pixel or less is left away. */
export function arrow(
  pen: Pen,
  [x0, y0]: readonly number[],
  [x1, y1]: readonly number[],
  { colour, dash, width }: Arrow,
  { card }: Theme,
): void {
  const length = Math.hypot(x1 - x0, y1 - y0)
  if (!(length > 1)) return
  const [ux, uy] = [(x1 - x0) / length, (y1 - y0) / length]
  const barb = Math.min(6 + width, length)
  const shaft = [x1 - ux * barb * 0.8, y1 - uy * barb * 0.8]
  for (const [stroke, wide, dashes] of [
    [card, width + 3, []],
    [colour, width, dash],
  ] as const) {
    Object.assign(pen, { strokeStyle: stroke, fillStyle: stroke, lineWidth: wide, lineCap: 'butt' })
    pen.setLineDash([...dashes])
    pen.beginPath()
    pen.moveTo(x0, y0)
    pen.lineTo(shaft[0], shaft[1])
    pen.stroke()
    pen.setLineDash([])
    pen.beginPath()
    for (const [back, side] of [
      [0, 0],
      [barb, barb * 0.45],
      [barb, -barb * 0.45],
    ])
      pen.lineTo(x1 - ux * back - uy * side, y1 - uy * back + ux * side)
    pen.closePath()
    pen.fill()
    if (stroke === card) pen.stroke()
  }
}
