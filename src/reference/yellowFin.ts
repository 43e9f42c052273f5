import { exp64, log64 } from './math.js'

/** Is added where a denominator or a logarithm may be of nothing. */
const EPSILON = 1e-6
/** The rate warms up over ten windows, and the guard lets ten thresholds pass. */
const TEN = 10

/** Places of the memory: the steps so far, βᵗ, averages, the threshold (0 before there is one), squares of the window. */
const [STEPS, SPENT, SQUARE, NORM, DISTANCE, LEAST, LARGEST, THRESHOLD, WINDOW] = [0, 1, 2, 3, 4, 5, 6, 7, 8]

/** min(1, 10·T/‖g‖) with the threshold T: what guards the statistics. */
export const guard = (norm: number, memory: Float64Array) => bound(TEN * memory[THRESHOLD], norm, memory)

/**
 * (μ, η, min(1, T/‖g‖)) of a step whose guarded gradients have this norm, and their averages this sum of squares; the rule stands at
 * `yellowFin`. The memory moves on.
 */
export function tune(
  [beta, length]: readonly number[],
  norm: number,
  averages: number,
  memory: Float64Array,
): [momentum: number, rate: number, factor: number] {
  const average = (place: number, x: number) => {
    memory[place] = beta * memory[place] + (1 - beta) * x
    return memory[place] / (1 - memory[SPENT])
  }
  const factor = bound(memory[THRESHOLD], norm, memory)
  const window = Math.min(Math.max(length, 1), memory.length - WINDOW)
  const step = memory[STEPS]
  memory[WINDOW + (step % window)] = norm * norm + EPSILON
  memory[STEPS] = step + 1
  memory[SPENT] = step === 0 ? beta : memory[SPENT] * beta
  const recent = memory.subarray(WINDOW, WINDOW + Math.min(window, step + 1))
  const least = exp64(average(LEAST, log64(recent.reduce((least, x) => Math.min(x, least)) + EPSILON)))
  const largest = exp64(average(LARGEST, log64(recent.reduce((most, x) => Math.max(x, most)) + EPSILON)))
  const square = average(SQUARE, norm * norm)
  const unbiased = 1 - memory[SPENT]
  const noise = square - averages / (unbiased * unbiased)
  const distance = average(DISTANCE, average(NORM, norm) / (square + EPSILON))
  memory[THRESHOLD] = Math.sqrt(largest)
  if (step === 0) return [0, 1, factor]
  const momentum = tuned(least, largest, Math.max(noise, EPSILON), distance)
  const still = 1 - Math.sqrt(momentum)
  const warm = (step + 1) / (TEN * window)
  return [momentum, ((still * still) / (least + EPSILON)) * Math.min(warm, 1), factor]
}

/** min(1, limit / norm); no limit before the first step. NaN stays. */
function bound(limit: number, norm: number, memory: Float64Array): number {
  const ratio = limit / norm
  return memory[STEPS] === 0 || ratio >= 1 ? 1 : ratio
}

function tuned(least: number, largest: number, noise: number, distance: number): number {
  const [d, h] = [distance + EPSILON, least + EPSILON]
  const p = (d * d * (h * h)) / 2 / (noise + EPSILON)
  const cube = (Math.sqrt(p * p + (4 / 27) * (p * p * p)) + p) / 2
  const w = -exp64(log64(cube) / 3)
  const x = 1 + w - p / 3 / (w + EPSILON)
  const ratio = (largest + EPSILON) / h
  const root = Math.sqrt(Math.max(ratio, 1 + EPSILON))
  const range = (root - 1) / (root + 1)
  return Math.max(x * x, range * range)
}
