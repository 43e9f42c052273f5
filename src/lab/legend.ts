import { cleared, element, say } from './dom.js'
import { goingOf, nameOf } from './kinds.js'
import { sample, type Theme } from './marks.js'
import type { Path } from './path.js'
import { endOf, figure, reached } from './sentences.js'
import { groundOf, type State } from './state.js'
import { distanceOf } from './surface.js'

interface Row {
  readonly row: HTMLTableRowElement
  readonly radio: HTMLInputElement
  readonly swatch: HTMLCanvasElement
  readonly name: HTMLElement
  readonly going: HTMLElement
  readonly ending: HTMLElement
  readonly cells: readonly HTMLTableCellElement[]
  readonly remove: HTMLButtonElement
}

/** The runs as a table: which line is whose, where each is, which is tuned. Rows stay while they can, so that focus does. */
export function legend(place: HTMLElement, tune: (run: number) => void, remove: (run: number) => void) {
  const rows: Row[] = []
  return (state: State, paths: readonly Path[], at: number, theme: Theme) => {
    while (rows.length < state.runs.length) rows.push(rowOf(rows.length))
    for (const { row } of rows.splice(state.runs.length)) row.remove()
    for (const [i, row] of rows.entries()) show(row, state, paths[i], i, at, theme)
  }

  function rowOf(run: number): Row {
    const radio = element('input', { type: 'radio', name: 'tuned' })
    radio.addEventListener('change', () => tune(run))
    const [swatch, name] = [element('canvas'), element('span')]
    const [going, ending] = ['going', 'ending'].map((className) => element('span', { className }))
    const cells = [0, 1, 2].map(() => element('td'))
    const button = element('button', { type: 'button', className: 'quiet' }, '×')
    button.addEventListener('click', () => remove(run))
    const heading = element(
      'th',
      { scope: 'row' },
      element('label', {}, radio, swatch, element('span', {}, name, going, ending)),
    )
    const row = element('tr', {}, heading, ...cells, element('td', {}, button))
    place.append(row)
    return { row, radio, swatch, name, going, ending, cells, remove: button }
  }
}

function show(row: Row, state: State, path: Path, run: number, at: number, theme: Theme): void {
  const name = nameOf(state.runs[run])
  const step = reached(path, Math.floor(at))
  const distance = distanceOf(groundOf(state), path.points[step])
  say(row.name, name)
  say(row.going, goingOf(state.runs[run]))
  say(row.ending, endOf(path, state.steps))
  for (const [i, text] of [String(step), figure(path.values[step]), figure(distance)].entries()) say(row.cells[i], text)
  row.radio.checked = state.tuned === run
  row.row.classList.toggle('tuned', state.tuned === run)
  row.remove.ariaLabel = `Remove ${name}`
  row.remove.disabled = state.runs.length === 1
  const { pen, width, height } = cleared(row.swatch)
  sample(pen, theme.marks[run], width, height, theme.card)
}
