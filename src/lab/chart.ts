import { cleared } from './dom.js'
import { line, type Mark, type Theme } from './marks.js'
import { powerOfTen } from './sentences.js'
import { ticksOf } from './view.js'

/** Numbers by step, on an axis of powers of ten. */
export interface Series {
  readonly mark: Mark
  readonly values: readonly number[]
}

export interface Chart {
  readonly series: readonly Series[]
  readonly steps: number
  /** The step that is shown. */
  readonly at: number
  /** What is higher is left out. */
  readonly most: number
  /** The step where something changes. */
  readonly change?: number
}

/** Heights below this are drawn at it: rounding. */
const FLOOR = 1e-16
const [LEFT, BOTTOM, RIGHT] = [46, 22, 14]

/** Draws a chart of steps from 0, with a line at the step that is shown, and a dotted one where something changes. */
export function drawChart(canvas: HTMLCanvasElement, { series, steps, at, most, change }: Chart, theme: Theme): void {
  const { pen, width, height } = cleared(canvas)
  const seen = series.flatMap(({ values }) => values.filter((value) => value > FLOOR && value < most))
  const [low, high] = seen.length > 0 ? [Math.min(...seen), Math.max(...seen)].map(Math.log10) : [-1, 0]
  const [from, to] = [Math.floor(low), Math.max(Math.ceil(high), Math.floor(low) + 1)]
  const across = (step: number) => LEFT + (step / steps) * (width - LEFT - RIGHT)
  const up = (value: number) => {
    const power = Math.log10(Math.max(value, FLOOR))
    return height - BOTTOM - ((power - from) / (to - from)) * (height - BOTTOM - 8)
  }
  axes()
  pen.save()
  pen.beginPath()
  pen.rect(LEFT, 0, width - LEFT - RIGHT + 1, height - BOTTOM + 1)
  pen.clip()
  for (const { mark, values } of series)
    line(
      pen,
      mark,
      1.8,
      values.map((value, step) => [across(step), up(value)]),
    )
  pen.restore()
  upright(at, theme.ink, [])
  if (change !== undefined) upright(change, theme.soft, [1, 4])

  function axes() {
    Object.assign(pen, { fillStyle: theme.soft, font: '11px system-ui, sans-serif', textAlign: 'right' })
    for (const power of ticksOf(from, to, 4).filter(Number.isInteger)) {
      line(pen, { colour: theme.rule, dash: [], shape: 0 }, 1, [
        [LEFT, up(10 ** power)],
        [width - RIGHT, up(10 ** power)],
      ])
      pen.fillText(powerOfTen(power), LEFT - 6, up(10 ** power) + 4)
    }
    pen.textAlign = 'center'
    for (const step of ticksOf(0, steps, width / 90).filter(Number.isInteger))
      pen.fillText(String(step), across(step), height - 6)
  }
  function upright(step: number, colour: string, dash: readonly number[]) {
    line(pen, { colour, dash, shape: 0 }, 1.2, [
      [across(step), 4],
      [across(step), height - BOTTOM],
    ])
  }
}
