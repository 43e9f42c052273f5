import type { HistoryEntry, Listener, StepReport } from './history.js'

export interface ProgressOptions {
  /** Where to show it; standard error by default, so that what a program prints stays its own. */
  readonly stream?: Stream
  /** Of the whole run, if that is known. */
  readonly epochs?: number
  /** What the lines call the data for validation. */
  readonly validation?: string
}

/** A terminal, or a pipe or a file, which have no columns. */
export interface Stream {
  readonly isTTY?: boolean
  readonly columns?: number
  write(text: string): unknown
  hasColors?(): boolean
}

const WIDEST_BAR = 40
const NARROWEST_BAR = 5
/** Milliseconds from one drawing to the next: more often, and the terminal is what takes the time. */
const REST = 50
const CLEAR_LINE = '\r\x1b[K'

/** Shows how a fit goes on: a bar that stays in its place on a terminal, plain lines elsewhere, and a line for every epoch. */
export function progressBar(options: ProgressOptions = {}): Listener {
  const { stream = process.stderr } = options
  return stream.isTTY && process.env.TERM !== 'dumb' ? inPlace(stream, options) : inLines(stream, options)
}

function inLines(stream: Stream, options: ProgressOptions): Listener {
  return {
    onStep: (report) => void stream.write(`${stepText(report, options)}\n`),
    onEpoch: (entry) => void stream.write(`${epochText(entry, options)}\n`),
  }
}

function inPlace(stream: Stream, options: ProgressOptions): Listener {
  let began = performance.now()
  let drawn = 0
  return {
    onStep(report) {
      const now = performance.now()
      if (now - drawn < REST) return
      drawn = now
      stream.write(CLEAR_LINE + barText(report, (now - began) / 1000, stream, options))
    },
    onEpoch(entry) {
      began = performance.now()
      drawn = 0
      stream.write(`${CLEAR_LINE}${epochText(entry, options)}\n`)
    },
    onEnd() {
      if (drawn > 0) stream.write(CLEAR_LINE)
    },
  }
}

function stepText(report: StepReport, options: ProgressOptions): string {
  const { epoch, step, steps, loss } = report
  const place = steps === undefined ? step : outOf(step, steps)
  return `${epochOf(epoch, options)}  step ${place}  loss ${loss.toPrecision(4)}`
}

/** The losses and accuracy that say most: those of validation where there is some. */
function epochText(entry: HistoryEntry, options: ProgressOptions): string {
  const { epoch, loss, accuracy, validationLoss, validationAccuracy, seconds } = entry
  const { validation = 'validation' } = options
  const parts = [epochOf(epoch, options), `loss ${loss.toPrecision(4)}`]
  if (validationAccuracy !== undefined) parts.push(`${validation} accuracy ${percent(validationAccuracy)}`)
  else if (validationLoss !== undefined) parts.push(`${validation} loss ${validationLoss.toPrecision(4)}`)
  else if (accuracy !== undefined) parts.push(`accuracy ${percent(accuracy)}`)
  return [...parts, `${seconds.toFixed(2)} s`].join('  ')
}

/** Never wider than the terminal, since only one line can be drawn over; the bar takes what room the words leave. */
function barText(report: StepReport, spent: number, stream: Stream, options: ProgressOptions): string {
  const columns = stream.columns || 80
  const { epoch, step, steps, loss } = report
  // Nobody knows how much of the way is done.
  if (steps === undefined) return stepText(report, options).slice(0, columns - 1)
  const left = spent * (steps / step - 1)
  const head = epochOf(epoch, options)
  const tail = `${outOf(step, steps)}  loss ${loss.toPrecision(4)}  ${Math.ceil(left)} s left`
  const room = columns - head.length - tail.length - 5
  if (room < NARROWEST_BAR) return `${head}  ${tail}`.slice(0, columns - 1)
  const width = Math.min(room, WIDEST_BAR)
  const done = Math.round((width * step) / steps)
  const [colour, dim, plain] = stream.hasColors?.() ? ['\x1b[36m', '\x1b[2m', '\x1b[0m'] : ['', '', '']
  return `${head}  ${colour}${'━'.repeat(done)}${plain}${dim}${'─'.repeat(width - done)}${plain}  ${tail}`
}

function epochOf(epoch: number, { epochs }: ProgressOptions): string {
  return `epoch ${epochs === undefined ? epoch : outOf(epoch, epochs)}`
}

/** As wide for every number. */
const outOf = (number: number, all: number) => `${String(number).padStart(String(all).length)}/${all}`

/** 0.97916 → '97.92 %'. */
export const percent = (part: number) => `${(100 * part).toFixed(2)} %`
