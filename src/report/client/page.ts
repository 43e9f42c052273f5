import type { Axis, Chart } from '../chart.js'
import { type Drawn, draw } from './draw.js'

// The script of a report: draws the charts that the page has as data, and again whenever the axis or the colours change.

const charts = JSON.parse(document.getElementById('charts')!.textContent!) as Chart[]
const place = document.querySelector<HTMLElement>('.charts')!
let drawn: Drawn[] = []

const chosen = () => (document.querySelector<HTMLInputElement>('input[name=axis]:checked')?.value ?? 'steps') as Axis

function drawAll(): void {
  for (const chart of drawn) chart.end()
  place.replaceChildren()
  drawn = charts.map((chart) => draw(chart, chart.axis ?? chosen(), place))
}

for (const input of document.querySelectorAll('input[name=axis]')) input.addEventListener('change', drawAll)
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', drawAll)
// Paper is white, whatever the screen is.
matchMedia('print').addEventListener('change', drawAll)
new ResizeObserver(() => {
  for (const chart of drawn) chart.fit()
}).observe(place)
drawAll()
