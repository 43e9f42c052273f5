import type * as ravine from '../../src/index.js'

export type Library = Pick<typeof ravine, 'dataset' | 'dense' | 'sequential' | 'sgd'>
export type State = ReadonlyMap<string, ravine.FloatArray>

export interface Network {
  readonly inputs: number
  readonly layers: readonly Readonly<Parameters<typeof ravine.dense>>[]
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
export function trained(
  library: Library,
  network: Network,
  options?: TrainedOptions,
  examples?: ravine.DatasetOptions,
): Promise<State>
export function hashOf(state: State): string
export function stateOf(model: ravine.Model): State
