/** A number as people read it: four digits that count, thousands apart. */
export function figure(x: number): string {
  if (!Number.isFinite(x)) return Number.isNaN(x) ? 'NaN' : x > 0 ? '∞' : '−∞'
  if (Number.isInteger(x) && Math.abs(x) < 1e9) return minus(x.toLocaleString('en-US'))
  const size = Math.abs(x)
  if (size >= 1e5 || size < 1e-3) return minus(x.toExponential(2).replace('e+', 'e'))
  return minus(String(Number(x.toPrecision(4))))
}

/** 0.97916 → '97.92 %'. */
export const percent = (part: number) => `${(100 * part).toFixed(2)} %`

/** Seconds, or what is left of them in units that suit. */
export function duration(seconds: number): string {
  if (seconds < 1e-3) return `${figure(seconds * 1e6)} µs`
  if (seconds < 1) return `${figure(seconds * 1e3)} ms`
  if (seconds < 100) return `${seconds.toFixed(1)} s`
  const minutes = Math.round(seconds / 60)
  return minutes < 100 ? `${minutes} min` : `${(seconds / 3600).toFixed(1)} h`
}

/** Names that are no words. */
const signs: Readonly<Record<string, string>> = { 'r squared': 'R²', f1: 'F1', auc: 'AUC' }

/** 'validationMeanSquaredError' → 'validation mean squared error'. */
export const words = (name: string) =>
  name
    .replace(/(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])/g, ' ')
    .toLowerCase()
    .replace(/\b(r squared|f1|auc)\b/, (sign) => signs[sign])

/** Likewise, as a title. */
export function titled(name: string): string {
  const text = words(name)
  return text[0].toUpperCase() + text.slice(1)
}

/** Metrics that are parts of a whole. */
const shares = /^(accuracy|precision|recall|top\d+)$/

export const isShare = (metric: string) => shares.test(metric)

export const score = (metric: string, value: number) => (isShare(metric) ? percent(value) : figure(value))

const minus = (text: string) => text.replaceAll('-', '−')
