import { kinds, suited } from './kinds.js'
import { firstState, groundOf, onSurface, type State } from './state.js'

/** A state to look at, what is to be seen in it, and where more is said of it. */
export interface Lesson {
  readonly title: string
  readonly text: string
  /** A section of docs/momentum.md. */
  readonly section: string
  readonly state: State
}

const at = (surface: State['surface'], names: readonly string[], shape: Partial<State> = {}): State => {
  const runs = names.map((name) => kinds[name])
  return onSurface({ ...firstState, ...shape, runs }, surface, { ...firstState, ...shape })
}

/** Heavy balls of several momenta at one rate. */
function momenta(values: readonly number[]): State {
  const state = at('ravine', ['heavy ball'], { condition: 100 })
  const runs = values.map((momentum) =>
    suited({ ...kinds['heavy ball'], momentum } as State['runs'][number], groundOf(state)),
  )
  return {
    ...state,
    runs: runs.map((run) => ({ ...run, learningRate: 1 }) as State['runs'][number]),
    steps: 150,
    at: 150,
  }
}

/** Some things worth seeing, in an order in which they can be understood. */
export const lessons: readonly Lesson[] = [
  {
    title: 'Why a ball',
    text: 'Plain descent, with as long a step as it bears, bounces between the walls and creeps along the floor. A velocity adds up gradients: across the ravine they cancel, along it they agree. Nesterov’s gradient is taken where the ball is about to be, and swings less.',
    section: 'Why a ball',
    state: { ...firstState, runs: firstState.runs.slice(0, 3) },
  },
  {
    title: 'Too much momentum',
    text: 'One ball with four momenta. At 0.9 it arrives first; at 0.99 it is carried past the bottom and swings for long. Compare the values below, not only the paths.',
    section: 'Why a ball',
    state: { ...momenta([0.5, 0.9, 0.97, 0.99]), tuned: 3 },
  },
  {
    title: 'One method, three forms',
    text: 'Three ways to write one method. With the same η the first two walk on the same points; the moving average needs η/(1 − μ), and has it here. See “Three forms, one path” below, then let the rate fall.',
    section: 'Three forms',
    state: { ...at('rosenbrock', ['heavy ball', 'velocity form', 'moving average']), tuned: 2 },
  },
  {
    title: 'The rate falls',
    text: 'At the dotted step the rate falls to a tenth. The heavy ball and the average slow down at once. The velocity form still has the old rate inside its velocity, and runs on for a while.',
    section: 'When the learning rate changes',
    state: {
      ...at('parabola', ['heavy ball', 'velocity form', 'moving average']),
      changeAt: 6,
      changeRate: 0.1,
      tuned: 1,
    },
  },
  {
    title: 'A ravine that lies askew',
    text: 'Adam scales each axis by itself. In a ravine along the axes that is as good as knowing its shape; turned by 45 degrees it is worth much less. A ball does not care how the ravine lies. Move the turn to 0 to compare.',
    section: 'Which helps when',
    state: {
      ...at('ravine', ['heavy ball', 'Adam', 'RMSprop', 'Adagrad'], { condition: 100, turn: 45 }),
      steps: 100,
      at: 100,
    },
  },
  {
    title: 'Off a saddle',
    text: 'Near the saddle the gradient is almost nothing. Plain descent waits there; a velocity adds up what little there is, and leaves sooner. Adam and Lion scale each axis by itself: they set out along both at once, and never come near.',
    section: 'Others of the family',
    state: at('saddle', ['plain descent', 'heavy ball', 'Adam', 'Lion']),
  },
  {
    title: 'Four minima',
    text: 'All four are as deep, and from this start all four are found: steps of other lengths cross other rims. Move the start a little, and watch who goes where.',
    section: 'Which helps when',
    state: { ...at('himmelblau', ['plain descent', 'heavy ball', 'Nesterov', 'AggMo', 'Adam']), start: [-4.75, 0.25] },
  },
]
