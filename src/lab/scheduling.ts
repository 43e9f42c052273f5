import type { Scheduled } from '../schedule.js'
import { type Control, choice, slider } from './controls.js'
import { element } from './dom.js'
import type { Lab } from './lab.js'
import { logarithmic, orNothing, type Scale, straight, towardsOne, whole } from './scale.js'
import { headOf, kindNameOf, type Moving, ownOf, reset, scheduleKinds, scheduleOf, signs } from './schedules.js'

/** What a schedule's own numbers are called. */
const labels: Readonly<Record<string, string>> = {
  to: 'at the end',
  steps: 'over steps',
  warmup: 'warm-up',
  factor: 'times',
  every: 'every',
  rate: 'falling at',
  power: 'to the power',
  rise: 'turns at',
  peak: 'at its least',
}

/** The controls of a hyperparameter that may go with the step: its slider, its schedule, how that goes, and that schedule's own numbers. */
export function scheduling(label: string, scale: Scale, name: Moving, lab: Lab): Control<Scheduled> {
  const change = (to: (now: Scheduled) => Scheduled) => lab.tune(name, to)
  const menu = Object.entries(scheduleKinds[name]).map(([kind, { label }]) => [kind, label])
  const head = slider(label, scale, (value) => change((now) => reset(name, now, value)))
  const kind = choice(`schedule of ${signs[name]}`, { constant: 'constant', ...Object.fromEntries(menu) }, (kind) =>
    change((now) => scheduleOf(name, kind, headOf(name, now), lab.state.steps)),
  )
  const curve = element('canvas', { className: 'curve', role: 'img' })
  curve.dataset.of = name
  const own = ownControls(name, lab, (numbers) => change((now) => reset(name, now, headOf(name, now), numbers)))
  const show = (value: Scheduled) => {
    curve.hidden = kindNameOf(name, value) === 'constant'
    head.show(headOf(name, value))
    kind.show(kindNameOf(name, value)!)
    own.show(value)
  }
  return { element: element('div', { className: 'controls' }, head.element, kind.element, curve, own.element), show }
}

/** Sliders for a schedule's own numbers; new ones only where it is another, so that focus stays. */
function ownControls(name: Moving, lab: Lab, change: (numbers: Record<string, number>) => void): Control<Scheduled> {
  const place = element('div', { className: 'controls own' })
  let [shown, controls]: [string | undefined, [string, Control<number>][]] = ['', []]
  const make = (option: string, kind?: string) => {
    const label = `${signs[name]} ${labels[option]}`
    return slider(label, scaleOf(name, option, kind, lab), (value) => change({ [option]: value }))
  }
  const show = (value: Scheduled) => {
    const [kind, numbers] = [kindNameOf(name, value), ownOf(name, value)]
    if (kind !== shown) {
      controls = Object.keys(numbers).map((option) => [option, make(option, kind)])
      place.replaceChildren(...controls.map(([, { element }]) => element))
    }
    shown = kind
    for (const [option, control] of controls) control.show(numbers[option])
  }
  return { element: place, show }
}

function scaleOf(name: Moving, option: string, kind: string | undefined, lab: Lab): Scale {
  switch (option) {
    case 'to':
      return name === 'momentum' ? towardsOne : orNothing(logarithmic(1e-6, 100))
    case 'peak':
      return towardsOne
    case 'factor':
      return kind === 'cosineRestarts' ? whole(1, () => 4) : logarithmic(0.01, 1)
    case 'rate':
      return logarithmic(0.01, 100)
    case 'power':
      return logarithmic(0.1, 10)
    case 'rise':
      return straight(0.05, 0.95)
    default:
      return whole(1, () => lab.state.steps)
  }
}
