import type { Sgd } from '../optimizers/sgd.js'
import { drawChart } from './chart.js'
import { byId, cleared, element, say } from './dom.js'
import { drawPath, drawStart, placesOf } from './draw.js'
import { compareForms, type Forms, formNames, partingOf, type Question, velocitiesAt } from './forms.js'
import { drawGround } from './ground.js'
import { kinds } from './kinds.js'
import { type Pen, sample, type Theme } from './marks.js'
import { figure, formSentence, reason, vector } from './sentences.js'
import { changeOf, groundOf, type State } from './state.js'
import { viewOf } from './view.js'

/** The marks of the three forms: blue, orange, green. */
const MARKS = { heavyBall: 1, velocity: 2, ema: 3 } as const
const WIDTHS = { heavyBall: 9, velocity: 5, ema: 1.6 } as const
const NAMES = { heavyBall: 'heavy ball, η', velocity: 'velocity form, η', ema: 'moving average, η/(1 − μ)' } as const

/** Draws and says how the three forms go together, by the numbers of the tuned run where it has a momentum. */
export function drawForms(state: State, at: number, theme: Theme): void {
  const question = questionOf(state)
  const forms = compareForms(question)
  const { learningRate, momentum } = question
  say(
    byId('forms-about'),
    `The same start, η = ${figure(learningRate)} and μ = ${figure(momentum)}, of the tuned run where it has them: three rules, laid on each other, the first drawn widest.`,
  )
  drawMap(question, forms, at, theme)
  const series = (['velocity', 'ema'] as const).map((form) => ({
    mark: theme.marks[MARKS[form]],
    values: forms.apart[form],
  }))
  drawChart(byId('forms-chart'), { series, steps: state.steps, at, most: 1e12, change: question.change?.step }, theme)
  showVelocities(question, forms, Math.floor(at), theme)
  const sentences = (['velocity', 'ema'] as const).map((form) =>
    formSentence(form, forms.apart[form], partingOf(forms, form)),
  )
  const paragraphs = [...sentences, reason(state)]
  const place = byId('forms-text')
  while (place.children.length < paragraphs.length) place.append(element('p'))
  for (const [i, text] of paragraphs.entries()) say(place.children[i] as HTMLElement, text)
}

function questionOf(state: State): Question {
  const { runs, tuned, start, steps } = state
  const moving = [runs[tuned], ...runs, kinds['heavy ball']].find(
    (run) => run.type === 'sgd' && run.momentum !== 0,
  ) as Sgd
  const momentum = moving.momentum as number
  const rate = (moving.learningRate as number) * (moving.form === 'ema' ? 1 - momentum : 1)
  const learningRate = runs.includes(moving) ? rate : groundOf(state).rate
  return { surface: groundOf(state), start, steps, learningRate, momentum, change: changeOf(state) }
}

function drawMap({ surface, start }: Question, { paths }: Forms, at: number, theme: Theme): void {
  const { pen, width, height } = cleared(byId('forms-map'))
  const view = viewOf(surface, width, height)
  drawGround(pen, surface, view, theme)
  for (const form of formNames) {
    const places = placesOf(paths[form], view)
    drawPath(
      pen,
      places,
      Math.min(at, places.length - 1),
      { ...theme.marks[MARKS[form]], dash: [] },
      WIDTHS[form],
      theme,
    )
  }
  drawStart(pen, view.place(start, surface.f(Float64Array.from(start)).value), theme)
}

function showVelocities(question: Question, forms: Forms, at: number, theme: Theme): void {
  const shown = Math.min(at, ...formNames.map((form) => forms.paths[form].points.length - 1))
  const velocities = velocitiesAt(question, forms, shown)
  const factor = (form: (typeof formNames)[number]) =>
    Math.hypot(...velocities[form]) / Math.hypot(...velocities.heavyBall)
  const rows = formNames.map((form) => {
    const times = shown === 0 ? '' : `${figure(factor(form))} ×`
    return element(
      'tr',
      {},
      element('th', { scope: 'row' }, swatch(theme, form), NAMES[form]),
      element('td', {}, vector(velocities[form])),
      element('td', {}, times),
    )
  })
  byId('velocities').replaceChildren(...rows)
  for (const form of formNames) sampleInto(theme, form)
}

const swatch = (_: Theme, form: string) => element('canvas', { id: `swatch-${form}` })

function sampleInto(theme: Theme, form: (typeof formNames)[number]): void {
  const { pen, width, height } = cleared(byId<HTMLCanvasElement>(`swatch-${form}`))
  sample(pen as Pen, { ...theme.marks[MARKS[form]], dash: [] }, width, height, theme.card)
}
