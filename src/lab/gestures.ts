import type { Lab } from './lab.js'
import { ringNow, startAt, viewNow } from './picture.js'
import { wholeLook } from './state.js'
import { looked, type Pixel } from './view.js'

/** A press that moves less than this is a click. */
const SLACK = 4
/** How near to the ring of the start a press takes it. */
const GRASP = 14
/** Pixels of the wheel to a zoom by e, and of a pinch on a touchpad, which comes as a wheel with Ctrl. */
const [WHEEL, PINCH] = [400, 100]
/** Milliseconds within which a wheel that moves the page goes on to do so. */
const SCROLLING = 300

/** Lets hands look closer and elsewhere: the wheel and two fingers where they are, a drag of the mouse; one of the ring takes the start along. */
export function gestures(canvas: HTMLCanvasElement, lab: Lab): void {
  const press = new Press(canvas, lab)
  canvas.addEventListener('pointerdown', (event) => press.take(event))
  canvas.addEventListener('pointermove', (event) => press.move(event))
  for (const end of ['pointerup', 'pointercancel'] as const)
    canvas.addEventListener(end, ({ pointerId }) => press.leave(pointerId))
  canvas.addEventListener('click', (event) => press.acted && event.stopImmediatePropagation(), true)
  wheel(canvas, lab)
}

/** The mouse or the fingers that are down on a picture. */
class Press {
  /** Whether it did more than a click. */
  acted = false
  readonly #canvas: HTMLCanvasElement
  readonly #lab: Lab
  readonly #hands = new Map<number, Pixel>()
  #way = 0
  #holdsRing = false

  constructor(canvas: HTMLCanvasElement, lab: Lab) {
    this.#canvas = canvas
    this.#lab = lab
  }

  take(event: PointerEvent): void {
    if (event.button > 0) return
    if (this.#hands.size === 0) {
      ;[this.acted, this.#way] = [false, 0]
      this.#holdsRing = apart(placeOf(event), ringNow(this.#canvas, this.#lab)) < GRASP
    }
    this.#hands.set(event.pointerId, placeOf(event))
    this.#canvas.setPointerCapture(event.pointerId)
  }

  move(event: PointerEvent): void {
    const from = this.#hands.get(event.pointerId)
    if (!from) return
    const before = this.#held()
    this.#way += apart(from, placeOf(event))
    this.#hands.set(event.pointerId, placeOf(event))
    // One finger moves the page.
    if (this.#way < SLACK || (event.pointerType === 'touch' && this.#hands.size < 2)) return
    this.acted = true
    this.#act(before, this.#held())
  }

  leave(pointer: number): void {
    this.#hands.delete(pointer)
  }

  #act(before: Held, after: Held): void {
    const view = viewNow(this.#canvas, this.#lab.state)
    const { state } = this.#lab
    if (this.#holdsRing && this.#hands.size === 1) this.#lab.set({ start: startAt(view, state, after.middle) })
    else this.#lab.look(looked(view, state.zoom, after.spread / before.spread, before.middle, after.middle))
  }

  #held(): Held {
    const places = [...this.#hands.values()]
    const mean = (axis: number) => places.reduce((sum, place) => sum + place[axis], 0) / places.length
    const middle: Pixel = [mean(0), mean(1)]
    return { middle, spread: places.length > 1 ? Math.max(apart(places[0], middle), 1) : 1 }
  }
}

interface Held {
  readonly middle: Pixel
  /** How far hands are from it. */
  readonly spread: number
}

const placeOf = ({ offsetX, offsetY }: MouseEvent): Pixel => [offsetX, offsetY]
const apart = (a: Pixel, b: Pixel) => Math.hypot(a[0] - b[0], a[1] - b[1])

/** The wheel zooms; but on its way down the page it passes over the picture, and where there is nothing more to be seen around it. */
function wheel(canvas: HTMLCanvasElement, lab: Lab): void {
  let scrolled = Number.NEGATIVE_INFINITY
  addEventListener('wheel', ({ timeStamp }) => (scrolled = timeStamp), { passive: true })
  canvas.addEventListener('wheel', (event) => {
    const { deltaY, deltaMode, ctrlKey, timeStamp } = event
    const { zoom } = lab.state
    const passes = timeStamp - scrolled < SCROLLING || (deltaY > 0 && zoom <= 1)
    if (deltaY === 0 || (passes && !ctrlKey)) return
    event.preventDefault()
    event.stopPropagation()
    const pixels = deltaY * (deltaMode === WheelEvent.DOM_DELTA_LINE ? 20 : 1)
    const ratio = Math.exp(-pixels / (ctrlKey ? PINCH : WHEEL))
    const whole = zoom > 1 && zoom * ratio <= 1
    lab.look(whole ? wholeLook : looked(viewNow(canvas, lab.state), zoom, ratio, placeOf(event)))
  })
}
