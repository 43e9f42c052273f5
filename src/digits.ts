import { type Dataset, dataset } from './dataset.js'
import { checkOptions, count, fraction, wholeNumber } from './options.js'
import { Philox, purpose } from './random.js'
import { firstOfTest } from './split.js'

export interface DigitsOptions {
  /** Of both parts together; 12,000 by default. */
  readonly examples?: number
  readonly seed?: number
  /** The part of the examples, in [0, 1), that is for the test: the last ones. 1/6 by default. */
  readonly test?: number
}

type Point = readonly [x: number, y: number]

/** x' = xx·x + xy·y + x0, y' = yx·x + yy·y + y0. */
interface Affine {
  readonly xx: number
  readonly xy: number
  readonly x0: number
  readonly yx: number
  readonly yy: number
  readonly y0: number
}

const SIDE = 28
const PIXELS = SIDE * SIDE
const LINES_PER_CURVE = 4
/** No ink is farther from its line, in pixels. */
const WIDEST = 2.5

/** Measured over 120,000 examples of seed 0, in the unit byte / 255. */
const normalize = { mean: 0.1238, std: 0.2681 }

/**
 * Ways to write each digit, in a box of 14 × 20: strokes of points 'x,y' that pull a quadratic B-spline; a point said twice is a corner.
 */
const ways: readonly (readonly (readonly string[])[])[] = [
  [['8,0 3,-1 0,5 0,11 2,20 8,22 13,17 14,9 12,1 7,0'], ['10,2 6,-1 1,4 1,12 3,20 8,21 12,17 13,8 11,2 6,1']],
  [['7,0 7,10 7,20'], ['3,5 7,1 8,0 8,0 8,20'], ['3,4 8,0 8,0 7,20', '2,20 7,20 13,20']],
  [['1,5 2,-1 12,-2 13,6 9,12 1,20 1,20 14,20'], ['2,4 4,-1 13,-1 12,8 5,17 0,20 0,15 5,15 9,19 14,18']],
  [['1,3 4,-2 14,0 12,8 5,9 5,9 14,9 15,19 7,22 0,17'], ['1,0 13,0 13,0 6,8 6,8 14,8 15,19 6,22 0,17']],
  [
    ['3,0 0,12 0,12 13,11', '10,3 10,10 9,20'],
    ['10,20 10,0 10,0 0,13 0,13 14,13'],
    ['2,1 1,8 4,11 11,9', '12,0 11,12 8,20'],
  ],
  [['3,0 2,9 2,9 9,6 15,11 12,20 5,21 0,18', '3,0 8,0 13,0'], ['12,1 4,0 2,6 8,9 14,11 12,21 5,21 1,18']],
  [['10,0 3,4 -1,13 2,21 9,21 14,17 11,10 5,11 1,15'], ['9,0 2,9 0,20 10,22 14,14 8,8 1,14']],
  [['0,1 13,0 13,0 8,10 5,20'], ['0,1 13,0 13,0 8,10 5,20', '3,10 7,10 12,10'], ['1,4 1,0 1,0 14,1 14,1 9,9 8,20']],
  [
    ['12,3 7,-2 1,1 2,7 7,9 14,14 12,21 4,22 0,16 3,11 9,8 13,4 11,1'],
    ['7,0 2,0 2,8 7,9 12,8 12,0 7,0', '7,9 0,10 0,20 7,20 14,20 14,10 7,9'],
  ],
  [['12,4 9,-1 1,0 1,9 7,11 12,5 12,2 12,2 11,20'], ['12,5 7,-2 0,2 2,10 9,10 13,3 13,12 9,21 3,19']],
]
const pointsOf = (stroke: string) => stroke.split(' ').map((point) => point.split(',').map(Number) as unknown as Point)
const glyphs = ways.map((digit) => digit.map((strokes) => strokes.map(pointsOf)))

/**
 * Handwritten-like digits, 28 × 28 bytes in ten classes, drawn from the seed: nothing is read or downloaded. Example i depends on the
 * seed and i alone.
 *
 * @throws {RavineError} ERR_RAVINE_HYPERPARAMETER; ERR_RAVINE_DATA where a part would be empty
 */
export function digits(options: DigitsOptions = {}): { train: Dataset<Uint8Array>; test: Dataset<Uint8Array> } {
  options = checkOptions('digits', options, { examples: count, seed: wholeNumber, test: fraction })
  const { examples = 12_000, seed = 0, test = 1 / 6 } = options
  const cut = firstOfTest('digits', examples, test)
  const features = new Uint8Array(examples * PIXELS)
  const labels = new Uint8Array(examples)
  for (let i = 0; i < examples; i++) {
    labels[i] = draw(features.subarray(i * PIXELS, (i + 1) * PIXELS), new Philox(seed, purpose.digits, i))
  }
  const part = (from: number, to: number) =>
    dataset({
      features: features.subarray(from * PIXELS, to * PIXELS),
      labels: labels.subarray(from, to),
      inputs: PIXELS,
      classes: 10,
      normalize,
    })
  return { train: part(0, cut), test: part(cut, examples) }
}

/** Draws a digit into 28 × 28 zeros and returns which. */
function draw(pixels: Uint8Array, random: Philox): number {
  const label = random.below(glyphs.length)
  const strokes = glyphs[label][random.below(glyphs[label].length)]
  const map = affine(random)
  const squares = new Float64Array(PIXELS).fill(Infinity)
  for (const stroke of strokes) {
    const points = stroke.map((point) => place(point, map, random))
    trace(points, squares)
  }
  shade(pixels, squares, random)
  return label
}

/** A number around `middle`, at most `reach` away, near more often than far. */
function around(random: Philox, middle: number, reach: number): number {
  return middle + reach * (random.unit() + random.unit() - 1)
}

/** Box → image: scale, slant, rotation by the angle of tangent t of its half (so that no sine is needed), shift. */
function affine(random: Philox): Affine {
  const [width, height] = [around(random, 0.95, 0.3), around(random, 0.92, 0.2)]
  const slant = around(random, 0.15, 0.4)
  const t = around(random, 0, 0.2)
  const [cos, sin] = [(1 - t * t) / (1 + t * t), (2 * t) / (1 + t * t)]
  const [xx, xy] = [cos * width, -(cos * slant + sin) * height]
  const [yx, yy] = [sin * width, (cos - sin * slant) * height]
  const [x, y] = [around(random, 13.5, 3.25), around(random, 13.5, 3.25)]
  return { xx, xy, yx, yy, x0: x - 7 * xx - 10 * xy, y0: y - 7 * yx - 10 * yy }
}

/** A point of a glyph in the image, after the hand has trembled. */
function place([x, y]: Point, map: Affine, random: Philox): Point {
  const [u, v] = [around(random, x, 2.2), around(random, y, 2.2)]
  return [map.xx * u + map.xy * v + map.x0, map.yx * u + map.yy * v + map.y0]
}

/** The B-spline of a stroke as short lines: a curve from each midpoint of two points to the next. */
function trace(points: readonly Point[], squares: Float64Array): void {
  const last = points.length - 1
  let start = points[0]
  for (let i = 1; i < last; i++) {
    const end = i + 1 === last ? points[last] : midpoint(points[i], points[i + 1])
    curve(start, points[i], end, squares)
    start = end
  }
}

function midpoint([x0, y0]: Point, [x1, y1]: Point): Point {
  return [(x0 + x1) / 2, (y0 + y1) / 2]
}

/** (1−t)²·start + 2t(1−t)·pull + t²·end. */
function curve(start: Point, pull: Point, end: Point, squares: Float64Array): void {
  let from = start
  for (let i = 1; i <= LINES_PER_CURVE; i++) {
    const t = i / LINES_PER_CURVE
    const [a, b, c] = [(1 - t) * (1 - t), 2 * t * (1 - t), t * t]
    const to: Point = [a * start[0] + b * pull[0] + c * end[0], a * start[1] + b * pull[1] + c * end[1]]
    line(from, to, squares)
    from = to
  }
}

/** squares[pixel] ← its squared distance to the line, where that is nearer than what was there. */
function line([x0, y0]: Point, [x1, y1]: Point, squares: Float64Array): void {
  const [dx, dy] = [x1 - x0, y1 - y0]
  const length = dx * dx + dy * dy
  const [left, right] = span(x0, x1)
  const [top, bottom] = span(y0, y1)
  for (let y = top; y <= bottom; y++) {
    for (let x = left; x <= right; x++) {
      const along = length > 0 ? ((x - x0) * dx + (y - y0) * dy) / length : 0
      const t = Math.min(1, Math.max(0, along))
      const [ex, ey] = [x - x0 - t * dx, y - y0 - t * dy]
      squares[y * SIDE + x] = Math.min(squares[y * SIDE + x], ex * ex + ey * ey)
    }
  }
}

/** First and last row (or column) of the image that a line between a and b can touch. */
function span(a: number, b: number): [number, number] {
  const [low, high] = [Math.floor(Math.min(a, b) - WIDEST), Math.ceil(Math.max(a, b) + WIDEST)]
  return [Math.max(0, low), Math.min(SIDE - 1, high)]
}

/** Ink by the distance to the stroke: full inside, fading over a pixel at its edge, and uneven. */
function shade(pixels: Uint8Array, squares: Float64Array, random: Philox): void {
  const reach = around(random, 1.75, 0.6)
  const ink = 255 * around(random, 0.9, 0.1)
  for (let i = 0; i < PIXELS; i++) {
    if (squares[i] >= reach * reach) continue
    const cover = Math.min(1, reach - Math.sqrt(squares[i]))
    pixels[i] = ink * cover * around(random, 0.9, 0.1)
  }
}
