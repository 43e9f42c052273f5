import { RavineError } from '../errors.js'
import type { Optimizer } from '../optimizer.js'
import type { Path } from './path.js'
import { checkedState, pathsOf, type State } from './state.js'
import type { Look } from './view.js'

/** A state that changes, with the paths that belong to it. What ravine refuses changes nothing, and is said. */
export class Lab {
  state: State
  paths: readonly Path[]
  /** The place that is shown, between two steps while it plays. */
  at: number
  /** Why the last change was refused, or nothing. */
  refusal = ''
  readonly #changed: (looked: boolean) => void

  /** @param changed is told whether it is nothing but what is looked at that has changed */
  constructor(state: State, changed: (looked: boolean) => void) {
    this.state = state
    this.paths = pathsOf(state)
    this.at = state.at
    this.#changed = changed
  }

  /** Goes on to another place without more ado, as frame follows frame. */
  show(at: number): void {
    this.at = at
    this.state = Object.freeze({ ...this.state, at: Math.floor(at) })
  }

  /** Changes some of it. */
  set(part: Partial<State>): void {
    this.attempt(() => ({ ...this.state, ...part }))
  }

  /** Looks elsewhere or closer, as hands move. */
  look(look: Look): void {
    this.attempt(() => ({ ...this.state, ...look, at: Math.floor(this.at) }), true)
  }

  /** Changes an option of the tuned run, by what it is. */
  tune(option: string, change: (value: never) => unknown): void {
    this.attempt(() => {
      const { runs, tuned } = this.state
      const value = change(runs[tuned][option as keyof Optimizer] as never)
      return { ...this.state, runs: runs.with(tuned, { ...runs[tuned], [option]: value } as Optimizer) }
    })
  }

  /** Takes a state that may have to be refused as it is made. */
  attempt(make: () => State, looked = false): void {
    try {
      const state = checkedState(make())
      if (way(state) !== way(this.state)) this.paths = pathsOf(state)
      this.state = state
      this.at = state.at
      this.refusal = ''
    } catch (error) {
      if (!(error instanceof RavineError)) throw error
      this.refusal = error.message
    }
    this.#changed(looked)
  }
}

/** What paths depend on. */
const way = ({ at: _, speed: __, tuned: ___, zoom: ____, middle: _____, ...others }: State) => JSON.stringify(others)
