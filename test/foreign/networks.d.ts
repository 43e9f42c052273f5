import type * as ravine from '../../src/index.js'

export interface Made {
  readonly name: string
  readonly model: ravine.Model
  /** As `predict` takes them, and by the names of inputs. */
  readonly features: ravine.FloatArray | Readonly<Record<string, ravine.FloatArray>>
  readonly values: Readonly<Record<string, ravine.FloatArray>>
  readonly widths: Readonly<Record<string, number>>
  readonly examples: number
}

export function modelsOf(
  library: Omit<typeof ravine, 'default'>,
  options?: { readonly dtype?: ravine.Dtype; readonly backend?: ravine.BackendName },
): readonly Made[]
