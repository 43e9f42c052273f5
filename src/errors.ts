/** Every way in which ravine refuses or stops; stable, to be compared in programs. */
export type ErrorCode =
  | 'ERR_RAVINE_SHAPE'
  | 'ERR_RAVINE_HYPERPARAMETER'
  | 'ERR_RAVINE_ALIAS'
  | 'ERR_RAVINE_DATA'
  | 'ERR_RAVINE_FILE'
  | 'ERR_RAVINE_DIVERGED'
  | 'ERR_RAVINE_ABORTED'
  | 'ERR_RAVINE_NATIVE'
  | 'ERR_RAVINE_DISPOSED'
  | 'ERR_RAVINE_LOGGER'

/**
 * The one error of ravine: a stable `code`, and a sentence that says what was expected, of what, and what came.
 * After it the caller's arrays, the model and the files are as they were.
 */
export class RavineError extends Error {
  readonly code: ErrorCode
  override readonly name = 'RavineError'

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

/** A sizes error: `matmul: expected b of shape [784, 128] but received …`. */
export const shapeError = (where: string, expected: string, received: string) =>
  new RavineError('ERR_RAVINE_SHAPE', `${where}: expected ${expected} but received ${received}`)

/** A value out of its range or of the wrong kind, options of unknown names included. */
export const hyperparameterError = (where: string, expected: string, received: unknown) =>
  new RavineError('ERR_RAVINE_HYPERPARAMETER', `${where}: expected ${expected} but received ${describe(received)}`)

/** Data that cannot be learnt from: empty, of unequal lengths, labels outside the classes. */
export const dataError = (where: string, expected: string, received: unknown) =>
  new RavineError('ERR_RAVINE_DATA', `${where}: expected ${expected} but received ${describe(received)}`)

/** A file that cannot be read, cannot be written, or is not what it should be; `received` says what came in words. */
export const fileError = (where: string, expected: string, received: string, cause?: unknown) =>
  new RavineError('ERR_RAVINE_FILE', `${where}: expected ${expected} but ${received}`, { cause })

/** A value as it reads in an error: short, with its type where that is the news. Says something of whatever comes. */
export function describe(value: unknown): string {
  try {
    return said(value)
  } catch {
    // A proxy or a getter that throws has the last word only where it is used.
    return `${typeof value === 'function' ? 'a function' : 'an object'} that cannot be read`
  }
}

function said(value: unknown): string {
  if (ArrayBuffer.isView(value)) return `${value.constructor.name}(${(value as Uint8Array).length})`
  if (Array.isArray(value)) return `an array of ${value.length}`
  if (typeof value === 'string') return `'${value.length > 60 ? `${value.slice(0, 57)}…` : value}'`
  if (typeof value === 'function') return 'a function'
  if (value !== null && typeof value === 'object') return `an object ${value.constructor?.name ?? ''}`.trim()
  return String(value)
}
