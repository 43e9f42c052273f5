import type { Optimizer } from '../optimizer.js'
import { count, flag, fraction, oneOf, positive, type Rule } from '../options.js'
import type { Scheduled } from '../schedule.js'
import { adamW } from './adamW.js'
import { anyTime, complete, type Definition, decayRules } from './definition.js'

export interface MuonOptions {
  /** η, > 0; 0.02 by default. */
  readonly learningRate?: Scheduled
  /** μ in [0, 1), or a schedule; 0.95 by default. */
  readonly momentum?: Scheduled
  /** Look ahead; true by default. */
  readonly nesterov?: boolean
  /** λ ≥ 0 of θ ← θ − ηλθ; 0 by default. */
  readonly weightDecay?: Scheduled
  /** Of the iteration that makes an update orthogonal; 5 by default. */
  readonly steps?: number
  /** s of a weight: 'original' √max(1, rows/columns), 'matchRmsAdamW' 0.2·√max(rows, columns); 'original' by default. */
  readonly adjust?: 'original' | 'matchRmsAdamW'
  /** Names of the weights that it moves; all of dense layers but the last one's by default. */
  readonly match?: RegExp
  /** Moves all other parameters; `adamW()` by default. */
  readonly others?: Optimizer
}

export interface Muon extends Required<Omit<MuonOptions, 'match'>>, Pick<MuonOptions, 'match'> {
  readonly type: 'muon'
  readonly parameterGroups?: undefined
}

const expression: Rule = { expected: 'a regular expression', test: (value) => value instanceof RegExp }
const optimizer: Rule = { expected: 'an optimizer', test: (value) => typeof value === 'object' && value !== null }

/**
 * v ← μv + (1−μ)g;  u = μv + (1−μ)g to look ahead, else v;  X ← u/(‖u‖ + 1e-7), then `steps` times X ← aX + (bA + cA²)X with A = XXᵀ,
 * (a, b, c) = (3.4445, −4.775, 2.0315);  W ← W − ηλW;  W ← W − ηs·X: a momentum whose singular values are all made nearly 1.
 *
 * Of weights of dense layers, but not of the last one; all else, biases and tables too, is moved by `others`.
 *
 * Sources: Jordan et al., "Muon: an optimizer for hidden layers in neural networks", 2024, and their code; PyTorch's `Muon`, both of which
 * go through the iteration in bfloat16.
 *
 * @throws {RavineError} ERR_RAVINE_HYPERPARAMETER
 */
export const muon = (options: MuonOptions = {}): Muon => complete<Muon>('muon', 'muon', muonDefinition, options)

export const muonDefinition: Definition<Muon> = {
  rules: {
    learningRate: anyTime(positive),
    momentum: anyTime(fraction),
    nesterov: flag,
    weightDecay: decayRules.weightDecay,
    steps: count,
    adjust: oneOf('original', 'matchRmsAdamW'),
    match: expression,
    others: optimizer,
  },
  defaults: {
    learningRate: 0.02,
    momentum: 0.95,
    nesterov: true,
    weightDecay: 0,
    steps: 5,
    adjust: 'original',
    others: adamW(),
  },
  states: () => ['velocity'],
  rule: () => 'muon',
  rows: () => (now) => {
    const { learningRate, momentum, nesterov, steps, adjust, weightDecay } = now
    const [looks, matches] = [Number(nesterov), Number(adjust === 'matchRmsAdamW')]
    return [momentum, 1 - momentum, looks, steps, learningRate, matches, learningRate * weightDecay]
  },
  steady: () => true,
}
