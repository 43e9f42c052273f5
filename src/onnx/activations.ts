import type { Activation } from '../spec.js'
import { types } from './format.js'
import type { Sheet } from './sheet.js'

type Write = (sheet: Sheet, x: string) => string

/** √(2/π), of the tanh form of gelu, and the cube's part in it. */
const BEND = 0.7978845608028654
const CUBE = 0.044715
/** Of the leaky ReLU below 0. */
const SLOPE = 0.01

/** By one operator in f32; in f64, for which onnxruntime lacks it, by several. */
const either =
  (single: Write, double: Write): Write =>
  (sheet, x) =>
    (sheet.dtype === 'f32' ? single : double)(sheet, x)

const operator =
  (op: string): Write =>
  (sheet, x) =>
    sheet.apply(op, [x])

/** x·σ(gate), which onnxruntime 1.30 fuses in f64, too, to what it lacks there. */
const gated = (sheet: Sheet, x: string, gate: string) =>
  either(
    () => sheet.apply('Mul', [x, sheet.apply('Sigmoid', [gate])]),
    () => {
      const exp = sheet.apply('Exp', [sheet.apply('Neg', [gate])])
      return sheet.apply('Div', [x, sheet.apply('Add', [exp, sheet.number(1)])])
    },
  )(sheet, x)

/** Each activation as its definition in reference/activation.ts. */
export const activations: Readonly<Record<Activation, Write>> = {
  linear: (_, x) => x,
  relu: operator('Relu'),
  sigmoid: operator('Sigmoid'),
  tanh: operator('Tanh'),
  leakyRelu: either(
    (sheet, x) => sheet.apply('LeakyRelu', [x], { alpha: { real: SLOPE } }),
    (sheet, x) => sheet.apply('Max', [x, sheet.apply('Mul', [x, sheet.number(SLOPE)])]),
  ),
  // x·(1 + erf(x/√2))/2
  gelu(sheet, x) {
    const erf = either(operator('Erf'), (sheet, x) => {
      const single = sheet.apply('Erf', [sheet.apply('Cast', [x], { to: types.f32 })])
      return sheet.apply('Cast', [single], { to: types.f64 })
    })(sheet, sheet.apply('Mul', [x, sheet.number(Math.SQRT1_2)]))
    const half = sheet.apply('Mul', [x, sheet.number(0.5)])
    return sheet.apply('Mul', [half, sheet.apply('Add', [erf, sheet.number(1)])])
  },
  // x·σ(2·√(2/π)·(x + 0.044715·x³))
  geluTanh(sheet, x) {
    const square = sheet.apply('Mul', [x, x])
    const bend = sheet.apply('Mul', [square, sheet.number(2 * BEND * CUBE)])
    return gated(sheet, x, sheet.apply('Mul', [x, sheet.apply('Add', [bend, sheet.number(2 * BEND)])]))
  },
  silu: (sheet, x) => gated(sheet, x, x),
  elu: either(operator('Elu'), (sheet, x) => {
    const [zero, one] = [sheet.number(0), sheet.number(1)]
    const below = sheet.apply('Sub', [sheet.apply('Exp', [sheet.apply('Min', [x, zero])]), one])
    return sheet.apply('Add', [sheet.apply('Max', [x, zero]), below])
  }),
  softplus: either(operator('Softplus'), (sheet, x) => {
    const tail = sheet.apply('Exp', [sheet.apply('Neg', [sheet.apply('Abs', [x])])])
    const log = sheet.apply('Log', [sheet.apply('Add', [tail, sheet.number(1)])])
    return sheet.apply('Add', [sheet.apply('Max', [x, sheet.number(0)]), log])
  }),
}
