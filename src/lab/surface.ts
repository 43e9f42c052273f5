import type { Differentiable } from '../minimize.js'
import { cosPi64 } from '../reference/math.js'

/** A function to walk down, and what the lab has to know of it. */
export interface Surface {
  /** Another for each surface. */
  readonly key: string
  /** f as a person writes it. */
  readonly formula: string
  /** What is to be seen on it. */
  readonly about: string
  readonly f: Differentiable
  /** The part of the plane that is shown, or of the line where there is one variable. */
  readonly bounds: readonly [left: number, right: number, bottom: number, top: number]
  readonly start: readonly number[]
  /** Where f is `least`. */
  readonly minima: readonly (readonly number[])[]
  readonly least: number
  /** A learning rate that suits a heavy ball here. */
  readonly rate: number
  /** A step length that suits optimizers whose steps do not grow with the gradient. */
  readonly stride: number
  readonly steps: number
}

/** What the ravine alone is asked. */
export interface Shape {
  /** κ, the largest curvature to the least. */
  readonly condition: number
  /** Degrees by which it lies across the axes. */
  readonly turn: number
}

/** Names of surfaces as people read them. */
export const surfaceLabels = {
  ravine: 'The ravine',
  rosenbrock: 'Rosenbrock’s valley',
  beale: 'Beale',
  himmelblau: 'Himmelblau',
  saddle: 'A saddle',
  parabola: 'x², one variable',
  bowl: 'x² + y², a round bowl',
} as const

export type SurfaceName = keyof typeof surfaceLabels

const makers: Readonly<Record<SurfaceName, (shape: Shape) => Surface>> = {
  ravine,
  rosenbrock: () => rosenbrock,
  beale: () => beale,
  himmelblau: () => himmelblau,
  saddle: () => saddle,
  parabola: () => parabola,
  bowl: () => bowl,
}

/** A surface by its name; shape is read by 'ravine' alone. */
export const surfaceOf = (name: SurfaceName, shape: Shape): Surface => makers[name](shape)

/** Euclid's distance from a point to the nearest minimum. */
export const distanceOf = ({ minima }: Surface, point: ArrayLike<number>): number =>
  Math.min(...minima.map((minimum) => Math.hypot(...minimum.map((at, i) => at - point[i]))))

/** (x, y) turned about the origin by the angle of this cosine and sine. */
const turned = ([x, y]: readonly number[], cos: number, sin: number) => [cos * x - sin * y, sin * x + cos * y]

/** ½(u²/κ + w²) of the coordinates u along the floor and w across it: the largest curvature is 1 whatever κ is. */
function ravine({ condition, turn }: Shape): Surface {
  const [cos, sin] = [cosPi64(turn / 180), cosPi64(0.5 - turn / 180)]
  const f: Differentiable = ([x, y]) => {
    const [u, w] = turned([x, y], cos, -sin)
    return { value: (u * u) / (2 * condition) + (w * w) / 2, gradient: turned([u / condition, w], cos, sin) }
  }
  const corners = [-11, 5].flatMap((u) => [-3.5, 3.5].map((w) => turned([u, w], cos, sin)))
  const [across, up] = [0, 1].map((axis) => corners.map((corner) => corner[axis]))
  return {
    key: `ravine ${condition} ${turn}`,
    formula: turn === 0 ? '½(x²/κ + y²)' : '½(u²/κ + w²), u and w turned',
    about: 'Steep walls, a floor that hardly falls. What is small enough for the walls is too small for the floor.',
    f,
    bounds: [Math.min(...across), Math.max(...across), Math.min(...up), Math.max(...up)],
    start: turned([-9, 2], cos, sin).map((at) => Math.round(at * 100) / 100),
    minima: [[0, 0]],
    least: 0,
    rate: 1.2,
    stride: 0.3,
    steps: 80,
  }
}

/** Source: Rosenbrock 1960. */
const rosenbrock: Surface = {
  key: 'rosenbrock',
  formula: '(1 − x)² + 100(y − x²)²',
  about: 'A bent valley: into it is easy, along it takes long.',
  f: ([x, y]) => ({
    value: (1 - x) ** 2 + 100 * (y - x * x) ** 2,
    gradient: [2 * (x - 1) - 400 * x * (y - x * x), 200 * (y - x * x)],
  }),
  bounds: [-2, 2, -0.8, 2.2],
  start: [-1.2, 1],
  minima: [[1, 1]],
  least: 0,
  rate: 0.001,
  stride: 0.05,
  steps: 300,
}

/** Source: Beale 1958. */
const beale: Surface = {
  key: 'beale',
  formula: '(1.5 − x + xy)² + (2.25 − x + xy²)² + (2.625 − x + xy³)²',
  about: 'Flat ground between steep corners: far away the gradient is enormous, near the minimum there is hardly any.',
  f: ([x, y]) => {
    const parts = [1.5 - x + x * y, 2.25 - x + x * y * y, 2.625 - x + x * y * y * y]
    const [slopesX, slopesY] = [
      [y - 1, y * y - 1, y * y * y - 1],
      [x, 2 * x * y, 3 * x * y * y],
    ]
    return { value: dot(parts, parts), gradient: [2 * dot(parts, slopesX), 2 * dot(parts, slopesY)] }
  },
  bounds: [-1, 4.5, -1.8, 2],
  start: [0.7, 1.6],
  minima: [[3, 0.5]],
  least: 0,
  rate: 0.003,
  stride: 0.05,
  steps: 200,
}

/** Source: Himmelblau 1972. */
const himmelblau: Surface = {
  key: 'himmelblau',
  formula: '(x² + y − 11)² + (x + y² − 7)²',
  about: 'Four minima, all of value 0. Which one is found depends on start, rate and momentum.',
  f: ([x, y]) => {
    const [a, b] = [x * x + y - 11, x + y * y - 7]
    return { value: a * a + b * b, gradient: [4 * a * x + 2 * b, 2 * a + 4 * b * y] }
  },
  bounds: [-6, 6, -5, 5],
  start: [-0.6, -0.9],
  minima: [
    [3, 2],
    [-2.805118086952745, 3.131312518250573],
    [-3.779310253377747, -3.28318599128617],
    [3.584428340330492, -1.848126526964404],
  ],
  least: 0,
  rate: 0.006,
  stride: 0.15,
  steps: 100,
}

const saddle: Surface = {
  key: 'saddle',
  formula: '½x² − ½y² + ¼y⁴',
  about:
    'Level in the middle, though it falls to both sides: near a saddle the gradient is nearly nothing, and time passes.',
  f: ([x, y]) => ({ value: (x * x - y * y) / 2 + y ** 4 / 4, gradient: [x, y * y * y - y] }),
  bounds: [-2.4, 1.2, -1.6, 1.6],
  start: [-2, 0.002],
  minima: [
    [0, 1],
    [0, -1],
  ],
  least: -0.25,
  rate: 0.1,
  stride: 0.05,
  steps: 120,
}

const parabola: Surface = {
  key: 'parabola',
  formula: 'x²',
  about: 'One variable: the line from step to step shows when a ball swings, and when it creeps.',
  f: ([x]) => ({ value: x * x, gradient: [2 * x] }),
  bounds: [-2.4, 2.4, -0.4, 5],
  start: [2],
  minima: [[0]],
  least: 0,
  rate: 0.1,
  stride: 0.1,
  steps: 40,
}

const bowl: Surface = {
  key: 'bowl',
  formula: 'x² + y²',
  about: 'As steep in every direction: plain descent goes straight to the minimum, and momentum has nothing to add.',
  f: ([x, y]) => ({ value: x * x + y * y, gradient: [2 * x, 2 * y] }),
  bounds: [-3, 3, -2, 2],
  start: [-2, 1.2],
  minima: [[0, 0]],
  least: 0,
  rate: 0.1,
  stride: 0.1,
  steps: 40,
}

const dot = (a: readonly number[], b: readonly number[]) => a.reduce((sum, x, i) => sum + x * b[i], 0)
