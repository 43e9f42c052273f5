import type { GraphSpec } from './spec.js'

/**
 * Multiplications and additions of one example in a step, of dense layers alone, zeros not left out: 2 for each weight forward, 2 for its
 * gradient and, but in layers that read the features, 2 for the gradient of what they read. About 6 times the parameters.
 */
export function flopsOf({ inputs, nodes }: GraphSpec): number {
  const passes = (from: readonly string[]) => (from.some((name) => Object.hasOwn(inputs, name)) ? 2 : 3)
  return nodes
    .filter(({ op }) => op === 'dense')
    .reduce((sum, { from, inputs, outputs }) => sum + 2 * inputs * outputs * passes(from), 0)
}
