import type { Account } from '../account.js'
import type { HistoryEntry, StepReport } from '../history.js'
import { ofTraining, ofValidation } from '../monitor.js'
import { looksAtEpochs, ratesOf } from '../optimizers/epochs.js'
import type { Chart, Series } from './chart.js'
import { isShare, titled, words } from './figure.js'

/** Points of a curve that is computed. */
const POINTS = 300
const TRAINING = 1
const VALIDATION = 2
const notMetrics = new Set(['epoch', 'steps', 'seconds', 'loss', 'learningRate', 'momentum'])

/** The curves of one fit: loss, each metric, and the rates that were scheduled. */
export function chartsOf(history: readonly HistoryEntry[], account?: Account): Chart[] {
  const steps = account && stepsOf(history, account.reports)
  return [
    { title: 'Loss', series: [...(steps ? [steps] : []), ...pair(history, 'loss')] },
    ...metricsOf(history).map((name) => ({ title: titled(name), share: isShare(name), series: pair(history, name) })),
    ...rates(history, account),
  ]
}

/** The names of the metrics that epochs tell as numbers, without 'validation'. */
export function metricsOf(history: readonly HistoryEntry[]): string[] {
  const told = history.flatMap((entry) => Object.entries(entry).filter(([, value]) => typeof value === 'number'))
  return [...new Set(told.map(([name]) => ofTraining(name)))].filter((name) => !notMetrics.has(name))
}

/** A curve of what epochs tell under a name; none where they do not. */
export function curve(history: readonly HistoryEntry[], key: string, name: string, colour: number): Series | undefined {
  const ends = endsOf(history)
  const told = history.flatMap((entry, i) => (typeof entry[key as 'loss'] === 'number' ? [i] : []))
  if (told.length === 0) return undefined
  return {
    name,
    colour,
    at: {
      epochs: told.map((i) => history[i].epoch),
      steps: told.map((i) => history[i].steps),
      seconds: told.map((i) => short(ends[i])),
    },
    values: told.map((i) => finite(history[i][key as 'loss'])),
  }
}

function pair(history: readonly HistoryEntry[], name: string): Series[] {
  const training = curve(history, name, 'training', TRAINING)
  const validation = curve(history, ofValidation(name), 'validation', VALIDATION)
  return [training, validation].filter((series) => series !== undefined)
}

/** Seconds of training until the end of each epoch. */
function endsOf(history: readonly HistoryEntry[]): number[] {
  let sum = 0
  return history.map(({ seconds }) => {
    sum += seconds
    return sum
  })
}

/** The losses between epochs, of the epochs that came to their end. */
function stepsOf(history: readonly HistoryEntry[], reports: readonly StepReport[]): Series | undefined {
  const known = reports.filter(({ epoch }) => epoch <= history.length)
  if (known.length <= history.length) return undefined
  const places = placesOf(
    history,
    known.map(({ epoch, step }) => (history[epoch - 2]?.steps ?? 0) + step),
  )
  return {
    name: 'training, step by step',
    colour: TRAINING,
    style: 'faint',
    at: places,
    values: known.map(({ loss }) => finite(loss)),
  }
}

/** Where steps of a fit lie; within an epoch time goes evenly. */
function placesOf(history: readonly HistoryEntry[], steps: readonly number[]): Series['at'] {
  const ends = endsOf(history)
  let i = 0
  const parts = steps.map((step) => {
    while (i < history.length - 1 && step > history[i].steps) i++
    const before = history[i - 1]?.steps ?? 0
    const part = (step - before) / (history[i].steps - before)
    return { epochs: short(i + part), seconds: short(ends[i] - (1 - part) * history[i].seconds) }
  })
  return { steps, epochs: parts.map(({ epochs }) => epochs), seconds: parts.map(({ seconds }) => seconds) }
}

/** Schedules are drawn as they are; of those that look at epochs there is what epochs told. */
function rates(history: readonly HistoryEntry[], account?: Account): Chart[] {
  const names = (['learningRate', 'momentum'] as const).filter((name) =>
    history.some((entry) => entry[name] !== undefined),
  )
  if (!account || looksAtEpochs(account.optimizer)) {
    return names.map((name) => ({ title: titled(name), series: [curve(history, name, words(name), TRAINING)!] }))
  }
  const steps = evenly(history[history.length - 1].steps)
  const at = placesOf(history, steps)
  const told = steps.map((step) => ratesOf(account.optimizer, account.before + step - 1, {}))
  return names.map((name) => {
    const values = told.map((rate) => finite(rate[name]))
    return { title: titled(name), series: [{ name: words(name), colour: TRAINING, at, values }] }
  })
}

/** 1 … last, at most so many. */
function evenly(last: number): number[] {
  const count = Math.min(last, POINTS)
  return Array.from({ length: count }, (_, i) => (count === 1 ? 1 : 1 + Math.round((i * (last - 1)) / (count - 1))))
}

const short = (x: number) => Number(x.toPrecision(6))

const finite = (x: number | undefined) => (Number.isFinite(x) ? short(x!) : null)
