import { accountOf } from '../account.js'
import type { HistoryEntry } from '../history.js'
import { ofTraining, ofValidation } from '../monitor.js'
import { bestOf } from './best.js'
import type { Axis, Chart, Series } from './chart.js'
import { maker } from './code.js'
import { curve, metricsOf } from './curves.js'
import { duration, figure, isShare, score, titled, words } from './figure.js'
import { type Content, type Html, html } from './html.js'
import { machine } from './machine.js'
import type { Page } from './page.js'
import { table } from './table.js'

/** A fit among others, and what it is called. */
export interface NamedRun {
  readonly name: string
  readonly history: readonly HistoryEntry[]
}

/** Colours that people tell apart; after them curves are dashed. */
const COLOURS = 8
const axes: readonly Axis[] = ['steps', 'seconds']

/** The page of several runs side by side. */
export function compare(runs: readonly NamedRun[], told: { readonly title?: string; readonly command?: string }): Page {
  const native = runs.some(({ history }) => accountOf(history)?.learner.profiles)
  return {
    title: told.title ?? runs.map(({ name }) => name).join(', '),
    kind: 'ravine comparison',
    subtitle: `${runs.length} runs side by side`,
    figures: leaders(runs),
    charts: chartsOf(runs),
    sections: [
      { title: 'Outcomes', body: [outcomes(runs), optimizers(runs)] },
      { title: 'Machine', body: machine(native) },
      ...(told.command === undefined
        ? []
        : [{ title: 'Repeat', body: html`<pre tabindex="0"><code>${told.command}</code></pre>` }]),
    ],
  }
}

/** Who came best, and who was fastest. */
function leaders(runs: readonly NamedRun[]): Page['figures'] {
  const { name } = bestOf(runs.flatMap(({ history }) => history))
  const all = runs.map((run) => ({ run: run.name, best: bestOf(run.history), seconds: secondsOf(run.history) }))
  const comparable = all.filter(({ best }) => best.name === name)
  const winner = bestOf(comparable.map(({ best }) => best.entry)).entry
  const first = comparable.find(({ best }) => best.entry === winner)!
  const fastest = all.reduce((a, b) => (b.seconds < a.seconds ? b : a))
  return [
    {
      name: `best ${words(name)}`,
      value: score(ofTraining(name), first.best.value),
      note: `${first.run}, epoch ${winner.epoch}`,
    },
    { name: 'shortest training', value: duration(fastest.seconds), note: fastest.run },
    { name: 'runs', value: figure(runs.length) },
  ]
}

/** Losses and metrics, each over steps and over seconds. */
function chartsOf(runs: readonly NamedRun[]): Chart[] {
  const names = ['loss', ...metricsOf(runs.flatMap(({ history }) => history))]
  const keys = names.flatMap((name) => [name, ofValidation(name)])
  return keys.flatMap((key) => {
    const series = runs.map((run, i) => curveOf(run, i, key)).filter((series) => series !== undefined)
    if (series.length === 0) return []
    return axes.map((axis) => ({ title: `${titled(key)} over ${axis}`, axis, share: isShare(ofTraining(key)), series }))
  })
}

function curveOf({ name, history }: NamedRun, i: number, key: string): Series | undefined {
  const series = curve(history, key, name, 1 + (i % COLOURS))
  return series && i >= COLOURS ? { ...series, style: 'dashed' } : series
}

function outcomes(runs: readonly NamedRun[]) {
  const metrics = metricsOf(runs.flatMap(({ history }) => history))
  const told = ['loss', ...metrics].flatMap((name) => [name, ofValidation(name)])
  const keys = told.filter((key) =>
    runs.some(({ history }) => history.some((entry) => entry[key as 'loss'] !== undefined)),
  )
  const { name: main } = bestOf(runs.flatMap(({ history }) => history))
  const rows = runs.map(({ name, history }, i) => {
    const [last, best] = [history[history.length - 1], bestOf(history)]
    return [
      swatch(name, i),
      ...keys.map((key) =>
        last[key as 'loss'] === undefined ? '' : score(ofTraining(key), Number(last[key as 'loss'])),
      ),
      duration(secondsOf(history)),
      figure(last.steps),
      html`${score(ofTraining(best.name), best.value)}${best.name !== main && html` <small>${words(best.name)}</small>`}`,
      figure(best.entry.steps),
    ]
  })
  const heads = ['run', ...keys.map(words), 'training', 'steps', `best ${words(main)}`, 'steps to the best']
  return table('What each run came to at its end, and at its best', heads, rows)
}

function optimizers(runs: readonly NamedRun[]): Content {
  const known = runs.flatMap(({ name, history }, i) => {
    const account = accountOf(history)
    return account ? [[swatch(name, i), html`<code>${maker(account.optimizer)}</code>`]] : []
  })
  return known.length > 0 && html`<div class="apart">${table('Optimizers', ['run', 'made by'], known)}</div>`
}

const swatch = (name: string, i: number): Html =>
  html`<span class="swatch c${1 + (i % COLOURS)}" aria-hidden="true"></span>${name}`

const secondsOf = (history: readonly HistoryEntry[]) => history.reduce((sum, { seconds }) => sum + seconds, 0)
