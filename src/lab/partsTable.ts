import type { Rates } from '../optimizers/epochs.js'
import { byId, cleared, element } from './dom.js'
import { arrow, arrowMarks } from './draw.js'
import type { Theme } from './marks.js'
import type { Parts } from './path.js'
import { type Moving, signs } from './schedules.js'
import { figure, vector } from './sentences.js'

const names = {
  carried: 'the velocity carries on',
  pushed: 'the gradient adds',
  step: 'the next step',
} as const

/** The parts of the next step in numbers, each with its arrow as a legend, the rates that are in force where they go with the step, and what the optimizer remembers. */
export function showParts(parts: Parts, rates: Rates, theme: Theme): void {
  const rows = Object.entries(names).map(([name, label]) =>
    row(vector(parts[name as keyof typeof names]), element('canvas', { id: `arrow-${name}` }), label),
  )
  const length = row(figure(Math.hypot(...parts.step)), 'its length')
  const memory = Object.entries(parts.states).map(([name, state]) => row(vector(state), `remembered: ${words(name)}`))
  const now = Object.entries(rates).map(([name, rate]) => row(figure(rate), `${signs[name as Moving]} now`))
  byId('parts').replaceChildren(...rows, length, ...now, ...memory)
  for (const [name, mark] of Object.entries(arrowMarks(theme))) {
    const { pen, width, height } = cleared(byId<HTMLCanvasElement>(`arrow-${name}`))
    arrow(pen, [2, height / 2], [width - 2, height / 2], mark, theme)
  }
}

const row = (numbers: string, ...label: (Node | string)[]) =>
  element('tr', {}, element('th', { scope: 'row' }, ...label), element('td', {}, numbers))

/** How the arrows of a step are drawn, so many times as long as they are. */
export const arrowSentence = (zoom: number): string =>
  `Its arrows stand at the head of its path, ${size(zoom)}. What is carried on is the step on level ground.`

function size(zoom: number): string {
  if (zoom === 1) return 'as long as they are'
  return zoom > 1 ? `drawn ${zoom} times as long` : `drawn at ${zoom} of their length`
}

/** firstMoment → first moment */
const words = (name: string) => name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)
