/** Five points for a line from w = b = 0 by full batches, an average of the gradients as velocity: nothing but what surrounds a step. */
export const points = { x: [1, 2, 3, 4, 5], y: [2, 3, 5, 7, 11] }
export const rule = { learningRate: 0.01, momentum: 0.9, form: 'ema' }

/** The loops that one would write by hand. */
export function descend(x, y, steps) {
  let [w, b, wVelocity, bVelocity] = [0, 0, 0, 0]
  for (let step = 0; step < steps; step++) {
    let [wGradient, bGradient] = [0, 0]
    for (let i = 0; i < x.length; i++) {
      const gradOutput = (2 * (w * x[i] + b - y[i])) / x.length
      wGradient += gradOutput * x[i]
      bGradient += gradOutput
    }
    wVelocity = rule.momentum * wVelocity + (1 - rule.momentum) * wGradient
    bVelocity = rule.momentum * bVelocity + (1 - rule.momentum) * bGradient
    w -= rule.learningRate * wVelocity
    b -= rule.learningRate * bVelocity
  }
  return [w, b]
}
