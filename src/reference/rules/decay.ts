import type { Arithmetic } from '../fma.js'

/** A state smaller than this in magnitude becomes 0: denormals slow a processor tenfold. */
const SMALLEST = 1e-30

/** s, or 0 where it is nearly nothing; NaN stays. */
export const settled = (s: number) => (Math.abs(s) < SMALLEST ? 0 : s)

/** b·s + gain·x: a moving average, its product with x rounded first. */
export const mean = ({ fma, round }: Arithmetic, b: number, s: number, gain: number, x: number) =>
  settled(fma(b, s, round(gain * x)))

/** (p − ηλp, g + λp) */
export const decayed = ({ fma }: Arithmetic, coupled: number, decoupled: number, p: number, g: number) =>
  [fma(-decoupled, p, p), fma(coupled, p, g)] as const
