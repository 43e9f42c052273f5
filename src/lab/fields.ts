import { slider, toggle } from './controls.js'
import { byId } from './dom.js'
import type { Lab } from './lab.js'
import { logarithmic, type Scale, straight, towardsOne, whole } from './scale.js'
import { MOST_STEPS, ofLength, onSurface, type State } from './state.js'

/** A control of the whole lab, and when it is there. */
interface Field {
  readonly element: HTMLElement
  readonly show: (state: State) => void
  readonly there?: (state: State) => boolean
}

/** The controls of time, start, shape and change, put where the page has room for them. */
export function fields(lab: Lab): (state: State) => void {
  const steps = () => lab.state.steps
  const number = (label: string, scale: Scale, name: keyof State) => {
    const { element, show } = slider(label, scale, (value) => lab.set({ [name]: value }))
    return { element, show: (state: State) => show((state[name] ?? 0) as number) }
  }
  const isRavine = ({ surface }: State) => surface === 'ravine'
  const places: Readonly<Record<string, readonly Field[]>> = {
    shape: [
      { ...shaped(lab, 'condition κ', logarithmic(1, 1000), 'condition'), there: isRavine },
      {
        ...shaped(
          lab,
          'turned by °',
          whole(0, () => 90),
          'turn',
        ),
        there: isRavine,
      },
    ],
    time: [
      number('Step', whole(0, steps), 'at'),
      number(
        'Steps/s',
        whole(1, () => 60),
        'speed',
      ),
    ],
    start: [coordinate(lab, 0), { ...coordinate(lab, 1), there: ({ start }) => start.length > 1 }, length(lab)],
    change: [
      number('at step N', whole(0, steps), 'changeAt'),
      ...switched(lab, 'the rate falls', 'times η', 'changeRate', 0.1, logarithmic(0.001, 0.999)),
      ...switched(lab, 'the momentum changes', 'new μ', 'changeMomentum', 0.5, towardsOne),
    ],
  }
  for (const [place, some] of Object.entries(places)) byId(place).append(...some.map(({ element }) => element))
  return (state) => {
    for (const { element, show, there = () => true } of Object.values(places).flat()) {
      element.hidden = !there(state)
      if (!element.hidden) show(state)
    }
  }
}

function shaped(lab: Lab, label: string, scale: Scale, name: 'condition' | 'turn'): Field {
  const change = (value: number) => lab.attempt(() => reshaped(lab.state, { [name]: value }))
  const { element, show } = slider(label, scale, change)
  return { element, show: (state) => show(state[name]) }
}

/** A ravine of another shape: the start turns with it, the runs stay as they are. */
function reshaped(state: State, shape: Partial<State>): State {
  const { start } = onSurface({ ...state, ...shape }, 'ravine')
  return { ...state, ...shape, start: 'turn' in shape ? start : state.start }
}

function coordinate(lab: Lab, axis: number): Field {
  const change = (value: number) => lab.set({ start: lab.state.start.with(axis, value) })
  const { element, show } = slider(`start ${'xy'[axis]}`, straight(-12, 12), change)
  return { element, show: ({ start }) => show(start[axis]) }
}

function length(lab: Lab): Field {
  const change = (steps: number) => lab.attempt(() => ofLength(lab.state, steps))
  const { element, show } = slider(
    'steps',
    whole(1, () => MOST_STEPS),
    change,
  )
  return { element, show: ({ steps }) => show(steps) }
}

/** A switch, and the number that it switches on. */
function switched(
  lab: Lab,
  label: string,
  what: string,
  name: 'changeRate' | 'changeMomentum',
  first: number,
  scale: Scale,
): Field[] {
  const switching = toggle(`at step N ${label}`, (on) => lab.set({ [name]: on ? first : undefined }))
  const amount = slider(what, scale, (value) => lab.set({ [name]: value }))
  return [
    { element: switching.element, show: (state) => switching.show(state[name] !== undefined) },
    {
      element: amount.element,
      show: (state) => amount.show(state[name] ?? first),
      there: (state) => state[name] !== undefined,
    },
  ]
}
