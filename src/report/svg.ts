import { figure } from './figure.js'
import { type Html, html } from './html.js'
import type { Residuals } from './residuals.js'
import type { Spread } from './spread.js'

/** Of a bar chart, in units of its own: it is stretched to its place. */
const HEIGHT = 60
/** Of a scatter plot, whose text grows with it. */
const SIDE = 360
const LEFT = 52
const BELOW = 36

/** Bars without an axis but its ends, and a line where zero is among them. */
export function bars({ counts, from, to }: Spread, label: string, kind = ''): Html {
  const tallest = Math.max(...counts, 1)
  const tops = counts.map((count) => short(HEIGHT * (1 - count / tallest)))
  const outline = `M0 ${HEIGHT}${tops.map((top, i) => `V${top}H${i + 1}`).join('')}V${HEIGHT}Z`
  const zero = from < 0 && to > 0 ? short((-from / (to - from)) * counts.length) : undefined
  return html`<figure class="bars ${kind}">
<svg viewBox="0 0 ${counts.length} ${HEIGHT}" preserveAspectRatio="none" role="img" aria-label="${label}"><path d="${outline}"/>${
    zero !== undefined && html`<line x1="${zero}" x2="${zero}" y1="0" y2="${HEIGHT}"/>`
  }</svg>
<figcaption><span>${figure(from)}</span><span>${figure(to)}</span></figcaption></figure>`
}

/** What was said over what is true: on the line where it is right. */
export function scatter({ targets, said }: Residuals, label: string): Html {
  const all = [...targets, ...said].filter(Number.isFinite)
  const ticks = ticksOf(
    all.reduce((a, b) => Math.min(a, b)),
    all.reduce((a, b) => Math.max(a, b)),
  )
  const [low, high] = [ticks[0], ticks[ticks.length - 1]]
  const across = (x: number) => short(LEFT + ((SIDE - 12) * (x - low)) / (high - low))
  const up = (y: number) => short(SIDE - ((SIDE - 12) * (y - low)) / (high - low))
  const points = targets.map((target, i) => `M${across(target)} ${up(said[i])}h0`).join('')
  return html`<svg class="scatter" viewBox="0 0 ${LEFT + SIDE} ${SIDE + BELOW}" role="img" aria-label="${label}">
${ticks.map(
  (
    tick,
  ) => html`<path class="grid" d="M${across(tick)} ${up(low)}V${up(high)}M${across(low)} ${up(tick)}H${across(high)}"/>
<text x="${across(tick)}" y="${SIDE + 15}" text-anchor="middle">${figure(tick)}</text>
<text x="${LEFT - 6}" y="${up(tick) + 4}" text-anchor="end">${figure(tick)}</text>`,
)}
<path class="even" d="M${across(low)} ${up(low)}L${across(high)} ${up(high)}"/><path class="points" d="${points}"/>
<text class="name" x="${LEFT + SIDE - 12}" y="${SIDE + 32}" text-anchor="end">true</text><text class="name" x="${LEFT + 6}" y="22">predicted</text></svg>`
}

/** Round numbers around a range, about five of them. */
export function ticksOf(least: number, largest: number): number[] {
  const range = largest - least || Math.abs(least) || 1
  const size = 10 ** Math.floor(Math.log10(range / 4))
  const step = size * [1, 2, 5, 10].find((factor) => range / (size * factor) <= 5)!
  const first = Math.floor(least / step)
  const last = Math.max(Math.ceil(largest / step), first + 1)
  return Array.from({ length: last - first + 1 }, (_, i) => Number(((first + i) * step).toPrecision(12)))
}

const short = (x: number) => Number(x.toFixed(2))
