import { ratesOf } from '../optimizers/epochs.js'
import { goingOf, nameOf } from './kinds.js'
import type { Path } from './path.js'
import { type Moving, signs } from './schedules.js'
import { groundOf, runOf, type State } from './state.js'
import { distanceOf, surfaceLabels } from './surface.js'

const superscript = (power: number) => [...String(power)].map((digit) => '⁰¹²³⁴⁵⁶⁷⁸⁹'[Number(digit)] ?? '⁻').join('')

/** Three digits; very small and very large numbers by a power of ten: 3.55·10⁻¹⁵. */
export function figure(value: number): string {
  if (!Number.isFinite(value)) return '∞'
  const size = Math.abs(value)
  if (value === 0 || (size >= 0.001 && size < 10_000)) return signed(String(Number(value.toPrecision(3))))
  const [digits, power] = value.toExponential(2).split('e')
  return `${signed(digits)}·10${superscript(Number(power))}`
}

const signed = (digits: string) => digits.replace('-', '−')

/** 10⁻³ */
export const powerOfTen = (power: number): string =>
  power === 0 ? '1' : power === 1 ? '10' : `10${superscript(power)}`

/** (−9, 2); one variable without brackets. */
export function vector(point: ArrayLike<number>): string {
  const numbers = Array.from(point, figure)
  return numbers.length === 1 ? numbers[0] : `(${numbers.join(', ')})`
}

/** Where a run is at the shown step: the last point of a path that ended before. */
export const reached = ({ points }: Path, at: number): number => Math.min(at, points.length - 1)

/** How a path ended before its steps were made, if it did. */
export function endOf({ points, diverged }: Path, steps: number): string {
  if (diverged) return `diverged after ${points.length - 1}`
  return points.length - 1 < steps ? `level at ${points.length - 1}` : ''
}

/** The state of all runs in words, for those who hear the page, and for all to read. */
export function summary(state: State, paths: readonly Path[]): string {
  const ground = groundOf(state)
  const runs = state.runs.map((run, i) => {
    const [path, step] = [paths[i], reached(paths[i], state.at)]
    const ending = endOf(path, state.steps)
    const where = `value ${figure(path.values[step])}, ${figure(distanceOf(ground, path.points[step]))} from a minimum`
    const going = goingNow(state, i, step)
    return `${capital(nameOf(run))}${going && ` (${going})`}: ${where}${ending ? `, ${ending}` : ''}`
  })
  const from = `${surfaceLabels[state.surface]}, from ${vector(state.start)}, step ${state.at} of ${state.steps}`
  return `${from}${seen(state)}. ${runs.join('. ')}.`
}

/** The schedules of a run, and what they give for the step that comes next. */
function goingNow(state: State, run: number, step: number): string {
  const rates = Object.entries(ratesOf(runOf(state, run), step, {}))
  const words = rates.map(([name, value]) => `${signs[name as Moving]} ${figure(value)}`)
  return [goingOf(state.runs[run]), words.length > 0 && `now ${words.join(', ')}`].filter(Boolean).join(', ')
}

/** What part is looked at, where it is not the whole. */
function seen({ zoom, middle }: State): string {
  const parts = [zoom !== 1 && `at ${figure(zoom)} times the size`, middle && `about ${vector(middle)}`].filter(Boolean)
  return parts.length > 0 ? `; seen ${parts.join(', ')}` : ''
}

const capital = (text: string) => text[0].toUpperCase() + text.slice(1)

const names = { velocity: 'The velocity form', ema: 'The moving average' } as const

/** What is to be seen of a form beside the heavy ball. */
export function formSentence(form: keyof typeof names, apart: readonly number[], parting?: number): string {
  const largest = figure(Math.max(...apart))
  if (parting !== undefined)
    return `${names[form]} parts from the heavy ball at step ${parting}: up to ${largest} apart.`
  return `${names[form]} is on the heavy ball’s path: at most ${largest} apart, which is rounding.`
}

/** Why forms part, or do not, by what of η and μ goes with the step. */
export function reason({ rate, momentum }: { readonly rate: boolean; readonly momentum: boolean }): string {
  const parts = []
  if (rate) {
    parts.push(
      'The velocity form has the rate inside its velocity: what was gathered at the old rate is still there, and dies away only with μ. The other two multiply by η as the velocity leaves, so a new rate counts at once.',
    )
  }
  if (momentum) {
    parts.push(
      'The moving average weighs each gradient by 1 − μ, so its velocity stays an average when μ changes. The two sums do not: their steps grow or shrink with 1/(1 − μ).',
    )
  }
  if (parts.length > 0) return parts.join(' ')
  return 'While η and μ stay, the three are one method in other units: the velocities differ by a constant factor, the points do not. Let one of the two change, and see which form leaves.'
}
