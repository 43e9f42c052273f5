import type { Engine, UpdateRule } from './backend.js'
import { expectMemory } from './memory.js'
import { initialOf, kindOf, type Optimizer, statesOf, updateRule } from './optimizer.js'
import { observed } from './optimizers/epochs.js'
import type { Places } from './schedules/places.js'
import { elementSize, type FloatArray, type GraphSpec, parameterCount, parametersOf } from './spec.js'

/** What a model has of its optimizer, as far as that is not the optimizer itself. */
export interface Followed {
  /** Each by its name and like the parameters. */
  readonly states: ReadonlyMap<string, FloatArray[]>
  /** Updates by this kind of optimizer. */
  readonly steps: number
  readonly kind?: string
  /** What schedules that look at epochs remember. */
  readonly places: Places
  /** What the tuner of an optimizer remembers. */
  readonly memory: readonly number[]
}

/** How an engine follows one kind of optimizer after another: of what goes on, and what begins anew. */
export class Following {
  steps = 0
  places: Places = {}
  #kind?: string
  /** Names of the states that the engine has of each parameter. */
  #states: readonly string[] = ['velocity']
  readonly #spec: GraphSpec
  readonly #engine: Engine

  constructor(spec: GraphSpec, engine: Engine) {
    this.#spec = spec
    this.#engine = engine
  }

  /** Copies of the states, by their names, each in the order of `parametersOf`. */
  states(): Map<string, FloatArray[]> {
    const states = this.#engine.states()
    return new Map(this.#states.map((name, i) => [name, states[i]]))
  }

  /** A copy. */
  snapshot(): Followed {
    const { steps, places } = this
    return { states: this.states(), steps, kind: this.#kind, places, memory: [...this.#engine.memory()] }
  }

  restore({ states, steps, kind, places, memory }: Followed): void {
    this.#engine.setStates([...states.values()])
    this.#engine.setMemory(Float64Array.from(memory))
    this.#states = [...states.keys()]
    this.#return(kind, steps, places)
  }

  /** Takes in what an epoch came to. */
  observe(optimizer: Optimizer, entry: object): void {
    this.places = observed(optimizer, this.places, entry)
  }

  /** The optimizer's rules of the next steps; nothing has changed where it has none. */
  rule(where: string, optimizer: Optimizer, steps: number): UpdateRule {
    const [first, places] = this.#goesOn(optimizer) ? [this.steps + 1, this.places] : [1, {}]
    return updateRule(where, optimizer, parametersOf(this.#spec), first, steps, places)
  }

  /** Another kind of optimizer cannot use the states: they start anew, and the steps from 1. Returns the way back. */
  follow(optimizer: Optimizer): () => void {
    const [kind, steps, places, names] = [this.#kind, this.steps, this.places, this.#states]
    const goesOn = this.#goesOn(optimizer)
    if (!goesOn) this.#expectMemory(initialOf(optimizer).length + names.length)
    this.#kind = kindOf(optimizer)
    if (goesOn) return () => this.#return(kind, steps, places)
    const [states, memory] = [this.#engine.states(), this.#engine.memory()]
    this.#begin(optimizer)
    return () => {
      this.#engine.setStates(states)
      this.#engine.setMemory(memory)
      this.#states = names
      this.#return(kind, steps, places)
    }
  }

  /** For as many states of each parameter. */
  #expectMemory(states: number): void {
    const bytes = states * parameterCount(this.#spec) * elementSize(this.#spec.dtype)
    expectMemory('optimizer', 'states, and those before', bytes)
  }

  /** Whether states, steps and places are of use to an optimizer. */
  #goesOn(optimizer: Optimizer): boolean {
    const kind = kindOf(optimizer)
    // A file may have said that it has the states of one kind, and had others.
    return (this.#kind ?? kind) === kind && `${this.#states}` === `${statesOf(optimizer)}`
  }

  #begin(optimizer: Optimizer): void {
    const initial = initialOf(optimizer)
    this.#engine.keep(initial.length)
    if (initial.some((value) => value !== 0)) {
      const filled = (value: number) => (state: FloatArray) => state.fill(value)
      this.#engine.setStates(this.#engine.states().map((state, i) => state.map(filled(initial[i]))))
    }
    this.#states = statesOf(optimizer)
    this.#return(kindOf(optimizer), 0, {})
  }

  #return(kind: string | undefined, steps: number, places: Places): void {
    this.#kind = kind
    this.steps = steps
    this.places = places
  }
}
