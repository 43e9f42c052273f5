/** A number of an axis or a legend. */
export function valueAt(x: number, share = false): string {
  if (share) return `${Number((100 * x).toFixed(2))} %`
  if (x === 0) return '0'
  const size = Math.abs(x)
  const text =
    size >= 1e6 || size < 1e-3
      ? x
          .toExponential(2)
          .replace(/\.?0+e/, 'e')
          .replace('e+', 'e')
      : plain(x)
  return text.replace('-', '−').replace('e-', 'e−')
}

const plain = (x: number) => Number(x.toPrecision(5)).toLocaleString('en-US', { maximumFractionDigits: 6 })
