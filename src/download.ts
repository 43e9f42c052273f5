/** Milliseconds of silence after which a server counts as dead: until its headers come, and between two parts of the body. */
export interface Patience {
  readonly headers: number
  readonly body: number
}

/**
 * The bytes at an address, redirects followed.
 *
 * @throws {Error} whatever went wrong; {@link reason} says it in a few words
 */
export async function download(url: string, patience: Patience = { headers: 4000, body: 20000 }): Promise<Uint8Array> {
  const silence = new AbortController()
  let timer: NodeJS.Timeout | undefined
  const wait = (milliseconds: number) => {
    clearTimeout(timer)
    timer = setTimeout(() => silence.abort(new Error(`no answer within ${milliseconds / 1000} s`)), milliseconds)
  }
  try {
    wait(patience.headers)
    const response = await fetch(url, { signal: silence.signal })
    if (!response.ok) throw new Error(`HTTP status ${response.status}`)
    const parts: Uint8Array[] = []
    wait(patience.body)
    for await (const part of response.body ?? []) {
      parts.push(part)
      wait(patience.body)
    }
    return Buffer.concat(parts)
  } finally {
    clearTimeout(timer)
    // A body that nobody reads would keep its connection open.
    silence.abort()
  }
}

/** Why a download failed: fetch hides it in the cause. */
export function reason(error: unknown): string {
  const { message, cause } = error as Error
  if (!(cause instanceof Error)) return message
  return (cause as NodeJS.ErrnoException).code ?? cause.message
}
