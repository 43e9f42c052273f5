import type { HistoryEntry, Listener, StepReport } from './history.js'

export interface ProgressOptions {
  /** Where to show it; standard error by default, so that what a program prints stays its own. */
  readonly stream?: Stream
  /** Of the run, where there are several. */
  readonly name?: string
  /** Of the whole run, if that is known. */
  readonly epochs?: number
  /** Of an epoch, if that is known: then speeds are shown. */
  readonly examples?: number
  /** Of an example in a step, see `flopsOf`; GFLOP/s are these times examples/s, so they count zeros and no layers but dense ones. */
  readonly flops?: number
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

const WIDEST_BAR = 30
const NARROWEST_BAR = 5
/** Milliseconds from one drawing to the next: more often, and the terminal is what takes the time. */
const REST = 50

/** Shows how a fit goes on: a bar that stays in its place on a terminal, plain lines elsewhere, and a line for every epoch. */
export function progressBar(options: ProgressOptions = {}): Listener {
  const { stream = process.stderr } = options
  const { TERM, CI } = process.env
  return stream.isTTY && TERM !== 'dumb' && !CI ? inPlace(stream, options) : inLines(stream, options)
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
  /** Characters in the line. */
  let width = 0
  return {
    onStep(report) {
      const now = performance.now()
      if (now - drawn < REST) return
      drawn = now
      const words = wordsOf(report, (now - began) / 1000, options)
      const [text, shown] = fitted(words, report, stream)
      stream.write(cleared(width, stream) + text)
      width = shown
    },
    onEpoch(entry) {
      stream.write(`${cleared(width, stream)}${epochText(entry, options)}\n`)
      began = performance.now()
      width = drawn = 0
    },
    onEnd() {
      if (width > 0) stream.write(cleared(width, stream))
    },
  }
}

const columnsOf = ({ columns }: Stream) => columns || 80

/** Back to where the line began, and nothing there: a terminal that has become narrower since has broken it into some. */
function cleared(width: number, stream: Stream): string {
  const above = Math.ceil(width / columnsOf(stream)) - 1
  return above > 0 ? `\x1b[${above}A\r\x1b[J` : '\r\x1b[K'
}

function stepText(report: StepReport, options: ProgressOptions): string {
  const { epoch, step, steps, loss } = report
  const place = steps === undefined ? step : outOf(step, steps)
  return `${epochOf(epoch, options)}  step ${place}  loss ${loss.toPrecision(4)}`
}

/** The losses and accuracy that say most: those of validation where there is some. */
function epochText(entry: HistoryEntry, options: ProgressOptions): string {
  const { epoch, loss, accuracy, validationLoss, validationAccuracy, validationRSquared, seconds } = entry
  const { validation = 'validation' } = options
  const parts = [epochOf(epoch, options), `loss ${loss.toPrecision(4)}`]
  if (validationAccuracy !== undefined) parts.push(`${validation} accuracy ${percent(validationAccuracy)}`)
  else if (validationRSquared !== undefined) parts.push(`${validation} R² ${validationRSquared.toFixed(4)}`)
  else if (validationLoss !== undefined) parts.push(`${validation} loss ${validationLoss.toPrecision(4)}`)
  else if (accuracy !== undefined) parts.push(`accuracy ${percent(accuracy)}`)
  return [...parts, `${seconds.toFixed(2)} s`].join('  ')
}

/** What a bar says, from what matters most. */
function wordsOf(report: StepReport, spent: number, options: ProgressOptions): string[] {
  const { epoch, step, steps, loss } = report
  const [head, told] = [epochOf(epoch, options), `loss ${loss.toPrecision(4)}`]
  // Nobody knows how much of the way is done.
  if (steps === undefined) return [head, told, `step ${step}`]
  const { epochs = epoch, examples } = options
  const each = (spent * steps) / step
  const left = `${duration(each * (epochs - epoch + 1) - spent)} left`
  return [head, told, left, ...(examples ? speeds(examples / each, options) : [])]
}

/** 48,780 examples/s and, where that is known, 152 GFLOP/s. */
function speeds(perSecond: number, { flops }: ProgressOptions): string[] {
  const examples = `${Math.round(perSecond).toLocaleString('en')} examples/s`
  return flops ? [examples, `${figure((perSecond * flops) / 1e9)} GFLOP/s`] : [examples]
}

/** As many of the words as the terminal has room for, and a bar in what they leave; and how many characters these are. */
function fitted(
  [head, ...words]: string[],
  { step, steps }: StepReport,
  stream: Stream,
): [text: string, width: number] {
  const most = columnsOf(stream) - 1
  const lengthOf = (parts: readonly string[]) => parts.join('  ').length
  while (words.length > 1 && lengthOf([head, ...words]) > most) words.pop()
  const text = [head, ...words].join('  ')
  // The loss is worth more than the word before the number of the epoch.
  if (text.length > most) return [text.replace('epoch ', '').slice(0, most), most]
  const room = Math.min(most - text.length - 2, WIDEST_BAR)
  if (steps === undefined || room < NARROWEST_BAR) return [text, text.length]
  return [[head, bar(room, step / steps, stream), ...words].join('  '), text.length + 2 + room]
}

function bar(width: number, part: number, stream: Stream): string {
  const done = Math.round(width * part)
  const [colour, dim, plain] = stream.hasColors?.() ? ['\x1b[36m', '\x1b[2m', '\x1b[0m'] : ['', '', '']
  return `${colour}${'━'.repeat(done)}${plain}${dim}${'─'.repeat(width - done)}${plain}`
}

/** 12 s, 12 min, 3.2 h. */
function duration(seconds: number): string {
  if (seconds < 100) return `${Math.ceil(seconds)} s`
  return seconds < 6000 ? `${Math.ceil(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`
}

function epochOf(epoch: number, { epochs, name }: ProgressOptions): string {
  const place = `epoch ${epochs === undefined ? epoch : outOf(epoch, epochs)}`
  return name === undefined ? place : `${name}  ${place}`
}

/** As wide for every number. */
const outOf = (number: number, all: number) => `${String(number).padStart(String(all).length)}/${all}`

/** Three digits, and whole numbers whole. */
export const figure = (value: number) => (value >= 100 ? value.toFixed(0) : value.toPrecision(3))

/** 0.97916 → '97.92 %'. */
export const percent = (part: number) => `${(100 * part).toFixed(2)} %`
