import { element } from './dom.js'
import { nameOf } from './kinds.js'
import type { Path } from './path.js'
import { figure } from './sentences.js'
import { groundOf, type State } from './state.js'
import { distanceOf, surfaceLabels } from './surface.js'

/** A path as rows of numbers: what the picture shows, for those who would rather read. */
export function drawTable(table: HTMLTableElement, state: State, path: Path): void {
  const ground = groundOf(state)
  const coordinates = state.start.length === 1 ? ['x'] : ['x', 'y']
  const heading = ['step', ...coordinates, 'value', 'gradient’s length', 'distance to a minimum']
  const rows = path.points.map((point, step) => {
    const slope = Math.hypot(...Array.from(ground.f(point).gradient))
    return [
      String(step),
      ...Array.from(point, figure),
      ...[path.values[step], slope, distanceOf(ground, point)].map(figure),
    ]
  })
  const caption = `${nameOf(state.runs[state.tuned])} on ${surfaceLabels[state.surface]}`
  const head = element('tr', {}, ...heading.map((text) => element('th', { scope: 'col' }, text)))
  const lines = rows.map(([step, ...cells]) =>
    element('tr', {}, element('th', { scope: 'row' }, step), ...cells.map((text) => element('td', {}, text))),
  )
  table.replaceChildren(element('caption', {}, caption), element('thead', {}, head), element('tbody', {}, ...lines))
}
