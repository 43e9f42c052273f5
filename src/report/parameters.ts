import type { Snapshot } from '../learner.js'
import { type FloatArray, type GraphSpec, learnable, type ParameterSpec, parametersOf } from '../spec.js'
import { figure, words } from './figure.js'
import { type Html, html } from './html.js'
import { spreadOf } from './spread.js'
import { bars } from './svg.js'

const BARS = 48
/** Parameters that are drawn: of a deep network the first. */
const MOST = 60

/** How the numbers of each parameter are spread, and those of the first state that the optimizer keeps of it. */
export async function parameters(spec: GraphSpec, { parameters, states }: Snapshot): Promise<Html> {
  const all = parametersOf(spec)
  const [state, arrays] = [...states][0] ?? []
  const moved = new Set(learnable(spec).map(({ name }) => name))
  const cards: Html[] = []
  for (const [i, parameter] of all.slice(0, MOST).entries()) {
    const kept = moved.has(parameter.name) ? arrays?.[i] : undefined
    cards.push(await card(parameter, parameters[i], state, kept))
  }
  const left = all.length - cards.length
  return html`<div class="cards">${cards}</div>
<p class="note">The outermost bars count what lies beyond four standard deviations, too.${left > 0 && ` ${left} more parameters are not shown.`}</p>`
}

async function card(
  { name, shape }: ParameterSpec,
  values: FloatArray,
  state?: string,
  kept?: FloatArray,
): Promise<Html> {
  return html`<article class="card"><h3>${name} <small>${shape.join(' × ')}</small></h3>
${await spread(name, 'value', values)}${kept && (await spread(name, words(state!), kept))}</article>\n`
}

async function spread(name: string, what: string, values: FloatArray): Promise<Html> {
  const found = await spreadOf(values, BARS)
  const { mean, deviation, others } = found
  const told = `mean ${figure(mean)}, deviation ${figure(deviation)}${others > 0 ? `, ${figure(others)} not finite` : ''}`
  return html`${bars(found, `Histogram of ${name}, ${what}: ${told}`, what === 'value' ? '' : 'state')}
<p class="note"><b>${what}</b> ${told}</p>`
}
