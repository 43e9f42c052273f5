/** Floats of 16 bits with the exponent of f32 (1 + 8 + 7 bits), BF16: exact in f32. */
export function fromBfloat16(bits: Uint16Array): Float32Array {
  return new Float32Array(Uint32Array.from(bits, (half) => half << 16).buffer)
}

/** Floats of 16 bits of IEEE 754 (1 + 5 + 10 bits), F16: exact in f32. */
export function fromFloat16(bits: Uint16Array): Float32Array {
  return Float32Array.from(bits, (half) => (half & 0x8000 ? -1 : 1) * magnitude((half >> 10) & 0x1f, half & 0x3ff))
}

function magnitude(exponent: number, fraction: number): number {
  if (exponent === 0x1f) return fraction === 0 ? Infinity : NaN
  return exponent === 0 ? fraction * 2 ** -24 : (1024 + fraction) * 2 ** (exponent - 25)
}
