import { cleared } from './dom.js'
import { drawParts, drawPath, drawStart, placesOf } from './draw.js'
import { drawGround } from './ground.js'
import type { Lab } from './lab.js'
import type { Theme } from './marks.js'
import { type Parts, partsOf } from './path.js'
import { reached } from './sentences.js'
import { groundOf, runOf, type State } from './state.js'
import { onGrid, type Pixel, type View, viewOf } from './view.js'

/** How far a key moves the start, as a part of the picture. */
const [WIDE, FINE] = [1 / 40, 1 / 400]

/** Draws the surface with all paths; the tuned run lies on top, with its next step taken apart. → by how much the arrows are enlarged */
export function drawPicture(canvas: HTMLCanvasElement, { state, paths, at }: Lab, parts: Parts, theme: Theme): number {
  const { pen, width, height } = cleared(canvas)
  const surface = groundOf(state)
  const view = viewOf(surface, width, height, state)
  drawGround(pen, surface, view, theme)
  const onTop = [...paths.keys()].sort((a, b) => Number(a === state.tuned) - Number(b === state.tuned))
  const places = paths.map((path) => placesOf(path, view))
  for (const run of onTop) {
    const until = Math.min(at, places[run].length - 1)
    drawPath(pen, places[run], until, theme.marks[run], run === state.tuned ? 2.6 : 1.7, theme)
  }
  drawStart(pen, places[0][0], theme)
  return drawParts(pen, places[state.tuned][reached(paths[state.tuned], Math.floor(at))], parts, view, theme)
}

/** The next step of the tuned run. */
export function partsNow({ state, paths, at }: Lab): Parts {
  const path = paths[state.tuned]
  return partsOf(groundOf(state), path, runOf(state, state.tuned), reached(path, Math.floor(at)))
}

/** How the picture lies now. */
export const viewNow = (canvas: HTMLCanvasElement, state: State): View =>
  viewOf(groundOf(state), canvas.clientWidth, canvas.clientHeight, state)

/** Where the tuned run is on the picture. */
export function headNow(canvas: HTMLCanvasElement, { state, paths, at }: Lab): Pixel {
  const path = paths[state.tuned]
  const step = reached(path, Math.floor(at))
  return viewNow(canvas, state).place(path.points[step], path.values[step])
}

/** Where the start is on it. */
export const ringNow = (canvas: HTMLCanvasElement, { state, paths }: Lab): Pixel =>
  viewNow(canvas, state).place(paths[0].points[0], paths[0].values[0])

/** Lets a click and the arrow keys move the start. */
export function movable(canvas: HTMLCanvasElement, lab: Lab, other: (key: string) => boolean): void {
  canvas.addEventListener('click', ({ offsetX, offsetY }) =>
    lab.set({ start: startAt(viewNow(canvas, lab.state), lab.state, [offsetX, offsetY]) }),
  )
  canvas.addEventListener('keydown', (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return
    const move = moves[event.key]
    if (move) lab.set({ start: moved(viewNow(canvas, lab.state), lab.state, move, event.shiftKey ? FINE : WIDE) })
    if (move || other(event.key)) event.preventDefault()
  })
}

const moves: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, 1],
  ArrowDown: [0, -1],
}

/** The start that a pixel means. */
export const startAt = ({ at, scale }: View, { start }: State, pixel: Pixel): number[] =>
  at(...pixel)
    .slice(0, start.length)
    .map((x, axis) => onGrid(x, 1 / scale[axis]))

const moved = ({ width, scale }: View, { start }: State, move: readonly number[], part: number) =>
  start.map((x, axis) => onGrid(x + (move[axis] * part * width) / scale[0], (part * width) / scale[0] / 10))
