import type uPlot from 'uplot'

/** What keys and buttons do with a chart. */
export interface Keys {
  /** Shows `factor` times as much of the axis, around the cursor. */
  zoom(factor: number): void
  all(): void
}

/** Cursor and zoom by keys, for a place that can have the focus. */
export function keyboard(place: HTMLElement, plotOf: () => uPlot): Keys {
  const keys: Keys = {
    zoom: (factor) => zoom(plotOf(), factor),
    all: () => show(plotOf(), ...ends(plotOf())),
  }
  const acts: Readonly<Record<string, () => void>> = {
    ArrowLeft: () => move(plotOf(), -1),
    ArrowRight: () => move(plotOf(), 1),
    '+': () => keys.zoom(0.5),
    '=': () => keys.zoom(0.5),
    '-': () => keys.zoom(2),
    '−': () => keys.zoom(2),
    '0': keys.all,
  }
  place.addEventListener('keydown', (event) => {
    const act = acts[event.key]
    if (!act || event.ctrlKey || event.metaKey || event.altKey || event.target !== place) return
    event.preventDefault()
    act()
  })
  return keys
}

function ends({ data: [places] }: uPlot): [number, number] {
  return [places[0], places[places.length - 1]]
}

/** To the next place with a value that is in sight. */
function move(plot: uPlot, by: number): void {
  const { min, max } = plot.scales.x as { min: number; max: number }
  const places = plot.data[0]
  const from = plot.cursor.idx ?? places.findIndex((x) => x >= min) - (by > 0 ? 1 : 0)
  const to = Math.max(0, Math.min(places.length - 1, from + by))
  if (places[to] < min || places[to] > max) return
  plot.setCursor({ left: plot.valToPos(places[to], 'x'), top: plot.over.clientHeight / 2 })
}

function zoom(plot: uPlot, factor: number): void {
  const { min, max } = plot.scales.x as { min: number; max: number }
  const [first, last] = ends(plot)
  const { left = -1 } = plot.cursor
  const centre = left >= 0 ? plot.posToVal(left, 'x') : (min + max) / 2
  const from = Math.max(first, centre - (centre - min) * factor)
  const to = Math.min(last, centre + (max - centre) * factor)
  if (to > from) show(plot, from, to)
}

const show = (plot: uPlot, min: number, max: number) => plot.setScale('x', { min, max })
