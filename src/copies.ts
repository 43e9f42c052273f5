import type { Engine, EngineData, EngineDataset } from './backend.js'
import type { Dataset } from './dataset.js'
import { checkSame, type Preparation, type Standard, standardOf } from './preparation.js'

/** What an engine has of datasets, each standardized as the first that was learnt from. */
export class Copies {
  readonly #engine: Engine
  #preparation?: Preparation
  #copies = new WeakMap<Dataset, EngineDataset>()

  constructor(engine: Engine) {
    this.#engine = engine
  }

  get preparation(): Preparation | undefined {
    return this.#preparation
  }

  /** Copies of before are of data that were standardized otherwise. */
  prepare(preparation?: Preparation): void {
    if (preparation === this.#preparation) return
    this.#preparation = preparation
    this.#copies = new WeakMap()
  }

  standardOf({ preparation }: Dataset): Standard | undefined {
    return standardOf(this.#preparation ?? preparation)
  }

  /** A dataset as the engine takes it. */
  dataOf(where: string, data: Dataset): EngineData {
    if (this.#preparation && data.preparation) checkSame(where, this.#preparation, data.preparation)
    const { features, examples, labels, targets } = data
    return { features, examples, labels, targets, fold: data.fold(), standard: this.standardOf(data) }
  }

  /** A copy that is not kept, made at once. */
  once(where: string, data: Dataset): EngineDataset {
    return this.#engine.dataset(this.dataOf(where, data))
  }

  /** The engine's copy of a dataset, made when it is first used; none where it is wanted no longer. */
  async of(where: string, data: Dataset, wanted: () => boolean): Promise<EngineDataset | undefined> {
    const known = this.#copies.get(data)
    if (known) return known
    const copy = await this.#engine.copy(this.dataOf(where, data), wanted)
    if (copy) this.#copies.set(data, copy)
    return copy
  }

  /** Likewise, for what nothing stops. */
  async whole(where: string, data: Dataset): Promise<EngineDataset> {
    return (await this.of(where, data, () => true))!
  }
}
