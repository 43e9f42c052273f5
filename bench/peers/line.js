/** Five points, a line, full batches, an average of gradients as velocity. */
export function descend(x, y, steps) {
  let [w, b, wVelocity, bVelocity] = [0, 0, 0, 0]
  for (let step = 0; step < steps; step++) {
    let [wGradient, bGradient] = [0, 0]
    for (let i = 0; i < x.length; i++) {
      const gradOutput = (2 * (w * x[i] + b - y[i])) / x.length
      wGradient += gradOutput * x[i]
      bGradient += gradOutput
    }
    wVelocity = 0.9 * wVelocity + 0.1 * wGradient
    bVelocity = 0.9 * bVelocity + 0.1 * bGradient
    w -= 0.01 * wVelocity
    b -= 0.01 * bVelocity
  }
  return [w, b]
}
