import type { Surface } from './surface.js'

/** Where points of a surface lie on a picture of width·height, in its pixels. */
export interface View {
  readonly width: number
  readonly height: number
  /** Of a point of the surface, of one variable with its value. */
  readonly place: (point: ArrayLike<number>, value: number) => readonly [across: number, down: number]
  /** The coordinates of a pixel. */
  readonly at: (across: number, down: number) => readonly [x: number, y: number]
  /** Pixels for a unit of x and of y. */
  readonly scale: readonly [number, number]
}

/** The whole of a surface's bounds in the middle; x and y are as long as each other where both are variables. */
export function viewOf({ bounds, start }: Surface, width: number, height: number): View {
  const [left, right, bottom, top] = bounds
  const [wide, high] = [width / (right - left), height / (top - bottom)]
  const scale = start.length === 1 ? ([wide, high] as const) : ([Math.min(wide, high), Math.min(wide, high)] as const)
  const [middle, level] = [(left + right) / 2, (bottom + top) / 2]
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

/** Round numbers from one to another, about so many: 1, 2 or 5 times a power of ten apart. */
export function ticksOf(from: number, to: number, count: number): number[] {
  const rough = (to - from) / count
  const power = 10 ** Math.floor(Math.log10(rough))
  const by = power * (rough / power > 5 ? 10 : rough / power > 2 ? 5 : rough / power > 1 ? 2 : 1)
  const first = Math.ceil(from / by)
  return Array.from({ length: Math.floor(to / by) - first + 1 }, (_, i) => Number(((first + i) * by).toPrecision(12)))
}
