import type { Surface } from './surface.js'

/** What part of the plane is looked at. */
export interface Look {
  /** How many times as large as where the whole of a surface's bounds is seen. */
  readonly zoom: number
  /** The coordinates of the picture's middle; those of the bounds' by default. */
  readonly middle?: readonly number[]
}

export type Pixel = readonly [across: number, down: number]

/** Where points of a surface lie on a picture of width·height, in its pixels. */
export interface View {
  readonly width: number
  readonly height: number
  /** Of a point of the surface, of one variable with its value. */
  readonly place: (point: ArrayLike<number>, value: number) => Pixel
  /** The coordinates of a pixel. */
  readonly at: (across: number, down: number) => readonly [x: number, y: number]
  /** Pixels for a unit of x and of y. */
  readonly scale: readonly [number, number]
}

/** As much closer as f64 draws smooth lines of all surfaces, and as much wider as runs are still seen. */
export const [LEAST_ZOOM, MOST_ZOOM] = [1 / 8, 1e5]

/** A surface's bounds in the middle, the whole of them at a zoom of 1; x and y are as long as each other where both are variables. */
export function viewOf({ bounds, start }: Surface, width: number, height: number, look: Look = { zoom: 1 }): View {
  const [left, right, bottom, top] = bounds
  const [wide, high] = [(look.zoom * width) / (right - left), (look.zoom * height) / (top - bottom)]
  const scale = start.length === 1 ? ([wide, high] as const) : ([Math.min(wide, high), Math.min(wide, high)] as const)
  const [middle, level] = look.middle ?? [(left + right) / 2, (bottom + top) / 2]
  return {
    width,
    height,
    scale,
    place: (point, value) => {
      const y = point.length === 1 ? value : point[1]
      return [width / 2 + (point[0] - middle) * scale[0], height / 2 - (y - level) * scale[1]]
    },
    at: (across, down) => [middle + (across - width / 2) / scale[0], level - (down - height / 2) / scale[1]],
  }
}

/** The look that is `ratio` times as close as that of a view, in which what lay at one pixel lies at another. */
export function looked({ width, height, scale, at }: View, zoom: number, ratio: number, from: Pixel, to = from): Look {
  const next = Number(Math.min(Math.max(zoom * ratio, LEAST_ZOOM), MOST_ZOOM).toPrecision(5))
  const [unitX, unitY] = scale.map((pixels) => zoom / next / pixels)
  const [x, y] = at(...from)
  const middle = [onGrid(x - (to[0] - width / 2) * unitX, unitX), onGrid(y + (to[1] - height / 2) * unitY, unitY)]
  return { zoom: next, middle }
}

/** A number without more digits than a distance can mean. */
export const onGrid = (x: number, distance: number) =>
  Number(x.toFixed(Math.max(0, 1 - Math.floor(Math.log10(distance)))))

/** Round numbers from one to another, about so many: 1, 2 or 5 times a power of ten apart. */
export function ticksOf(from: number, to: number, count: number): number[] {
  const rough = (to - from) / count
  const power = 10 ** Math.floor(Math.log10(rough))
  const by = power * (rough / power > 5 ? 10 : rough / power > 2 ? 5 : rough / power > 1 ? 2 : 1)
  const first = Math.ceil(from / by)
  return Array.from({ length: Math.floor(to / by) - first + 1 }, (_, i) => Number(((first + i) * by).toPrecision(12)))
}
