import { RavineError } from '../errors.js'
import type { Logger } from '../logger.js'
import { anything, checkOptions, text } from '../options.js'

/** What is used of the `@wandb/sdk` package. */
export interface WandbSdk {
  init(options: object): Promise<WandbRun>
}

interface WandbRun {
  log(data: Record<string, unknown>, step?: number): void
  finish(code?: number): Promise<void>
}

export interface WandbOptions {
  readonly project?: string
  readonly entity?: string
  readonly name?: string
  readonly notes?: string
  readonly tags?: readonly string[]
  /** Is kept beside what the fit was asked. */
  readonly config?: object
  /** As its `init` takes them: `{ apiKey, baseUrl, offline, silent }`. */
  readonly settings?: object
  /** What `await import('@wandb/sdk')` gives, for programs that have it in a bundle. */
  readonly sdk?: { readonly default: WandbSdk }
}

const rules = {
  ...{ project: text, entity: text, name: text, notes: text },
  ...{ tags: anything, config: anything, settings: anything, sdk: anything },
}

/** A name that is not looked up before it is needed. */
const PACKAGE = '@wandb/sdk'

/**
 * Sends epochs and, with `logEvery`, steps to Weights & Biases, by the package `@wandb/sdk`, which a program installs itself; over the
 * steps of the fit, with the graph and what was asked of the fit as its config. The key is in WANDB_API_KEY or in `settings`.
 * Offline (WANDB_MODE=offline) that package keeps nothing, and asks its server for a run all the same: `jsonLinesLogger` keeps a record without.
 *
 * @throws {RavineError} ERR_RAVINE_HYPERPARAMETER
 */
export function wandb(options: WandbOptions = {}): Logger {
  options = checkOptions('wandb', options, rules)
  const { sdk, config, ...others } = options
  let run: WandbRun | undefined
  return {
    name: 'wandb',
    async start({ parameters, state, ...described }) {
      const { default: wandb } = sdk ?? (await found())
      run = await wandb.init({ ...others, config: { ...plain(described), ...config } })
    },
    step({ epoch, step, steps, update, ...told }) {
      run?.log(under('step', told), update)
    },
    epoch({ steps, ...told }) {
      run?.log(under('epoch', told), steps)
    },
    async end({ outcome }) {
      await run?.finish(outcome === 'failed' ? 1 : 0)
      run = undefined
    },
  }
}

const under = (group: string, told: object) =>
  Object.fromEntries(Object.entries(told).map(([name, value]) => [`${group}/${name}`, value]))

const plain = (described: object) => JSON.parse(JSON.stringify(described)) as object

async function found(): Promise<{ readonly default: WandbSdk }> {
  try {
    return await import(PACKAGE)
  } catch (cause) {
    const message = 'wandb: expected the package @wandb/sdk but it cannot be loaded; npm install @wandb/sdk graphql'
    throw new RavineError('ERR_RAVINE_LOGGER', message, { cause })
  }
}
