/** Time that goes on while it plays: steps, whole ones where the reader wants little motion. */
export interface Player {
  readonly playing: () => boolean
  readonly play: () => void
  readonly pause: () => void
}

/** What a player moves. */
export interface Reel {
  /** The place that is shown, which may lie between two steps. */
  readonly at: () => number
  readonly steps: () => number
  /** Steps a second. */
  readonly speed: () => number
  readonly show: (at: number) => void
  /** It plays now, or no more. */
  readonly turned: () => void
}

export function playerOf(reel: Reel): Player {
  const calm = matchMedia('(prefers-reduced-motion: reduce)')
  let frame = 0
  let last = 0
  let at = 0
  const go = (now: number) => {
    // Somebody has moved it.
    if (Math.floor(reel.at()) !== Math.floor(at)) at = reel.at()
    // The time of a frame may lie before that of the click that led to it.
    at = Math.min(at + (Math.max(now - last, 0) / 1000) * reel.speed(), reel.steps())
    last = now
    reel.show(calm.matches ? Math.floor(at) : at)
    if (at < reel.steps()) frame = requestAnimationFrame(go)
    else pause()
  }
  const pause = () => {
    if (frame === 0) return
    cancelAnimationFrame(frame)
    frame = 0
    reel.turned()
  }
  const play = () => {
    at = reel.at() >= reel.steps() ? 0 : reel.at()
    last = performance.now()
    frame = requestAnimationFrame(go)
    reel.turned()
  }
  return { playing: () => frame !== 0, play, pause }
}
