/** The primitives in Rust, by themselves: no model, and nothing in their place where no binary loads. */
export {
  activate,
  activateBackward,
  cpu,
  linear,
  linearBackward,
  matmul,
  meanSquaredError,
  momentumCatchUp,
  momentumStep,
  momentumStepSparse,
  peakGflops,
  softmaxCrossEntropy,
  version,
} from '../native.js'
