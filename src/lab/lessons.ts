import { kinds, suited } from './kinds.js'
import { scheduleOf } from './schedules.js'
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

/** Momenta, the second of which falls. */
function falling(): State {
  const state = momenta([0.97, 0.97, 0.9])
  const momentum = scheduleOf('momentum', 'demon', 0.97, state.steps)
  const [far, other, suiting] = state.runs
  return { ...state, runs: [far, { ...other, momentum } as State['runs'][number], suiting], tuned: 1 }
}

/** Muon at a constant rate and at one that falls, beside a ball. */
function oneLength(): State {
  const state = { ...at('ravine', ['Muon', 'Muon', 'heavy ball'], { turn: 30 }), steps: 120, at: 120, speed: 15 }
  const [muon, , ball] = state.runs.map((run) => ({ ...run, momentum: 0.8 }) as State['runs'][number])
  const rates = [0.4, scheduleOf('learningRate', 'cosine', 0.4, state.steps)]
  const runs = rates.map((learningRate) => ({ ...muon, learningRate }) as State['runs'][number])
  return { ...state, runs: [...runs, ball], tuned: 1 }
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
  {
    title: 'A momentum that falls',
    text: 'A momentum of 0.97 goes far, and swings for long. Demon begins with it and lets it fall to nothing on the way: what swings comes to rest. The 0.9 that suits this ravine needs no schedule. Choose others in “schedule of μ”.',
    section: 'Others of the family',
    state: falling(),
  },
  {
    title: 'Steps of one length',
    text: 'Muon’s step on two numbers has the direction of the velocity and always one length. At a constant rate it goes to and fro about the minimum for ever, and comes no nearer; by a cosine the rate falls to nothing, and it arrives. Zoom in there to see both. The ball’s steps shrink with the gradient.',
    section: 'Others of the family',
    state: oneLength(),
  },
]
