export interface Parser {
  readonly seeds: readonly Uint8Array[]
  readonly run: (bytes: Uint8Array) => Promise<void>
}
export function parsersOf(functions: Readonly<Record<string, unknown>>): Readonly<Record<string, Parser>>
export function tried(parser: Parser, number: number): Promise<'read' | 'refused'>
