import { allocate, checkApart, checkArrays, checkedLabels, lengthOf } from './arrays.js'
import { hyperparameterError } from './errors.js'
import { momentumCatchUp, momentumStepSparse } from './momentumSparse.js'
import { momentumCoefficients } from './optimizers/sgd.js'
import { anything, checkOptions, checkValue, count, flag, oneOf, type Rule, wholeNumber } from './options.js'
import type { LinearOptions, Primitives, RawPrimitives } from './primitives.js'
import { activations, byInput } from './spec.js'

/** Puts the checks before a backend's primitives, so that every backend refuses the same calls in the same words. */
export function checked(raw: RawPrimitives): Primitives {
  return {
    matmul(a, b, options) {
      const where = 'matmul'
      options = checkCall(where, options, matmulOptions)
      const { m, k, n, transposeA = false, transposeB = false, out } = options
      checkArrays(where, {
        a: [a, transposeA ? [k, m] : [m, k]],
        b: [b, transposeB ? [n, k] : [k, n]],
        out: out === undefined ? undefined : [out, [m, n]],
      })
      if (out !== undefined) checkApart(where, 'out', out, { a, b })
      const c = out ?? allocate(where, 'the product', a, [m, n])
      if (c.length > 0) raw.matmul(a, b, c, m, k, n, transposeA, transposeB)
      return c
    },

    linear(input, weight, bias, options) {
      const where = 'linear'
      const { batch, inputs, outputs, activation } = checkedLayer(where, options)
      checkArrays(where, {
        input: [input, [batch, inputs]],
        weight: [weight, [outputs, inputs]],
        bias: bias === null ? undefined : [bias, [outputs]],
      })
      const output = allocate(where, 'the output', input, [batch, outputs])
      if (output.length > 0) raw.linear(input, weight, bias, output, batch, inputs, outputs, activation)
      return output
    },

    linearBackward(gradOutput, input, weight, output, options) {
      const where = 'linearBackward'
      const { batch, inputs, outputs, name, activation } = checkedLayer(where, options)
      if (byInput.has(name)) throw hyperparameterError(where, 'an activation whose output tells its derivative', name)
      checkArrays(where, {
        gradOutput: [gradOutput, [batch, outputs]],
        input: [input, [batch, inputs]],
        weight: [weight, [outputs, inputs]],
        output: [output, [batch, outputs]],
      })
      const gradInput = allocate(where, 'gradInput', input, [batch, inputs])
      const gradWeight = allocate(where, 'gradWeight', input, [outputs, inputs])
      const gradBias = allocate(where, 'gradBias', input, [outputs])
      const grads = [gradInput, gradWeight, gradBias] as const
      // Without examples or outputs every gradient is a sum of nothing: the zeros that are there.
      if (output.length > 0) {
        raw.linearBackward(gradOutput, input, weight, output, ...grads, batch, inputs, outputs, activation)
      }
      return { gradInput, gradWeight, gradBias }
    },

    activate(x, options) {
      const where = 'activate'
      options = checkCall(where, options, activationOptions)
      const shape = [lengthOf(x)]
      checkArrays(where, { x: [x, shape] })
      const y = allocate(where, 'the output', x, shape)
      raw.activate(x, y, activations.indexOf(options.activation))
      return y
    },

    activateBackward(gradOutput, output, options) {
      const where = 'activateBackward'
      options = checkCall(where, options, activationGradientOptions)
      const { activation, input } = options
      const [shape, needed] = [[lengthOf(gradOutput)], byInput.has(activation)]
      if (needed && input === undefined) {
        throw hyperparameterError(
          where,
          `input with activation '${activation}', whose output does not tell its derivative,`,
          input,
        )
      }
      const given = input === undefined ? undefined : ([input, shape] as const)
      checkArrays(where, { gradOutput: [gradOutput, shape], output: [output, shape], input: given })
      const gradInput = allocate(where, 'gradInput', gradOutput, shape)
      const kept = needed ? input! : output
      raw.activateBackward(gradOutput, kept, gradInput, activations.indexOf(activation))
      return gradInput
    },

    softmaxCrossEntropy(logits, labels, options) {
      const where = 'softmaxCrossEntropy'
      const { batch, classes } = checkCall(where, options, entropyOptions)
      checkArrays(where, { logits: [logits, [batch, classes]] })
      const known = checkedLabels(where, labels, batch, classes)
      const gradLogits = allocate(where, 'gradLogits', logits, [batch, classes])
      const { loss, correct } = raw.softmaxCrossEntropy(logits, known, gradLogits, batch, classes)
      return { loss, gradLogits, correct }
    },

    meanSquaredError(predictions, targets, options) {
      const where = 'meanSquaredError'
      const { batch, outputs } = checkCall(where, options, errorOptions)
      const shape = [batch, outputs]
      checkArrays(where, { outputs: [predictions, shape], targets: [targets, shape] })
      const gradOutputs = allocate(where, 'gradOutputs', predictions, shape)
      return { loss: raw.meanSquaredError(predictions, targets, gradOutputs, batch, outputs), gradOutputs }
    },

    momentumStep(parameter, gradient, velocity, options) {
      const where = 'momentumStep'
      const { coefficients, nesterov } = momentumCoefficients(where, options)
      const shape = [lengthOf(parameter)]
      checkArrays(where, { parameter: [parameter, shape], gradient: [gradient, shape], velocity: [velocity, shape] })
      checkApart(where, 'parameter', parameter, { gradient, velocity })
      checkApart(where, 'velocity', velocity, { gradient })
      raw.momentumStep(parameter, gradient, velocity, coefficients, nesterov)
    },

    momentumStepSparse: (...given) => momentumStepSparse(raw, ...given),

    momentumCatchUp: (...given) => momentumCatchUp(raw, ...given),

    cpu: () => raw.cpu(),
  }
}

const activationName = oneOf(...activations)
type Rules = Readonly<Record<string, Rule>>

// The rules of every call are put together once: of a small product they would take longer than the product.
const matmulOptions = call(
  { m: wholeNumber, k: wholeNumber, n: wholeNumber },
  { transposeA: flag, transposeB: flag, out: anything },
)
const layerOptions = call(
  { batch: wholeNumber, inputs: wholeNumber, outputs: wholeNumber },
  { activation: activationName },
)
const activationOptions = call({ activation: activationName })
const activationGradientOptions = call({ activation: activationName }, { input: anything })
const entropyOptions = call({ batch: count, classes: count })
const errorOptions = call({ batch: count, outputs: count })

/** The options of a call: those that it needs, and with them those that it may leave out. */
function call(needed: Rules, others: Rules = {}) {
  return { needed: Object.entries(needed), rules: { ...needed, ...others } }
}

function checkCall<O extends object>(where: string, given: O, { needed, rules }: ReturnType<typeof call>): O {
  const options = checkOptions(where, given, rules)
  for (const [name, rule] of needed) checkValue(where, name, options[name as keyof O], rule)
  return options
}

function checkedLayer(where: string, options: LinearOptions) {
  const { activation: name = 'linear', ...sizes } = checkCall(where, options, layerOptions)
  return { ...sizes, name, activation: activations.indexOf(name) }
}
