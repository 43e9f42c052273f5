import { byId, say } from './dom.js'
import type { Lab } from './lab.js'
import { headNow, viewNow } from './picture.js'
import { figure } from './sentences.js'
import { type State, wholeLook } from './state.js'
import { LEAST_ZOOM, looked, MOST_ZOOM, type Pixel } from './view.js'

/** By how much a press of a key or a button zooms, and which part of the picture it goes on by. */
const [CLOSER, ON] = [1.5, 1 / 8]

/** Buttons and keys that look closer and elsewhere. → what each key does, and how to show what is looked at */
export function looking(canvas: HTMLCanvasElement, lab: Lab) {
  const middle = (): Pixel => [canvas.clientWidth / 2, canvas.clientHeight / 2]
  const look = (ratio: number, from: Pixel, to?: Pixel) =>
    lab.look(looked(viewNow(canvas, lab.state), lab.state.zoom, ratio, from, to))
  const go = (across: number, down: number) => {
    const [x, y] = middle()
    look(1, [x + 2 * x * ON * across, y + 2 * x * ON * down], [x, y])
  }
  const acts = {
    'look-in': () => look(CLOSER, middle()),
    'look-out': () => look(1 / CLOSER, middle()),
    'look-whole': () => lab.look(wholeLook),
    'look-run': () => look(1, headNow(canvas, lab), middle()),
    'look-left': () => go(-1, 0),
    'look-up': () => go(0, -1),
    'look-down': () => go(0, 1),
    'look-right': () => go(1, 0),
  }
  for (const [id, act] of Object.entries(acts)) byId(id).addEventListener('click', act)
  const keys: Readonly<Record<string, () => void>> = {
    '+': acts['look-in'],
    '=': acts['look-in'],
    '-': acts['look-out'],
    '0': acts['look-whole'],
    r: acts['look-run'],
    a: acts['look-left'],
    w: acts['look-up'],
    s: acts['look-down'],
    d: acts['look-right'],
  }
  return { keys, show }
}

function show({ zoom, middle }: State): void {
  say(byId('look'), `${figure(zoom)} ×`)
  for (const [id, off] of [
    ['look-in', zoom >= MOST_ZOOM],
    ['look-out', zoom <= LEAST_ZOOM],
    ['look-whole', zoom === 1 && !middle],
  ] as const)
    byId(id).ariaDisabled = String(off)
}
