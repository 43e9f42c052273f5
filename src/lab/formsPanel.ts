import { isConstant } from '../schedule.js'
import { drawChart } from './chart.js'
import { byId, cleared, element, say } from './dom.js'
import { drawPath, drawStart, placesOf } from './draw.js'
import {
  compareForms,
  type FormName,
  type Forms,
  formNames,
  movesOf,
  partingOf,
  type Question,
  questionOf,
  velocitiesAt,
} from './forms.js'
import { drawGround } from './ground.js'
import { sample, type Theme } from './marks.js'
import { courseOf } from './schedules.js'
import { figure, formSentence, reason, vector } from './sentences.js'
import type { State } from './state.js'
import { viewOf } from './view.js'

/** The marks of the three forms: blue, orange, green. */
const MARKS = { heavyBall: 1, velocity: 2, ema: 3 } as const
const WIDTHS = { heavyBall: 9, velocity: 5, ema: 1.6 } as const
const NAMES = { heavyBall: 'heavy ball, η', velocity: 'velocity form, η', ema: 'moving average, η/(1 − μ)' } as const

const others = ['velocity', 'ema'] as const
const markOf = ({ marks }: Theme, form: FormName) => ({ ...marks[MARKS[form]], dash: [] })

/** Draws and says how the three forms go together, by the numbers of the tuned run where it has a momentum. */
export function drawForms(state: State, at: number, theme: Theme): void {
  const question = questionOf(state)
  const forms = compareForms(question)
  say(
    byId('forms-about'),
    `The same start, ${rates(question, at)}, of the tuned run where it has them: three rules, laid on each other, the first drawn widest.`,
  )
  drawMap(question, forms, at, theme)
  const series = others.map((form) => ({
    mark: theme.marks[MARKS[form]],
    values: forms.apart[form],
  }))
  drawChart(byId('forms-chart'), { series, steps: state.steps, at, most: 1e12, change: question.change?.step }, theme)
  showVelocities(question, forms, Math.floor(at), theme)
  tell(forms, question)
}

/** The heavy ball's, which may go with the step. */
function rates({ learningRate, momentum }: Question, at: number): string {
  const now = [courseOf('learningRate', learningRate), courseOf('momentum', momentum)].map((rate) =>
    rate(Math.floor(at)),
  )
  return `η = ${figure(now[0])} and μ = ${figure(now[1])}${isConstant(learningRate) && isConstant(momentum) ? '' : ' now'}`
}

/** A paragraph for each form that is held against the heavy ball, and one for the reason. */
function tell(forms: Forms, question: Question): void {
  const sentences = others.map((form) => formSentence(form, forms.apart[form], partingOf(forms, form)))
  const [paragraphs, place] = [[...sentences, reason(movesOf(question))], byId('forms-text')]
  while (place.children.length < paragraphs.length) place.append(element('p'))
  for (const [i, text] of paragraphs.entries()) say(place.children[i] as HTMLElement, text)
}

function drawMap({ surface, start }: Question, { paths }: Forms, at: number, theme: Theme): void {
  const { pen, width, height } = cleared(byId('forms-map'))
  const view = viewOf(surface, width, height)
  drawGround(pen, surface, view, theme)
  for (const form of formNames) {
    const places = placesOf(paths[form], view)
    drawPath(pen, places, Math.min(at, places.length - 1), markOf(theme, form), WIDTHS[form], theme)
  }
  drawStart(pen, view.place(start, surface.f(Float64Array.from(start)).value), theme)
}

function showVelocities(question: Question, forms: Forms, at: number, theme: Theme): void {
  const shown = Math.min(at, ...formNames.map((form) => forms.paths[form].points.length - 1))
  const velocities = velocitiesAt(question, forms, shown)
  const factor = (form: FormName) => Math.hypot(...velocities[form]) / Math.hypot(...velocities.heavyBall)
  const rows = formNames.map((form) => {
    const heading = element('th', { scope: 'row' }, element('canvas', { id: `swatch-${form}` }), NAMES[form])
    const cells = [vector(velocities[form]), shown === 0 ? '' : `${figure(factor(form))} ×`]
    return element('tr', {}, heading, ...cells.map((text) => element('td', {}, text)))
  })
  byId('velocities').replaceChildren(...rows)
  for (const form of formNames) {
    const { pen, width, height } = cleared(byId<HTMLCanvasElement>(`swatch-${form}`))
    sample(pen, markOf(theme, form), width, height, theme.card)
  }
}
