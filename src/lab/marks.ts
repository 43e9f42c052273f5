import { MOST_RUNS } from './state.js'

/** How a run is told from others: by colour, and for who does not see that, by dashes and by the shape of its head. */
export interface Mark {
  readonly colour: string
  readonly dash: readonly number[]
  readonly shape: number
}

export type Pen = CanvasRenderingContext2D

/** Corners of a head on the unit circle, in turns; none is a circle. */
const shapes: readonly (readonly number[])[] = [
  [],
  [0, 1, 2, 3].map((k) => k / 4 + 1 / 8),
  [0, 1, 2].map((k) => k / 3 - 1 / 4),
  [0, 1, 2, 3].map((k) => k / 4),
]
const dashes: readonly (readonly number[])[] = [[], [7, 3], [2, 3], [10, 3, 2, 3]]

/** The colours of the page as its style has them now: they follow the reader's choice of light or dark. */
export interface Theme {
  readonly ink: string
  readonly soft: string
  readonly card: string
  readonly rule: string
  /** Three numbers, to which a share of opacity is added. */
  readonly valley: string
  readonly line: string
  readonly marks: readonly Mark[]
}

export function themeNow(): Theme {
  const style = getComputedStyle(document.documentElement)
  const of = (name: string) => style.getPropertyValue(`--${name}`).trim()
  const marks = Array.from({ length: MOST_RUNS }, (_, i) => ({
    colour: of(`run-${i}`),
    dash: dashes[i % 2 === 0 ? (i / 2) % 4 : ((i - 1) / 2) % 4],
    shape: i % shapes.length,
  }))
  const [ink, soft, card, rule, valley, line] = ['ink', 'soft', 'card', 'rule', 'valley', 'line'].map(of)
  return { ink, soft, card, rule, valley, line, marks }
}

/** Where a run is: its head, edged so that it stands out on anything. */
export function head(pen: Pen, { colour, shape }: Mark, x: number, y: number, radius: number, edge: string): void {
  pen.beginPath()
  for (const turn of shapes[shape])
    pen.lineTo(x + radius * Math.cos(2 * Math.PI * turn), y + radius * Math.sin(2 * Math.PI * turn))
  if (shapes[shape].length === 0) pen.arc(x, y, radius * 0.85, 0, 2 * Math.PI)
  pen.closePath()
  Object.assign(pen, { fillStyle: colour, strokeStyle: edge, lineWidth: 1.5 })
  pen.setLineDash([])
  pen.fill()
  pen.stroke()
}

/** A sample of a mark for a legend. */
export function sample(pen: Pen, mark: Mark, width: number, height: number, edge: string): void {
  line(pen, mark, 2.2, [
    [1, height / 2],
    [width - 1, height / 2],
  ])
  head(pen, mark, width / 2, height / 2, 5.5, edge)
}

/** A line through points in the colour and the dashes of a mark. */
export function line(pen: Pen, { colour, dash }: Mark, width: number, points: readonly (readonly number[])[]): void {
  Object.assign(pen, { strokeStyle: colour, lineWidth: width, lineJoin: 'round', lineCap: 'butt' })
  pen.setLineDash([...dash])
  pen.beginPath()
  for (const [x, y] of points) pen.lineTo(x, y)
  pen.stroke()
  pen.setLineDash([])
}
