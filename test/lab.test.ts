import { describe, expect, it } from 'vitest'
import { contour, gridOf, levelsOf } from '../src/lab/contour.js'
import { cut } from '../src/lab/cut.js'
import {
  compareForms,
  formNames,
  movesOf,
  partingOf,
  type Question,
  questionOf,
  velocitiesAt,
} from '../src/lab/forms.js'
import { hashOf, stateOf } from '../src/lab/hash.js'
import { goingOf, kinds, nameOf, noteOf, suited } from '../src/lab/kinds.js'
import { lessons } from '../src/lab/lessons.js'
import { partsOf, pathOf } from '../src/lab/path.js'
import { cubic, logarithmic, straight, towardsOne, whole } from '../src/lab/scale.js'
import {
  courseOf,
  headOf,
  kindNameOf,
  type Moving,
  ownOf,
  reset,
  scheduleKinds,
  scheduleOf,
  stretched,
} from '../src/lab/schedules.js'
import { endOf, figure, formSentence, summary, vector } from '../src/lab/sentences.js'
import {
  checkedState,
  firstState,
  groundOf,
  ofLength,
  onSurface,
  pathsOf,
  runOf,
  type State,
} from '../src/lab/state.js'
import { distanceOf, type SurfaceName, surfaceLabels, surfaceOf } from '../src/lab/surface.js'
import { LEAST_ZOOM, looked, MOST_ZOOM, type Pixel, ticksOf, viewOf } from '../src/lab/view.js'
import { minimize } from '../src/minimize.js'
import type { Optimizer } from '../src/optimizer.js'
import { type MuonOptions, muon } from '../src/optimizers/muon.js'
import { type Sgd, sgd } from '../src/optimizers/sgd.js'

const moving = ['learningRate', 'momentum'] as const
/** A run for each schedule of a hyperparameter, over 80 steps. */
const everySchedule = (name: Moving): Optimizer[] =>
  Object.keys(scheduleKinds[name]).map((kind) => {
    const value = scheduleOf(name, kind, 0.9, 80)
    return sgd({ learningRate: 1, momentum: 0.9, nesterov: true, [name]: value })
  })

const names = Object.keys(surfaceLabels) as SurfaceName[]
const shapes = [
  { condition: 1, turn: 0 },
  { condition: 1000, turn: 90 },
  { condition: 37, turn: 30 },
]
const surfaces = names.flatMap((name) =>
  (name === 'ravine' ? shapes : shapes.slice(0, 1)).map(
    (shape) => [`${name} ${JSON.stringify(shape)}`, surfaceOf(name, shape)] as const,
  ),
)

describe('surfaces', () => {
  it.each(surfaces)('%s has the gradient of its values', (_, { f, start, bounds: [left, right, bottom, top] }) => {
    const places = [0.01, 0.17, 0.42, 0.68, 0.93].flatMap((a) => [0.05, 0.36, 0.71, 0.99].map((b) => [a, b]))
    for (const [across, up] of places) {
      const x = [left + across * (right - left), bottom + up * (top - bottom)].slice(0, start.length)
      const h = 1e-5
      for (const [i, slope] of Array.from(f(Float64Array.from(x)).gradient).entries()) {
        const at = (by: number) => f(Float64Array.from(x, (at, j) => at + (i === j ? by : 0))).value
        const difference = (at(h) - at(-h)) / (2 * h)
        expect(Math.abs(slope - difference)).toBeLessThan(1e-6 * Math.max(1, Math.abs(slope)))
      }
    }
  })

  it.each(surfaces)('%s is least where it says, and level there', (_, surface) => {
    const { f, minima, least, start, bounds } = surface
    for (const minimum of minima) {
      const { value, gradient } = f(Float64Array.from(minimum))
      expect(Math.abs(value - least)).toBeLessThan(1e-24)
      for (const slope of Array.from(gradient)) expect(Math.abs(slope)).toBeLessThan(1e-12)
      expect(distanceOf(surface, minimum)).toBe(0)
    }
    expect(start[0] > bounds[0] && start[0] < bounds[1]).toBe(true)
    expect(f(Float64Array.from(start)).value).toBeGreaterThan(least)
  })

  it('turns a ravine without changing what is found in it', () => {
    const [level, askew] = [0, 60].map((turn) => surfaceOf('ravine', { condition: 50, turn }))
    const at = (degrees: number) => (degrees * Math.PI) / 180
    const [x, y] = [1.5, -0.7]
    const turned = [x * Math.cos(at(60)) - y * Math.sin(at(60)), x * Math.sin(at(60)) + y * Math.cos(at(60))]
    expect(askew.f(Float64Array.from(turned)).value).toBeCloseTo(level.f(Float64Array.of(x, y)).value, 12)
  })
})

describe('a step taken apart', () => {
  const surface = surfaceOf('ravine', { condition: 20, turn: 30 })
  const step = (optimizer: Optimizer, at: number) => {
    const path = pathOf(surface, surface.start, optimizer, 30)
    return { path, parts: partsOf(surface, path, optimizer, at) }
  }

  it.each(Object.entries(kinds))('is the step that %s makes, to the bit', (_, kind) => {
    const optimizer = suited(kind, surface)
    for (const at of [0, 1, 7, 29]) {
      const { path, parts } = step(optimizer, at)
      expect([...parts.step]).toEqual([...path.points[at + 1].map((to, i) => to - path.points[at][i])])
      for (const [i, part] of parts.carried.entries()) expect(part + parts.pushed[i]).toBeCloseTo(parts.step[i], 14)
    }
  })

  it.each([
    ['a heavy ball: −ημv and −ηg', { learningRate: 0.3, momentum: 0.9 }, 0.3 * 0.9, 0.3],
    ['a velocity: −μv and −ηg', { learningRate: 0.3, momentum: 0.9, form: 'velocity' as const }, 0.9, 0.3],
    ['an average: −ημv and −η(1−μ)g', { learningRate: 0.3, momentum: 0.9, form: 'ema' as const }, 0.27, 0.03],
    ['Nesterov: −ημ²v and −η(1+μ)g', { learningRate: 0.3, momentum: 0.9, nesterov: true }, 0.3 * 0.81, 0.3 * 1.9],
  ])('of %s', (_, options, ofVelocity, ofGradient) => {
    const { path, parts } = step(sgd(options), 9)
    const { gradient } = surface.f(path.points[9])
    for (const [i, v] of parts.states.velocity.entries()) expect(parts.carried[i]).toBeCloseTo(-ofVelocity * v, 14)
    for (const [i, g] of Array.from(gradient).entries()) expect(parts.pushed[i]).toBeCloseTo(-ofGradient * g, 14)
  })

  it('is all gradient at the start, and may be taken after the last step', () => {
    const { parts } = step(kinds['heavy ball'], 0)
    expect([...parts.carried]).toEqual([0, 0])
    expect(step(suited(kinds.Adam, surface), 30).parts.step.every(Number.isFinite)).toBe(true)
  })

  it('keeps as far as numbers go what diverges', () => {
    const path = pathOf(surface, surface.start, sgd({ learningRate: 5 }), 1000)
    expect(path.diverged).toBe(true)
    expect(path.points.length).toBeGreaterThan(100)
    expect(endOf(path, 1000)).toBe(`diverged after ${path.points.length - 1}`)
    expect(() => pathOf(surface, [Number.NaN, 0], sgd({ learningRate: 1 }), 3)).toThrow(
      /start\[0\] to be a finite number/,
    )
  })
})

describe('schedules', () => {
  const all = moving.flatMap((name) => Object.keys(scheduleKinds[name]).map((kind) => [name, kind] as const))

  it.each(all)('of %s: %s has a head and own numbers, each of which can be set', (name, kind) => {
    const value = scheduleOf(name, kind, 0.9, 80)
    expect([kindNameOf(name, value), headOf(name, value)]).toEqual([kind, 0.9])
    expect(reset(name, value, 0.9)).toEqual(value)
    expect(headOf(name, reset(name, value, 0.88))).toBe(0.88)
    for (const [option, number] of Object.entries(ownOf(name, value))) {
      const other = option === 'factor' || option === 'every' || option === 'steps' ? number * 2 : number + 0.0625
      const set = option === 'warmup' ? number + 1 : other
      expect(ownOf(name, reset(name, value, 0.9, { [option]: set }))).toEqual({ ...ownOf(name, value), [option]: set })
    }
  })

  it('go as their rules say, by the code of ravine itself', () => {
    const rate = (kind: string) => courseOf('learningRate', scheduleOf('learningRate', kind, 2, 80))
    expect([0, 40, 80, 99].map(rate('cosine'))).toEqual([2, expect.closeTo(1, 12), 0, 0])
    expect([0, 4, 8, 80].map(rate('warmup'))).toEqual([0, 1, 2, 0])
    expect([0, 19, 20, 40].map(rate('stepDecay'))).toEqual([2, 2, 0.6, expect.closeTo(0.18, 12)])
    expect([0, 23, 79].map(rate('oneCycle'))).toEqual([0.08, 2, expect.closeTo(8e-6, 12)])
    const momentum = (kind: string) => courseOf('momentum', scheduleOf('momentum', kind, 0.8, 80))
    expect([0, 80].map(momentum('linear'))).toEqual([0.8, 0.95])
    expect([0, 80].map(momentum('demon'))).toEqual([0.8, 0])
    expect([0, 23, 79].map(momentum('oneCycle'))).toEqual([0.8, 0.72, 0.8])
    expect(momentum('sutskever')(0)).toBe(0.5)
  })

  it('are walked as `minimize` walks them', () => {
    const surface = surfaceOf('ravine', { condition: 20, turn: 30 })
    const learningRate = scheduleOf('learningRate', 'warmup', 1.2, 30)
    const optimizer = sgd({ learningRate, momentum: scheduleOf('momentum', 'demon', 0.9, 30), form: 'velocity' })
    const { path } = minimize(surface.f, surface.start, { optimizer, steps: 30 })
    expect(pathOf(surface, surface.start, optimizer, 30).points).toEqual(path)
    const parts = partsOf(surface, { points: path, values: [], diverged: false }, optimizer, 7)
    expect([...parts.step]).toEqual([...path[8].map((to, i) => to - path[7][i])])
  })

  it('stay as they are when something changes in the middle, but for what changes', () => {
    const state = checkedState({ ...firstState, runs: everySchedule('momentum'), changeAt: 10, changeRate: 0.5 })
    const before = { ...state, changeRate: undefined }
    const paths = [pathsOf(before), pathsOf(state)]
    for (const [i, path] of paths[0].entries()) {
      expect(paths[1][i].points.slice(0, 11)).toEqual(path.points.slice(0, 11))
      expect(paths[1][i].points[11]).not.toEqual(path.points[11])
    }
  })

  it('go along with the length of a run, and with another surface', () => {
    const cosine = scheduleOf('learningRate', 'cosine', 0.9, 80)
    expect(stretched('learningRate', cosine, 80, 200)).toEqual(scheduleOf('learningRate', 'cosine', 0.9, 200))
    expect(stretched('learningRate', cosine, 60, 200)).toBe(cosine)
    const runs = [sgd({ learningRate: cosine, momentum: scheduleOf('momentum', 'demon', 0.9, 80) })]
    const longer = checkedState(ofLength({ ...firstState, runs }, 120)).runs[0] as Sgd
    expect(longer).toMatchObject({ learningRate: { from: 0.9, steps: 120 }, momentum: { from: 0.9, steps: 120 } })
    const elsewhere = onSurface({ ...firstState, runs }, 'rosenbrock').runs[0] as Sgd
    expect(elsewhere).toMatchObject({ learningRate: { type: 'cosine', from: 0.001, steps: 300 } })
    expect(elsewhere).toMatchObject({ momentum: { type: 'demon', from: 0.9, steps: 300 } })
  })

  it('make the three forms part, by the same schedule', () => {
    const ask = (options: object) => {
      const run = sgd({ learningRate: 1, momentum: 0.9, ...options })
      const question = questionOf(checkedState({ ...firstState, runs: [run], tuned: 0 }))
      return { moves: movesOf(question), forms: compareForms(question) }
    }
    const rate = ask({ learningRate: scheduleOf('learningRate', 'stepDecay', 1, 80) })
    expect(rate.moves).toEqual({ rate: true, momentum: false })
    expect([partingOf(rate.forms, 'velocity'), partingOf(rate.forms, 'ema')]).toEqual([21, undefined])
    const momentum = ask({ momentum: scheduleOf('momentum', 'linear', 0.9, 80) })
    expect(momentum.moves).toEqual({ rate: false, momentum: true })
    expect([partingOf(momentum.forms, 'velocity'), partingOf(momentum.forms, 'ema')]).toEqual([undefined, 2])
    const average = ask({ form: 'ema', learningRate: scheduleOf('learningRate', 'cosine', 10, 80) })
    expect(partingOf(average.forms, 'ema')).toBeUndefined()
  })
})

describe('Muon on two numbers', () => {
  const surface = surfaceOf('ravine', { condition: 50, turn: 30 })
  const lengths = (options: MuonOptions) => {
    const { points } = pathOf(surface, surface.start, muon({ learningRate: 1, ...options }), 40)
    return points.slice(1).map((point, i) => Math.hypot(...point.map((to, axis) => to - points[i][axis])))
  }
  /** What an iteration makes of a singular value. */
  const iterated = (s: number) => 3.4445 * s - 4.775 * s ** 3 + 2.0315 * s ** 5

  it.each([1, 2, 5, 8])('makes steps of one length, that of 1 after %i iterations', (steps) => {
    let length = 1
    for (let i = 0; i < steps; i++) length = iterated(length)
    for (const made of lengths({ steps })) expect(Math.abs(made - length)).toBeLessThan(1e-3)
    for (const made of lengths({ steps, learningRate: 0.3 })) expect(Math.abs(made - 0.3 * length)).toBeLessThan(1e-3)
  })

  it('is 0.7 η with five, as the lab says, and along the velocity', () => {
    expect(lengths({})[0]).toBeCloseTo(0.7, 2)
    expect(noteOf(muon())).toContain('0.7 η with five iterations')
    const optimizer = muon({ learningRate: 1, nesterov: false })
    const path = pathOf(surface, surface.start, optimizer, 9)
    const [now, next] = [8, 9].map((at) => partsOf(surface, path, optimizer, at))
    const [x, y] = next.states.velocity
    expect(now.step[0] * y).toBeCloseTo(now.step[1] * x, 12)
    expect(Object.keys(now.states)).toEqual(['velocity'])
  })
})

describe('the three forms', () => {
  const ask = (name: SurfaceName, learningRate: number, momentum: number, change?: Question['change']): Question => {
    const surface = surfaceOf(name, { condition: 50, turn: 20 })
    return { surface, start: surface.start, learningRate, momentum, steps: 60, change }
  }
  const questions = [
    ask('ravine', 1, 0.9),
    ask('ravine', 0.1, 0),
    ask('rosenbrock', 0.001, 0.5),
    ask('parabola', 0.1, 0.9),
    ask('himmelblau', 0.002, 0.9),
  ]

  it.each(questions)('walk one path while η and μ stay ($learningRate, $momentum)', (question) => {
    const forms = compareForms(question)
    for (const form of ['velocity', 'ema'] as const) {
      expect(forms.apart[form]).toHaveLength(61)
      expect(Math.max(...forms.apart[form])).toBeLessThan(1e-11)
      expect(partingOf(forms, form)).toBeUndefined()
    }
  })

  it.each(questions.filter(({ momentum }) => momentum !== 0))(
    'have velocities of 1, η and 1 − μ ($learningRate, $momentum)',
    (question) => {
      const { heavyBall, velocity, ema } = velocitiesAt(question, compareForms(question), 20)
      heavyBall.forEach((v, i) => {
        expect(velocity[i] / v).toBeCloseTo(question.learningRate as number, 9)
        expect(ema[i] / v).toBeCloseTo(1 - (question.momentum as number), 9)
      })
    },
  )

  it('part when the rate falls: only the velocity form has the old one inside', () => {
    const forms = compareForms(ask('ravine', 1, 0.9, { step: 12, rate: 0.1 }))
    expect(partingOf(forms, 'velocity')).toBe(13)
    expect(partingOf(forms, 'ema')).toBeUndefined()
    expect(Math.max(...forms.apart.velocity)).toBeGreaterThan(0.1)
  })

  it('part when μ changes: only the average stays as long as it was', () => {
    const forms = compareForms(ask('ravine', 1, 0.9, { step: 12, momentum: 0.5 }))
    expect(partingOf(forms, 'ema')).toBe(13)
    expect(partingOf(forms, 'velocity')).toBeUndefined()
    expect(Math.max(...forms.apart.ema)).toBeGreaterThan(0.1)
  })

  it('are asked by the tuned run, else by the first that has a momentum, else by a ball that suits', () => {
    const asked = (tuned: number, runs = firstState.runs) => questionOf(checkedState({ ...firstState, runs, tuned }))
    expect(asked(3)).toMatchObject({ learningRate: 1.2, momentum: 0.8 })
    expect(asked(0, [kinds.Adam])).toMatchObject({ learningRate: 1.2, momentum: 0.9 })
    const average = sgd({ learningRate: 3, momentum: 0.9, form: 'ema' })
    expect(asked(1, [kinds.Adam, average])).toMatchObject({ learningRate: expect.closeTo(0.3, 12), momentum: 0.9 })
  })

  it('are all drawn, and said', () => {
    expect(formNames).toEqual(['heavyBall', 'velocity', 'ema'])
    expect(formSentence('velocity', [0, 2e-16])).toBe(
      'The velocity form is on the heavy ball’s path: at most 2.00·10⁻¹⁶ apart, which is rounding.',
    )
    expect(formSentence('ema', [0, 0.5], 1)).toBe(
      'The moving average parts from the heavy ball at step 1: up to 0.5 apart.',
    )
  })
})

describe('the address', () => {
  const states: State[] = [
    firstState,
    ...names.map((name) => onSurface(firstState, name)),
    ...lessons.map(({ state }) => state),
    checkedState({
      ...firstState,
      runs: Object.values(kinds).slice(0, 8),
      tuned: 7,
      at: 3,
      changeAt: 9,
      changeRate: 0.1,
    }),
    checkedState({
      ...firstState,
      runs: Object.values(kinds).slice(8, 16),
      changeMomentum: 0.5,
      start: [1e-9, -123456.789],
    }),
    checkedState({ ...firstState, zoom: 12.345, middle: [-3, 1e-7] }),
    checkedState({ ...firstState, runs: [{ ...kinds.Muon, steps: 3, adjust: 'matchRmsAdamW' } as Optimizer] }),
    ...moving.map((name) => checkedState({ ...firstState, runs: everySchedule(name).slice(0, 8) })),
    ...moving.map((name) => checkedState({ ...firstState, runs: everySchedule(name).slice(-1) })),
    checkedState({
      ...firstState,
      runs: [
        sgd({
          learningRate: 1e-7,
          momentum: 0.99,
          form: 'ema',
          biasCorrection: true,
          weightDecay: 0.01,
          decoupled: true,
        }),
        sgd({ learningRate: 0.1, momentum: 0.9, dampening: 0.5 }),
        sgd({ learningRate: 0.1, momentum: 0.9, nesterov: true, restart: 'gradient' }),
      ],
    }),
  ]

  it('keeps every state whole', () => {
    for (const state of states) {
      expect(stateOf(`#${hashOf(state)}`)).toEqual(checkedState(state))
      expect(hashOf(state)).toMatch(/^[\w=&,:.~+-]+$/)
    }
  })

  it('leaves what it does not say as at first', () => {
    expect(stateOf('')).toEqual(firstState)
    expect(stateOf('#run=sgd,learningRate:cosine~from=1~steps=9').runs[0].learningRate).toEqual(
      scheduleOf('learningRate', 'cosine', 1, 9),
    )
    expect(stateOf('#condition=7&run=adam')).toEqual({ ...firstState, condition: 7, runs: [kinds.Adam], tuned: 0 })
  })

  it.each([
    ['surface=moon', /surface to be one of 'ravine'/],
    ['surface=toString', /surface to be one of/],
    ['colour=red', /an address of surface, start, run, .* but received 'colour'/],
    ['condition=0', /condition to be a number from 1 to 1000/],
    ['condition=', /condition to be a number/],
    ['turn=nan', /turn to be/],
    ['start=1', /start of 2 numbers/],
    ['start=1,x', /start to be/],
    ['start=1,1e99', /start to be/],
    ['zoom=0', /zoom to be a number from 0.125 to 100000/],
    ['zoom=1e6', /zoom to be/],
    ['middle=1', /middle to be two numbers/],
    ['middle=1,', /middle to be/],
    ['steps=1e9', /steps to be a whole number from 1 to 1000/],
    ['speed=0', /speed to be/],
    ['changeRate=1', /changeRate to be/],
    ['run=', /optimizer to be/],
    ['run=madam', /optimizer to be sgd/],
    ['run=muon,match:x', /match to be a regular expression/],
    ['run=muon,others:adam', /others to be an optimizer/],
    ['run=sgd', /learningRate/],
    ['run=sgd,learningRate:-1', /learningRate to be a number > 0/],
    ['run=sgd,learningRate:1,momentum:1', /momentum to be/],
    ['run=sgd,learningRate:1,nesterov:true', /momentum > 0 with nesterov/],
    ['run=sgd,learningRate:1,__proto__:1', /options among/],
    ['run=sgd,learningRate:cosine~from=1', /cosine: expected steps to be a whole number/],
    ['run=sgd,learningRate:cosine~from=1~steps=x', /cosine: expected steps to be a whole number/],
    ['run=sgd,learningRate:sine~from=1', /expected a schedule/],
    ['run=sgd,learningRate:~', /expected a schedule/],
    [
      'run=sgd,learningRate:demon~from=0.9~steps=9',
      /learningRate to be a number > 0 or a schedule of linear, cosine, /,
    ],
    ['run=sgd,learningRate:reduceOnPlateau~from=1', /learningRate to be a number > 0 or a schedule of/],
    ['run=sgd,learningRate:1,momentum:stepDecay~from=0.9~factor=1~every=1', /momentum to be .* linear, cosine, demon/],
    ['run=sgd,learningRate:1,weightDecay:linear~from=1~steps=1', /weightDecay to be a number or a switch/],
    ['run=aggMo,learningRate:1,betas:2', /betas to be/],
    [Array(9).fill('run=adam').join('&'), /one to 8 optimizers/],
  ])('refuses %s', (hash, sentence) => {
    expect(() => stateOf(hash)).toThrow(sentence)
  })
})

describe('lessons', () => {
  const ends = (number: number) => {
    const { state } = lessons[number]
    const paths = pathsOf(checkedState(state))
    return paths.map(({ points }) => distanceOf(groundOf(state), points[points.length - 1]))
  }
  const titled = (title: string) => lessons.findIndex((lesson) => lesson.title === title)

  it('show what their texts say', () => {
    const [plain, ball, nesterov] = ends(titled('Why a ball'))
    expect(plain).toBeGreaterThan(100 * ball)
    expect(ball).toBeGreaterThan(nesterov)
    const [half, best, more, most] = ends(titled('Too much momentum'))
    expect(Math.min(half, more, most)).toBeGreaterThan(10 * best)
    expect(most).toBeGreaterThan(more)
    const [heavy, adam] = ends(titled('A ravine that lies askew'))
    expect(adam).toBeGreaterThan(10 * heavy)
  })

  it('find all four minima from one start', () => {
    const { state } = lessons[titled('Four minima')]
    const { minima } = groundOf(state)
    const found = pathsOf(state).map(({ points }) => {
      const [x, y] = points[points.length - 1]
      const far = minima.map(([a, b]) => Math.hypot(a - x, b - y))
      expect(Math.min(...far)).toBeLessThan(0.5)
      return far.indexOf(Math.min(...far))
    })
    expect(new Set(found).size).toBe(4)
  })

  it('leave a saddle by a velocity, or never come near it', () => {
    const { state } = lessons[titled('Off a saddle')]
    const paths = pathsOf(state)
    const [plain, ball] = paths.map(({ points }) => points.findIndex(([, y]) => Math.abs(y) > 0.5))
    expect(ball).toBeLessThan(plain)
    const near = paths.map(({ points }) => Math.min(...points.map(([x, y]) => Math.hypot(x, y))))
    expect(Math.max(near[0], near[1])).toBeLessThan(0.2)
    expect(Math.min(near[2], near[3])).toBeGreaterThan(0.8)
  })

  it('bring to rest what swings, by a momentum that falls', () => {
    const [far, demon, suits] = ends(titled('A momentum that falls'))
    expect(far).toBeGreaterThan(5 * demon)
    expect(demon).toBeGreaterThan(suits)
  })

  it('go to and fro by steps of one length, or arrive', () => {
    const { state } = lessons[titled('Steps of one length')]
    const [constant, falling] = pathsOf(checkedState(state)).map(({ points }) =>
      points.slice(-20).map((point) => distanceOf(groundOf(state), point)),
    )
    expect(Math.min(...constant)).toBeGreaterThan(0.05)
    expect(falling[19]).toBeLessThan(0.001)
  })

  it('let the rate fall', () => {
    const { state } = lessons[titled('The rate falls')]
    const [ball, velocity] = state.runs.map((_, i) => (runOf(state, i).learningRate as (step: number) => number)(6))
    expect([ball, velocity]).toEqual([0.1 * 0.1, 0.1 * 0.1])
  })
})

describe('pictures', () => {
  it('draw a circle where a bowl is at a height', () => {
    const grid = gridOf(41, 31, (column, row) => (column - 20) ** 2 + (row - 15) ** 2)
    const segments = contour(grid, 100)
    expect(segments.length).toBeGreaterThan(40)
    for (const [x0, y0, x1, y1] of segments) {
      for (const radius of [Math.hypot(x0 - 20, y0 - 15), Math.hypot(x1 - 20, y1 - 15)])
        expect(Math.abs(radius - 10)).toBeLessThan(0.05)
    }
    expect(contour(grid, -1)).toEqual([])
  })

  it('keep high ground together in a cell with two ways where its middle is high', () => {
    const cell = (values: number[]) => contour({ columns: 2, rows: 2, values: Float64Array.from(values) }, 0)
    expect(cell([3, -1, -1, 3])).toEqual([
      [0.75, 0, 1, 0.25],
      [0.25, 1, 0, 0.75],
    ])
    expect(cell([1, -3, -3, 1])).toEqual([
      [0.25, 0, 0, 0.25],
      [1, 0.75, 0.75, 1],
    ])
  })

  it('space heights by powers of ten', () => {
    const levels = levelsOf(-1, 99, 3, 4)
    for (const [i, height] of [0.1, 1, 10].entries()) expect(levels[i] + 1).toBeCloseTo(height, 10)
  })

  it.each(surfaces)('give %s back what they place', (_, surface) => {
    const view = viewOf(surface, 400, 300)
    const [across, down] = view.place(surface.start, surface.f(Float64Array.from(surface.start)).value)
    expect(view.at(across, down)[0]).toBeCloseTo(surface.start[0], 9)
    if (surface.start.length > 1) expect(view.at(across, down)[1]).toBeCloseTo(surface.start[1], 9)
    expect(across > 0 && across < 400 && down > 0 && down < 300).toBe(true)
  })

  it.each(surfaces)(
    'of %s come closer about a point, which stays where it is or goes where it is dragged',
    (_, surface) => {
      const [from, to]: Pixel[] = [
        [310, 77],
        [120.5, 200],
      ]
      let [look, view] = [{ zoom: 1 }, viewOf(surface, 400, 300)]
      const point = view.at(...from)
      for (const ratio of [1.001, 2, 300, 0.5, 0.01]) {
        look = looked(view, look.zoom, ratio, view.place(point, point[1]))
        view = viewOf(surface, 400, 300, look)
        for (const [axis, at] of view.place(point, point[1]).entries()) expect(at).toBeCloseTo(from[axis], 0)
      }
      const dragged = viewOf(surface, 400, 300, looked(view, look.zoom, 1, from, to))
      for (const [axis, at] of dragged.at(...to).entries())
        expect(Math.abs(at - view.at(...from)[axis]) * view.scale[axis]).toBeLessThan(0.2)
      expect(dragged.scale).toEqual(view.scale)
    },
  )

  it('come no closer, and go no wider, than is seen', () => {
    const view = viewOf(surfaces[0][1], 400, 300)
    expect(looked(view, 1, 1e9, [0, 0]).zoom).toBe(MOST_ZOOM)
    expect(looked(view, 1, 1e-9, [0, 0]).zoom).toBe(LEAST_ZOOM)
  })

  it('have lines that end where canvases go wrong, in the direction that they have', () => {
    const inside = [
      [0, 0],
      [3, 4],
      [9, -1],
    ]
    expect(cut(inside)).toEqual([inside])
    expect(cut([[1, 2]])).toEqual([[[1, 2]]])
    const there = cut([
      [0, 0],
      [5e9, 1e10],
      [-5, 5],
    ])
    expect(there.map((piece) => piece.length)).toEqual([2, 2])
    expect(there[0][1][0]).toBeCloseTo(5000, 6)
    expect(there[0][1][1]).toBeCloseTo(10_000, 6)
    expect(there[1][1]).toEqual([-5, 5])
    const past = cut([
      [-1e8, 3],
      [1e8, 3],
      [1e8, 1e8],
      [-1e8, 1e8 + 7],
    ])
    expect(past).toEqual([
      [
        [-1e4, 3],
        [1e4, 3],
      ],
    ])
  })

  it('have round ticks', () => {
    expect(ticksOf(-2.4, 2.4, 5)).toEqual([-2, -1, 0, 1, 2])
    expect(ticksOf(0, 60, 6)).toEqual([0, 10, 20, 30, 40, 50, 60])
    expect(ticksOf(0.1, 0.32, 4)).toEqual([0.1, 0.2, 0.3])
  })
})

describe('words and sliders', () => {
  it('go back and forth', () => {
    for (const scale of [
      logarithmic(1e-4, 100),
      towardsOne,
      straight(-12, 12),
      cubic,
      whole(0, () => 7),
      whole(1, () => 1),
    ]) {
      const count = scale.places?.() ?? 200
      const places = Array.from({ length: count + 1 }, (_, i) => i / count)
      const back = places.map((place) => Math.round(scale.toPlace(scale.toValue(place)) * count) / count)
      expect(back).toEqual(scale.toValue(1) === scale.toValue(0) ? [0, 0] : places)
    }
    expect([towardsOne.toValue(0), towardsOne.toValue(1 / 3), towardsOne.toValue(1)]).toEqual([0, 0.9, 0.999])
    expect(logarithmic(1, 10).toPlace(1e9)).toBe(1)
  })

  it('say numbers shortly', () => {
    const said = [0, 1, -0.5, 12345, 3.554e-15, -1e300, Number.NaN].map(figure)
    expect(said).toEqual(['0', '1', '−0.5', '1.23·10⁴', '3.55·10⁻¹⁵', '−1.00·10³⁰⁰', '∞'])
    expect([vector([1, -2]), vector([3])]).toEqual(['(1, −2)', '3'])
  })

  it('say where everybody is', () => {
    const state = checkedState({ ...firstState, at: 0 })
    const words = summary(state, pathsOf(state))
    expect(words).toMatch(
      /^The ravine, from \(−9, 2\), step 0 of 80\. Plain descent: value 2\.81, 9\.22 from a minimum\. Heavy ball 0\.8: /,
    )
    expect(words).toMatch(/Adam: [^:]*\.$/)
  })

  it('say what is scheduled, and what is in force', () => {
    const run = sgd({
      learningRate: scheduleOf('learningRate', 'cosine', 2, 80),
      momentum: scheduleOf('momentum', 'demon', 0.5, 80),
    })
    const state = checkedState({ ...firstState, runs: [run, kinds.Adam], at: 40 })
    expect([nameOf(run), goingOf(run), goingOf(kinds.Adam)]).toEqual(['heavy ball 0.5', 'η cosine, μ Demon', ''])
    expect(summary(state, pathsOf(state))).toMatch(
      /Heavy ball 0\.5 \(η cosine, μ Demon, now η 1, μ 0\.333\): value .* Adam: value/,
    )
    const changing = { ...state, changeAt: 30, changeRate: 0.1 }
    expect(summary(changing, pathsOf(changing))).toMatch(/now η 0\.1, μ 0\.333\).* Adam \(now η 1\.00·10⁻⁴\): value/)
  })

  it('say what is looked at, where it is not the whole', () => {
    const said = (look: Partial<State>) => summary(checkedState({ ...firstState, ...look }), pathsOf(firstState))
    expect(said({ zoom: 12.345, middle: [-3, 0.5] })).toMatch(
      /^The ravine, from \(−9, 2\), step 80 of 80; seen at 12\.3 times the size, about \(−3, 0\.5\)\. Plain/,
    )
    expect(said({ zoom: 0.5 })).toMatch(/of 80; seen at 0\.5 times the size\. Plain/)
    expect(said({})).toMatch(/step 80 of 80\. Plain/)
  })

  it('name runs so that they can be told apart', () => {
    const called = Object.values(kinds).map(nameOf)
    expect(new Set(called).size).toBe(called.length)
    expect(nameOf(sgd({ learningRate: 1, momentum: 0.5, nesterov: true, form: 'ema' }))).toBe(
      'Nesterov, moving average 0.5',
    )
  })
})
