import { cleared } from './dom.js'
import { head, line, type Theme } from './marks.js'
import { courseOf, type Moving, signs } from './schedules.js'
import { figure } from './sentences.js'
import { runOf, type State } from './state.js'

/** Draws the curves that there are among the controls of the tuned run. */
export function drawCurves(place: HTMLElement, state: State, theme: Theme): void {
  for (const canvas of place.querySelectorAll<HTMLCanvasElement>('canvas:not([hidden])'))
    drawCurve(canvas, canvas.dataset.of as Moving, state, theme)
}

/** Pixels beside a curve: its numbers stand to the left. */
const [LEFT, EDGE] = [44, 7]

/** Draws how a hyperparameter of the tuned run goes with the step, from its least to its largest, and says what is in force at the shown one. */
function drawCurve(canvas: HTMLCanvasElement, name: Moving, state: State, theme: Theme): void {
  const { pen, width, height } = cleared(canvas)
  const { steps, at, tuned } = state
  const value = courseOf(name, runOf(state, tuned)[name as 'learningRate'])
  const values = Array.from({ length: steps + 1 }, (_, step) => value(step))
  const [least, most] = [Math.min(...values), Math.max(...values)]
  const across = (step: number) => LEFT + (step / steps) * (width - LEFT - EDGE)
  const up = (value: number) => height - EDGE - ((value - least) / (most - least || 1)) * (height - 2 * EDGE)
  const mark = { ...theme.marks[tuned], dash: [] }
  Object.assign(pen, { fillStyle: theme.soft, font: '11px system-ui, sans-serif', textAlign: 'right' })
  for (const value of new Set([least, most])) {
    const ends = [across(0), across(steps)].map((x) => [x, up(value)])
    line(pen, { ...mark, colour: theme.rule }, 1, ends)
    pen.fillText(figure(value), LEFT - 6, up(value) + 4)
  }
  const points = values.map((value, step) => [across(step), up(value)])
  line(pen, mark, 1.6, points)
  head(pen, mark, points[at][0], points[at][1], 5, theme.card)
  canvas.ariaLabel = `${signs[name]} by step: ${figure(values[at])} at step ${at}, from ${figure(least)} to ${figure(most)}`
}
