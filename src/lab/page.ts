import { ratesOf } from '../optimizers/epochs.js'
import { type Chart, drawChart } from './chart.js'
import { drawCurves } from './curve.js'
import { byId, element, say } from './dom.js'
import { fields } from './fields.js'
import { drawForms } from './formsPanel.js'
import { gestures } from './gestures.js'
import { hashOf, stateOf } from './hash.js'
import { kinds, noteOf, suited } from './kinds.js'
import { Lab } from './lab.js'
import { legend } from './legend.js'
import { lessons } from './lessons.js'
import { looking } from './looking.js'
import { type Theme, themeNow } from './marks.js'
import { arrowSentence, showParts } from './partsTable.js'
import { drawPicture, movable, partsNow } from './picture.js'
import { type Player, playerOf } from './player.js'
import { summary } from './sentences.js'
import { changeOf, firstState, groundOf, MOST_RUNS, onSurface, runOf } from './state.js'
import { type SurfaceName, surfaceLabels } from './surface.js'
import { drawTable } from './table.js'
import { tuning } from './tuning.js'

/** Milliseconds of rest after which the page is described anew, and its address kept. */
const REST = 350

const lab = new Lab(firstState, changed)
const player: Player = playerOf({
  at: () => lab.at,
  steps: () => lab.state.steps,
  speed: () => lab.state.speed,
  show: (at) => {
    lab.show(at)
    draw()
  },
  turned: () => lab.set({ at: Math.floor(lab.at) }),
})
const showFields = fields(lab)
const showTuning = tuning(byId('tuning'), lab)
const showLegend = legend(byId('runs'), (tuned) => lab.set({ tuned }), removeRun)
const look = looking(byId('map'), lab)
let resting = 0
let drawnStep: string

/** Shows all that there is; where only what is looked at has changed, what goes with it. */
function changed(looked = false): void {
  const { state, refusal } = lab
  byId<HTMLSelectElement>('surface').value = state.surface
  const { formula, about } = groundOf(state)
  say(byId('formula'), `f = ${formula}`)
  say(byId('about'), about)
  say(byId('note'), noteOf(state.runs[state.tuned]))
  say(byId('refusal'), refusal)
  if (player.playing()) say(byId('summary'), 'Playing …')
  byId<HTMLButtonElement>('add').disabled = state.runs.length >= MOST_RUNS
  showTuning(state)
  look.show(state)
  if (!looked) drawnStep = ''
  draw()
  clearTimeout(resting)
  resting = window.setTimeout(rest, REST)
}

/** Shows what goes with time. */
function draw(): void {
  const theme = themeNow()
  const { state, paths, at } = lab
  const [parts, step] = [partsNow(lab), Math.floor(at)]
  const zoom = drawPicture(byId('map'), lab, parts, theme)
  showFields({ ...state, at: step })
  drawChart(byId('chart'), heights(theme), theme)
  drawCurves(byId('tuning'), { ...state, at: step }, theme)
  say(byId('zoom'), arrowSentence(zoom))
  say(byId('play'), player.playing() ? 'Pause' : 'Play')
  if (drawnStep === String(step)) return
  drawnStep = String(step)
  showLegend(state, paths, at, theme)
  showParts(parts, ratesOf(runOf(state, state.tuned), step, {}), theme)
  drawForms(state, at, theme)
}

/** The chart of all runs. A run that goes up for ever is not to press the others flat. */
function heights({ marks }: Theme): Chart {
  const { state, paths, at } = lab
  const { least } = groundOf(state)
  const series = paths.map(({ values }, i) => ({ mark: marks[i], values: values.map((value) => value - least) }))
  const most = 100 * (paths[0].values[0] - least)
  return { series, steps: state.steps, at, most, change: changeOf(state)?.step }
}

/** What is not for every frame: words, address and table. */
function rest(): void {
  if (player.playing()) return
  const { state, paths } = lab
  say(byId('summary'), summary(state, paths))
  if (byId<HTMLDetailsElement>('details').open) drawTable(byId('table'), state, paths[state.tuned])
  const hash = `#${hashOf(state)}`
  if (location.hash !== hash && (location.hash || hash !== `#${hashOf(firstState)}`))
    history.replaceState(null, '', hash)
}

function addRun(): void {
  const kind = kinds[byId<HTMLSelectElement>('kind').value]
  const { runs } = lab.state
  lab.set({ runs: [...runs, suited(kind, groundOf(lab.state))], tuned: runs.length })
}

function removeRun(run: number): void {
  const { runs, tuned } = lab.state
  lab.set({ runs: runs.toSpliced(run, 1), tuned: tuned > run ? tuned - 1 : tuned })
}

function show(number: number): void {
  const { state, text, section } = lessons[number]
  player.pause()
  lab.attempt(() => ({ ...state, at: 0 }))
  say(byId('lesson'), `${text} (docs/momentum.md, “${section}”)`)
  for (const [i, button] of [...byId('lessons').children].entries()) button.ariaPressed = String(i === number)
  player.play()
}

function playOrPause(): void {
  if (player.playing()) player.pause()
  else player.play()
}

function moveTo(step: number): void {
  player.pause()
  lab.set({ at: Math.min(Math.max(step, 0), lab.state.steps) })
}

/** Keys of the picture but for those that move the start. → whether it was one */
function keyed(key: string): boolean {
  const known: Readonly<Record<string, () => void>> = {
    ' ': playOrPause,
    ',': () => moveTo(Math.ceil(lab.at) - 1),
    '.': () => moveTo(Math.floor(lab.at) + 1),
    Home: () => moveTo(0),
    End: () => moveTo(lab.state.steps),
    ...look.keys,
  }
  known[key]?.()
  return key in known
}

/** Takes the state of the address, if it has one. */
function read(): void {
  if (location.hash.length > 1) lab.attempt(() => stateOf(location.hash))
  else changed()
}

for (const [name, label] of Object.entries(surfaceLabels))
  byId('surface').append(element('option', { value: name }, label))
for (const name of Object.keys(kinds)) byId('kind').append(element('option', { value: name }, name))
for (const { title } of lessons)
  byId('lessons').append(element('button', { type: 'button', ariaPressed: 'false' }, title))
for (const [i, button] of [...byId('lessons').children].entries()) button.addEventListener('click', () => show(i))

byId<HTMLSelectElement>('surface').addEventListener('change', ({ target }) => {
  const name = (target as HTMLSelectElement).value as SurfaceName
  lab.attempt(() => onSurface({ ...lab.state, changeRate: undefined, changeMomentum: undefined }, name))
})
byId('add').addEventListener('click', addRun)
byId('play').addEventListener('click', playOrPause)
byId('reset').addEventListener('click', () => moveTo(0))
byId('back').addEventListener('click', () => moveTo(Math.ceil(lab.at) - 1))
byId('next').addEventListener('click', () => moveTo(Math.floor(lab.at) + 1))
byId('details').addEventListener('toggle', rest)
gestures(byId('map'), lab)
movable(byId('map'), lab, keyed)
addEventListener('hashchange', read)
new ResizeObserver(() => changed()).observe(document.body)
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => changed())
read()
