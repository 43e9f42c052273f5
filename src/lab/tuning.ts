import type { Optimizer } from '../optimizer.js'
import { type Control, choice, list, slider, toggle } from './controls.js'
import type { Lab } from './lab.js'
import { cubic, logarithmic, type Scale, straight, towardsOne, whole } from './scale.js'
import type { Moving } from './schedules.js'
import { scheduling } from './scheduling.js'
import type { State } from './state.js'

type Maker = (lab: Lab, option: string) => Control<never>

const number =
  (label: string, scale: Scale): Maker =>
  (lab, option) =>
    slider(label, scale, (value) => lab.tune(option, () => value)) as Control<never>
const moving =
  (label: string, scale: Scale): Maker =>
  (lab, option) =>
    scheduling(label, scale, option as Moving, lab) as Control<never>
const switched =
  (label: string): Maker =>
  (lab, option) =>
    toggle(label, (value) => lab.tune(option, () => value)) as Control<never>

const forms = {
  heavyBall: 'heavy ball: v ← μv + g',
  velocity: 'velocity: v ← μv + ηg',
  ema: 'average: v ← μv + (1−μ)g',
}

/** What can be set of each option, in the order of the page. */
const makers: Readonly<Record<string, Maker>> = {
  learningRate: moving('learning rate η', logarithmic(1e-4, 100)),
  momentum: moving('momentum μ', towardsOne),
  beta: number('momentum β', towardsOne),
  nu: number('share ν of it', straight(0, 1)),
  betas: (lab, option) => list('momenta βₖ', (values) => lab.tune(option, () => values)) as Control<never>,
  beta1: number('momentum β₁', towardsOne),
  beta2: number('memory β₂', towardsOne),
  decay: number('memory α', towardsOne),
  rho: number('memory ρ', towardsOne),
  steps: number(
    'iterations',
    whole(1, () => 10),
  ),
  form: (lab, option) => choice('form', forms, (name) => lab.tune(option, () => name)) as Control<never>,
  nesterov: switched('Nesterov: look ahead along the velocity'),
  dampening: number('dampening τ', straight(0, 0.99)),
  biasCorrection: switched('bias correction, of the average'),
  centered: switched('centred: by the deviation from the mean'),
  weightDecay: number('weight decay λ', cubic),
  decoupled: switched('decoupled decay, of the point itself'),
}

/** Shows the controls of the tuned run in a place; new ones only where it is another, so that focus stays. */
export function tuning(place: HTMLElement, lab: Lab): (state: State) => void {
  let [kind, show]: [string, (run: Optimizer) => void] = ['', () => undefined]
  return ({ runs, tuned }) => {
    if (kind !== `${tuned} ${runs[tuned].type}`) show = fill(place, runs[tuned], lab)
    kind = `${tuned} ${runs[tuned].type}`
    show(runs[tuned])
  }
}

/** An option that a run does not have is left away. */
function fill(place: HTMLElement, run: Optimizer, lab: Lab): (run: Optimizer) => void {
  const has = Object.entries(makers).filter(([option]) => option in run)
  const controls = has.map(([option, make]) => [option, make(lab, option)] as const)
  place.replaceChildren(...controls.map(([, { element }]) => element))
  return (now) => {
    for (const [option, { show }] of controls) show(now[option as keyof Optimizer] as never)
  }
}
