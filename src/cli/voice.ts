import type { Stream } from '../progress.js'

/** How a command speaks. */
export interface Voice {
  /** For people: standard output, or standard error where machines listen to the former; nowhere with --quiet. */
  readonly stream: Stream
  /** A line for people. */
  say(line?: string): void
  /** An object for machines, a line of JSON on standard output; with --json alone. */
  record(event: string, facts: object): void
}

const nowhere: Stream = { write: () => true }

export function voiceOf({ json, quiet }: { readonly json: boolean; readonly quiet: boolean }): Voice {
  const stream = quiet ? nowhere : json ? process.stderr : process.stdout
  return {
    stream,
    say: (line = '') => void stream.write(`${line}\n`),
    record(event, facts) {
      if (json) process.stdout.write(`${JSON.stringify({ event, ...facts })}\n`)
    },
  }
}
