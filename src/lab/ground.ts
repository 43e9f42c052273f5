import { contour, type Grid, gridOf, levelsOf } from './contour.js'
import type { Pen, Theme } from './marks.js'
import type { Surface } from './surface.js'
import { ticksOf, type View } from './view.js'

/** What is drawn once and kept. */
type Paper = OffscreenCanvasRenderingContext2D

/** Pixels between two places where a surface is evaluated. */
const CELL = 2
/** Lines of a picture, and the powers of ten that they go through. */
const [LINES, DECADES] = [16, 4.5]

/** Pictures of surfaces as they were drawn last, the big one's and the small one's among them: while time goes on they stay. */
const kept = new Map<string, OffscreenCanvas>()
const MOST_KEPT = 4

/** A surface as it lies under the paths. */
export function drawGround(pen: Pen, surface: Surface, view: View, theme: Theme): void {
  const { width, height } = view
  const key = [surface.key, ...view.at(0, 0), ...view.scale, width, height, devicePixelRatio, theme.card].join()
  const picture = kept.get(key) ?? pictureOf(surface, view, theme)
  kept.delete(key)
  kept.set(key, picture)
  for (const oldest of [...kept.keys()].slice(0, -MOST_KEPT)) kept.delete(oldest)
  pen.drawImage(picture, 0, 0, width, height)
}

function pictureOf(surface: Surface, view: View, theme: Theme): OffscreenCanvas {
  const [across, down] = [view.width, view.height].map((size) => Math.max(1, Math.round(size * devicePixelRatio)))
  const picture = new OffscreenCanvas(across, down)
  const pen = picture.getContext('2d')!
  pen.scale(devicePixelRatio, devicePixelRatio)
  if (surface.start.length === 1) curve(pen, surface, view, theme)
  else heights(pen, surface, view, theme)
  ticks(pen, view, theme)
  for (const minimum of surface.minima) cross(pen, view.place(minimum, surface.least), theme)
  return picture
}

function heights(pen: Paper, { f, least }: Surface, view: View, theme: Theme): void {
  const [columns, rows] = [view.width, view.height].map((size) => Math.ceil(size / CELL) + 1)
  const point = new Float64Array(2)
  const value = (column: number, row: number) => {
    point.set(view.at(column * CELL, row * CELL))
    return f(point).value
  }
  const grid = gridOf(columns, rows, value)
  const [lowest, greatest] = [Math.min, Math.max].map((of) => grid.values.reduce((a, b) => of(a, b)))
  const decades = decadesOf(lowest - least, greatest - least)
  shade(pen, grid, (height) => depth(height - least, greatest - least, decades), theme)
  for (const [i, level] of levelsOf(least, greatest, LINES, decades).entries()) {
    pen.strokeStyle = `rgb(${theme.line} / ${0.5 - (0.28 * i) / LINES})`
    pen.lineWidth = 0.8
    pen.beginPath()
    for (const [x0, y0, x1, y1] of contour(grid, level)) {
      pen.moveTo(x0 * CELL, y0 * CELL)
      pen.lineTo(x1 * CELL, y1 * CELL)
    }
    pen.stroke()
  }
}

/** The powers of ten between the lowest and the greatest height that are seen: few on a slope, most where a minimum is in the picture. */
const decadesOf = (lowest: number, greatest: number) => Math.min(Math.log10(greatest / Math.max(lowest, 0)), DECADES)

/** From 1 at the bottom, and as far above it as lines are drawn, to 0 at the top. */
const depth = (height: number, greatest: number, decades: number) =>
  Math.min(Math.max(-Math.log10(height / greatest) / decades, 0), 1)

/** Colour by depth: a small picture, drawn large. */
function shade(
  pen: Paper,
  { columns, rows, values }: Grid,
  depthAt: (value: number) => number,
  { valley }: Theme,
): void {
  const [red, green, blue] = valley.split(' ').map(Number)
  const picture = new ImageData(columns, rows)
  for (const [i, value] of values.entries()) picture.data.set([red, green, blue, 120 * depthAt(value)], 4 * i)
  const small = new OffscreenCanvas(columns, rows)
  small.getContext('2d')!.putImageData(picture, 0, 0)
  pen.imageSmoothingQuality = 'high'
  // The middle of a pixel is where the function was taken.
  pen.drawImage(small, -CELL / 2, -CELL / 2, columns * CELL, rows * CELL)
}

/** A function of one variable. */
function curve(pen: Paper, { f }: Surface, { width, at, place }: View, { line, valley }: Theme): void {
  const points = Array.from({ length: width + 1 }, (_, across) => {
    const point = Float64Array.of(at(across, 0)[0])
    return place(point, f(point).value)
  })
  pen.beginPath()
  for (const [x, y] of points) pen.lineTo(x, y)
  Object.assign(pen, { strokeStyle: `rgb(${line} / 0.55)`, lineWidth: 2, fillStyle: `rgb(${valley} / 0.12)` })
  pen.stroke()
  pen.lineTo(width, 0)
  pen.lineTo(0, 0)
  pen.fill()
}

function ticks(pen: Paper, { width, height, at, place }: View, { soft, line }: Theme): void {
  const [[left, top], [right, bottom]] = [at(0, 0), at(width, height)]
  Object.assign(pen, {
    fillStyle: soft,
    strokeStyle: `rgb(${line} / 0.35)`,
    lineWidth: 1,
    font: '11px system-ui, sans-serif',
  })
  pen.beginPath()
  // None in the corners, where two would meet or half of one be seen.
  pen.textAlign = 'center'
  for (const x of ticksOf(left, right, width / 90)) {
    const [at] = place([x, bottom], 0)
    if (at > 26 && at < width - 12) mark(pen, at, height, [0, -5], x, [0, -8])
  }
  pen.textAlign = 'left'
  for (const y of ticksOf(bottom, top, height / 70)) {
    const [, at] = place([left, y], y)
    if (at > 12 && at < height - 24) mark(pen, 0, at, [5, 0], y, [8, 4])
  }
  pen.stroke()
}

function mark(pen: Paper, x: number, y: number, by: readonly number[], value: number, [dx, dy]: readonly number[]) {
  pen.moveTo(x, y)
  pen.lineTo(x + by[0], y + by[1])
  pen.fillText(String(value).replace('-', '−'), x + dx, y + dy)
}

/** A minimum. */
function cross(pen: Paper, [x, y]: readonly [number, number], { ink }: Theme): void {
  Object.assign(pen, { strokeStyle: ink, lineWidth: 1.5 })
  pen.beginPath()
  for (const [dx, dy] of [
    [4, 4],
    [4, -4],
  ]) {
    pen.moveTo(x - dx, y - dy)
    pen.lineTo(x + dx, y + dy)
  }
  pen.stroke()
}
