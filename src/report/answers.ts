import type { Account } from '../account.js'
import type { Dataset } from '../dataset.js'
import { hyperparameterError } from '../errors.js'
import { outputsOf } from '../graph.js'
import { classifies } from '../loss.js'
import { confusionMatrix } from '../metrics/classes.js'
import { meanAbsoluteError, meanSquaredError, rSquared } from '../metrics/regression.js'
import { type Measured, type MetricSpec, measured } from '../metrics.js'
import { classesOf } from '../preparation.js'
import { confusion } from './confusion.js'
import { figure, percent } from './figure.js'
import { type Html, html } from './html.js'
import { imageOf, sideOf } from './images.js'
import { type Answer, mistakes } from './mistakes.js'
import { type Residuals, residuals } from './residuals.js'
import { spreadOf } from './spread.js'
import { bars, scatter } from './svg.js'
import { facts, table } from './table.js'

/** Examples that are shown, and points of a scatter plot. */
const WORST = 24
const POINTS = 1500
/** Outputs that are drawn one by one. */
const OUTPUTS = 4
const BARS = 41

/** How the model answers the data for validation, as it is now; none where there are no such data or no way to judge. */
export async function answers(account: Account, classes?: readonly string[]): Promise<Html | undefined> {
  const { validation: data, loss } = account
  if (!data || !loss) return undefined
  // Targets of several outputs that stand for themselves are neither classes nor quantities.
  if (classifies(loss) && (data.labels || data.outputs === 1 || loss.type !== 'binaryCrossEntropy')) {
    const found = await asked(account, data, [confusionMatrix, mistakes(WORST)])
    return classification(data, found, classes ?? classesOf(data.preparation))
  }
  return regression(await asked(account, data, [rSquared, meanSquaredError, meanAbsoluteError, residuals(POINTS)]))
}

function asked({ learner, loss, threads }: Account, data: Dataset, metrics: readonly MetricSpec[]): Promise<Measured> {
  const judged = { data, loss: loss!, outputs: outputsOf(learner.spec) }
  return measured(metrics, judged, (some) => learner.predict(data, threads, some))
}

function classification(data: Dataset, found: Measured, classes?: readonly string[]): Html {
  const matrix = found.confusionMatrix!
  if (classes && classes.length !== matrix.length) {
    throw hyperparameterError('report', `classes to be the names of ${matrix.length} classes`, classes)
  }
  const names = classes ?? matrix.map((_, i) => String(i))
  const worst = found.mistakes as readonly Answer[]
  const wrong = matrix.reduce((sum, row, i) => sum + row.reduce((a, b) => a + b, 0) - row[i], 0)
  return html`<p>${figure(data.examples - wrong)} of ${figure(data.examples)} examples are answered rightly, ${figure(wrong)} are not.</p>
${confusion(matrix, names)}
<h3>The worst answers</h3>
${sideOf(data) ? gallery(data, worst, names) : listed(worst, names)}`
}

function gallery(data: Dataset, worst: readonly Answer[], names: readonly string[]): Html {
  const side = sideOf(data)!
  return html`<ul class="gallery">${worst.map(({ example, actual, said, certainty, chance }) => {
    const text = `example ${example}: ${names[actual]}, said ${names[said]}`
    return html`<li class="${actual === said ? 'right' : 'wrong'}"><img src="${imageOf(data, example, side)}" width="${side}" height="${side}" alt="${text}" title="${text}">
<small><b>${names[actual]}</b> said <b>${names[said]}</b>${certainty !== undefined && ` ${percent(certainty)}`}</small>
${chance !== undefined && actual !== said && html`<small>for ${names[actual]} ${percent(chance)}</small>`}</li>\n`
  })}</ul>`
}

function listed(worst: readonly Answer[], names: readonly string[]): Html {
  const rows = worst.map(({ example, actual, said, certainty, chance, distance }) => [
    figure(example),
    names[actual],
    names[said],
    certainty === undefined ? '' : percent(certainty),
    chance === undefined ? figure(-distance) : percent(chance),
  ])
  const heads = [
    'example',
    'is',
    'said',
    'with probability',
    worst[0]?.chance === undefined ? 'margin' : 'probability of what it is',
  ]
  return table('Examples of the data for validation, counted from 0, the worst first', heads, rows)
}

async function regression(found: Measured): Promise<Html> {
  const each = (found.residuals as readonly Residuals[]).slice(0, OUTPUTS)
  const plots: Html[] = []
  for (const [i, output] of each.entries()) plots.push(await plotsOf(output, each.length > 1 ? `, output ${i}` : ''))
  return html`${facts([
    ['R²', figure(found.rSquared!)],
    ['root mean squared error', figure(Math.sqrt(found.meanSquaredError!))],
    ['mean absolute error', figure(found.meanAbsoluteError!)],
  ])}
${plots}`
}

async function plotsOf(output: Residuals, which: string): Promise<Html> {
  const spread = await spreadOf(output.residuals, BARS)
  return html`<div class="pair"><div><h3>Predicted over true${which}</h3>
${scatter(output, `Predicted over true${which}, ${figure(output.said.length)} examples`)}</div>
<div><h3>Residuals${which}</h3>
${bars(spread, `Histogram of predicted − true${which}: mean ${figure(spread.mean)}, deviation ${figure(spread.deviation)}`, 'tall')}
<p class="note">predicted − true: mean ${figure(spread.mean)}, standard deviation ${figure(spread.deviation)}, from ${figure(spread.least)} to ${figure(spread.largest)}</p></div></div>`
}
