import uPlot from 'uplot'
import type { Axis, Chart, Series } from '../chart.js'
import { valueAt } from './figure.js'
import { type Keys, keyboard } from './keyboard.js'

/** A chart in the page. */
export interface Drawn {
  /** As wide as its place. */
  fit(): void
  end(): void
}

const HEIGHT = 260
/** Points of a curve that are drawn one by one. */
const FEW = 40
/** Distances of ticks on an axis of epochs or steps. */
const WHOLE = [0, 1, 2, 3, 4, 5, 6, 7, 8].flatMap((power) => [1, 2, 5].map((digit) => digit * 10 ** power))

/** Draws curves along an axis into a figure of their own, with ways to zoom by mouse, keys and buttons. */
export function draw(chart: Chart, axis: Axis, place: HTMLElement): Drawn {
  const figure = document.createElement('figure')
  figure.innerHTML = `<figcaption><h3></h3><span class="tools"></span></figcaption><div class="canvas" tabindex="0" role="img"></div>`
  figure.querySelector('h3')!.textContent = chart.title
  const canvas = figure.querySelector<HTMLElement>('.canvas')!
  canvas.setAttribute('aria-label', said(chart, axis))
  place.append(figure)
  let logarithmic = false
  let plot = plotted(chart, axis, logarithmic, canvas)
  const keys = keyboard(canvas, () => plot)
  const redraw = () => {
    plot.destroy()
    plot = plotted(chart, axis, logarithmic, canvas)
  }
  tools(figure.querySelector('.tools')!, chart, keys, () => {
    logarithmic = !logarithmic
    redraw()
    return logarithmic
  })
  return {
    fit: () => plot.setSize({ width: canvas.clientWidth, height: HEIGHT }),
    end: () => plot.destroy(),
  }
}

function plotted(chart: Chart, axis: Axis, logarithmic: boolean, canvas: HTMLElement): uPlot {
  const tables = chart.series.map(({ at, values }) => [at[axis], values] as unknown as uPlot.AlignedData)
  const data = uPlot.join(tables)
  const colours = ['', ...chart.series.map(({ colour: number }) => colour(`--c${number}`))]
  // Where no cursor is, the legend tells the last values.
  const rest = data.map((values) => lastOf(values))
  const atRest = (plot: uPlot) => {
    if ((plot.cursor.left ?? -1) < 0) plot.setLegend({ idxs: rest }, false)
  }
  const options: uPlot.Options = {
    width: canvas.clientWidth,
    height: HEIGHT,
    scales: { x: { time: false, range: wide }, y: { distr: logarithmic ? 3 : 1 } },
    axes: axesOf(chart, axis),
    series: [
      { label: axis, value: (_, x) => told(x) },
      ...chart.series.map((series, i) => seriesOf(series, chart, colours[i + 1])),
    ],
    cursor: { sync: { key: axis }, dataIdx: nearest, points: { size: 7 }, drag: { setScale: true, x: true, y: false } },
    legend: { markers: { width: 0, fill: (_, i) => colours[i] } },
    hooks: { ready: [atRest], setLegend: [atRest] },
  }
  const plot = new uPlot(options, data, canvas)
  switches(plot)
  return plot
}

function lastOf(values: ArrayLike<number | null | undefined>): number | null {
  for (let i = values.length - 1; i >= 0; i--) if (values[i] != null) return i
  return null
}

/** All of the data, and a little where they are one point. */
const wide = (_: uPlot, least: number, largest: number): uPlot.Range.MinMax =>
  least === largest ? [least - 1, largest + 1] : [least, largest]

function axesOf({ share }: Chart, axis: Axis): uPlot.Axis[] {
  const [ink, line] = [colour('--soft'), colour('--line')]
  const font = `12px ${getComputedStyle(document.body).fontFamily}`
  const common = { stroke: ink, font, labelFont: font, grid: { stroke: line, width: 1 }, ticks: { show: false } }
  const values = (_: uPlot, ticks: (number | null)[]) =>
    ticks.map((tick) => (tick === null ? '' : valueAt(tick, share)))
  return [
    {
      ...common,
      label: axis,
      labelSize: 20,
      size: 30,
      incrs: axis === 'seconds' ? undefined : WHOLE,
      values: (_, ticks) => ticks.map((tick) => valueAt(tick)),
    },
    { ...common, size: 58, values },
  ]
}

function seriesOf({ name, style, values }: Series, { share }: Chart, stroke: string): uPlot.Series {
  return {
    label: name,
    stroke: style === 'faint' ? `${stroke}80` : stroke,
    width: style === 'faint' ? 1 : 2,
    dash: style === 'dashed' ? [6, 4] : undefined,
    spanGaps: true,
    points: { show: values.length <= FEW, size: 5, fill: stroke },
    value: (_, y) => told(y, share),
  }
}

/** In the legend, where the cursor may be nowhere. */
const told = (value: number | null | undefined, share?: boolean) => (value == null ? '–' : valueAt(value, share))

/** Curves have values in different places: of each the one that is nearest to the cursor is told. */
function nearest(plot: uPlot, series: number, index: number, x: number): number {
  const [places, values] = [plot.data[0], plot.data[series]]
  if (series === 0 || values[index] != null) return index
  let [before, after] = [index, index]
  while (before >= 0 && values[before] == null) before--
  while (after < values.length && values[after] == null) after++
  if (before < 0) return after < values.length ? after : index
  return after < values.length && places[after] - x < x - places[before] ? after : before
}

/** Names in the legend hide and show their curves, by keys too. */
function switches(plot: uPlot): void {
  for (const row of [...plot.root.querySelectorAll<HTMLElement>('.u-legend .u-series')].slice(1)) {
    const name = row.querySelector('th')!
    name.tabIndex = 0
    name.setAttribute('role', 'button')
    const tell = () => name.setAttribute('aria-pressed', String(!row.classList.contains('u-off')))
    name.addEventListener('click', () => setTimeout(tell))
    name.addEventListener('keydown', (event) => {
      if (event.key !== 'Enter' && event.key !== ' ') return
      event.preventDefault()
      name.click()
    })
    tell()
  }
}

function tools(place: HTMLElement, { series }: Chart, keys: Keys, turn: () => boolean): void {
  const add = (text: string, label: string, act: (button: HTMLButtonElement) => void) => {
    const button = document.createElement('button')
    button.type = 'button'
    button.textContent = text
    button.title = label
    button.setAttribute('aria-label', label)
    button.addEventListener('click', () => act(button))
    place.append(button)
    return button
  }
  if (series.every(({ values }) => values.every((value) => value === null || value > 0))) {
    add('log', 'logarithmic scale', (button) => button.setAttribute('aria-pressed', String(turn()))).setAttribute(
      'aria-pressed',
      'false',
    )
  }
  add('−', 'zoom out', () => keys.zoom(2))
  add('+', 'zoom in', () => keys.zoom(0.5))
  add('all', 'show all', () => keys.all())
}

/** What a chart says to whoever does not see it. */
function said({ title, series, share }: Chart, axis: Axis): string {
  const parts = series.map(({ name, values }) => {
    const known = values.filter((value) => value !== null)
    if (known.length === 0) return `${name} without values`
    return `${name} from ${valueAt(known[0], share)} to ${valueAt(known[known.length - 1], share)}`
  })
  return `${title} along ${axis}: ${parts.join('; ')}. Arrow keys move the cursor, plus and minus zoom, 0 shows all.`
}

const colour = (name: string) => getComputedStyle(document.body).getPropertyValue(name).trim()
