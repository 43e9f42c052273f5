// Pictures as text: a chart of lines, axes that are straight or logarithmic, and colours that can be read on white and on black.

const [WIDTH, HEIGHT] = [640, 360]
const frame = { left: 64, right: 624, top: 36, bottom: 312 }
const colours = ['#808890', '#3b82f6', '#e8730c', '#22a060', '#a855f7', '#dc3b6e', '#0ea5b7', '#b08900']
const GREY = colours[0]

/** A coordinate, to a tenth of a point. */
const tenth = (value) => String(Math.round(value * 10) / 10)

/**
 * A chart: `x` and `y` are { label, from, to, ticks, log }, a line is { name, points: [[x, y], …], dots }; `under` is drawn first, given
 * the scales. A line ends where it leaves the frame by a wide margin.
 */
export function chart({ title, x, y, lines, under = () => '' }) {
  const [across, up] = [scale(x, frame.left, frame.right), scale(y, frame.bottom, frame.top)]
  const body = [
    `<text x="${frame.left}" y="20" font-size="14" font-weight="bold">${title}</text>`,
    ...x.ticks.map((tick) => tickAcross(across(tick), name(tick))),
    ...y.ticks.map((tick) => tickUp(up(tick), name(tick))),
    `<text x="${(frame.left + frame.right) / 2}" y="348" text-anchor="middle">${x.label}</text>`,
    `<text transform="translate(14 174) rotate(-90)" text-anchor="middle">${y.label}</text>`,
    `<g clip-path="url(#frame)">${under(across, up)}${lines.map((line, i) => path(line, colours[i], across, up)).join('\n')}</g>`,
    ...lines.map((line, i) => legend(line.name, colours[i], i)),
  ]
  const { left, top } = frame
  const size = `width="${frame.right - left}" height="${frame.bottom - top}"`
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="12" fill="${GREY}">
<title>${title}</title>
<clipPath id="frame"><rect x="${left}" y="${top}" ${size}/></clipPath>
<rect x="${left}" y="${top}" ${size} fill="none" stroke="${GREY}"/>
${body.join('\n')}
</svg>
`
}

function scale({ from, to, log }, start, end) {
  const of = log ? Math.log10 : (value) => value
  return (value) => start + ((of(value) - of(from)) / (of(to) - of(from))) * (end - start)
}

/** 1e-8 as 10⁻⁸, others as they are. */
function name(tick) {
  if (tick === 0 || (tick >= 0.01 && tick < 10_000) || tick < 0) return String(tick).replace('-', '−')
  const power = String(Math.round(Math.log10(tick)))
  return `10${[...power].map((digit) => '⁰¹²³⁴⁵⁶⁷⁸⁹'[digit] ?? '⁻').join('')}`
}

const tickAcross = (at, label) =>
  `<path d="M${tenth(at)} ${frame.bottom}v5" stroke="${GREY}"/><text x="${tenth(at)}" y="330" text-anchor="middle">${label}</text>`

const tickUp = (at, label) =>
  `<path d="M${frame.left} ${tenth(at)}h-5" stroke="${GREY}"/><text x="56" y="${tenth(at + 4)}" text-anchor="end">${label}</text>`

function path({ points, dots }, colour, across, up) {
  const places = points.map(([x, y]) => [across(x), up(y)].map((at) => Math.min(Math.max(at, -999), 999)))
  const way = places.map((place) => place.map(tenth).join(' ')).join('L')
  const marks = dots ? places.map(([x, y]) => `<circle cx="${tenth(x)}" cy="${tenth(y)}" r="2"/>`).join('') : ''
  return `<path d="M${way}" fill="none" stroke="${colour}" stroke-width="1.8"/><g fill="${colour}">${marks}</g>`
}

function legend(label, colour, i) {
  const at = frame.top + 18 + 17 * i
  const line = `<path d="M${frame.right - 24} ${at - 4}h16" stroke="${colour}" stroke-width="3"/>`
  return `${line}<text x="${frame.right - 30}" y="${at}" text-anchor="end">${label}</text>`
}
