import type * as ravine from '../../src/index.js'

export type Library = Omit<typeof ravine, 'default'>
export type State = ReadonlyMap<string, ravine.FloatArray>

export interface Network {
  readonly inputs: number | ravine.Widths
  /** Of a sequential model; else it is a graph of nodes. */
  readonly layers?: readonly (readonly unknown[])[]
  readonly nodes?: Readonly<Record<string, readonly [layer: readonly unknown[], ...from: string[]]>>
  readonly ids?: number
  readonly outputs?: number
  readonly optimizer: Omit<ravine.MomentumOptions, 'step'>
  readonly dtype?: ravine.Dtype
  readonly loss?: ravine.Loss
  readonly density?: number
  readonly entries?: number
  readonly normalize?: ravine.Normalize
}

export interface TrainedOptions {
  readonly backend?: ravine.BackendName
  readonly threads?: number
  readonly epochs?: number
}

export const SEED: number
export const BATCH: number
export const EPOCHS: number
export const networks: Readonly<Record<string, Network>>
export const ways: readonly { readonly name: string; readonly threads: number; readonly fused: boolean }[]
export function examplesOf(network: Network): ravine.DatasetOptions
export function modelOf(library: Library, network: Network, options?: Omit<TrainedOptions, 'epochs'>): ravine.Model
export function trained(
  library: Library,
  network: Network,
  options?: TrainedOptions,
  examples?: ravine.DatasetOptions,
): Promise<State>
export function hashOf(state: State): string
export function stateOf(model: ravine.Model): State
