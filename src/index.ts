/**
 * ravine trains neural networks in Node.js: `sequential` makes a model of layers, its `fit` trains it on a dataset, and momentum in
 * each of its forms is `sgd`'s.
 */
export {
  activate,
  activateBackward,
  cpu,
  linearBackward,
  matmul,
  meanSquaredError,
  momentumCatchUp,
  momentumStep,
  momentumStepSparse,
  softmaxCrossEntropy,
} from './anywhere.js'
export type { Labels } from './arrays.js'
export type { Batches } from './batches.js'
export type { InputFeatures, NamedFeatures, Widths } from './beside.js'
export { type CaliforniaHousingOptions, californiaHousing } from './californiaHousing.js'
export type { CheckpointOptions } from './checkpoints.js'
export { type ColumnName, type CsvOptions, csv } from './csv.js'
export { Dataset, dataset } from './dataset.js'
export type { DatasetOptions, NdDatasetOptions } from './datasetOptions.js'
export { type DigitsOptions, digits } from './digits.js'
export type { EarlyStoppingOptions } from './earlyStopping.js'
export { type ErrorCode, RavineError } from './errors.js'
export type { DenseFeatures, Features } from './features.js'
export type { Fit } from './fit.js'
export { type FromJSONOptions, fromJSON } from './fromJSON.js'
export type { NodeOptions } from './graph.js'
export type { FitHistory, HistoryEntry, StepReport } from './history.js'
export { idx } from './idx.js'
export { type JsonBatchesOptions, jsonBatches, jsonLines } from './jsonLines.js'
export type { JsonLinesOptions } from './jsonRows.js'
export {
  type ActivationLayer,
  activation,
  add,
  type BatchNorm,
  type BatchNormOptions,
  batchNorm,
  concat,
  type Dense,
  type DenseOptions,
  type Dropout,
  dense,
  dot,
  dropout,
  type Embedding,
  type EmbeddingOptions,
  embedding,
  flatten,
  type Join,
  type Layer,
  type LayerNorm,
  type LayerNormOptions,
  layerNorm,
} from './layers.js'
export { linear } from './linear.js'
export { type LoadOptions, load } from './load.js'
export type { LoggedRun, Logger, Outcome, StepEntry } from './logger.js'
export { type ConsoleLoggerOptions, consoleLogger } from './loggers/console.js'
export { jsonLinesLogger } from './loggers/jsonLines.js'
export { type TensorBoardOptions, tensorBoard } from './loggers/tensorBoard.js'
export { type WandbOptions, type WandbSdk, wandb } from './loggers/wandb.js'
export { crossEntropy, huber } from './loss.js'
export { f1, precision, recall, topK } from './metrics/classes.js'
export type { Answered, Judged, Measure, Metric, MetricName, MetricSpec } from './metrics.js'
export { type Differentiable, type MinimizeOptions, type Minimum, minimize, type ValueAndGradient } from './minimize.js'
export { type MnistOptions, mnist } from './mnist.js'
export type {
  BatchOptions,
  EvaluateOptions,
  LoadParametersOptions,
  Model,
  ONNXOptions,
  PredictOptions,
  StepOptions,
} from './model.js'
export type { CatchUpOptions, LastTouched, MomentumSparseOptions, SparseMode } from './momentumSparse.js'
export { version } from './native.js'
export type { NdArray, NumberArray } from './ndarray.js'
export type { Normalize } from './normalize.js'
export { npy } from './npy.js'
export { npz } from './npz.js'
export type { Optimizer } from './optimizer.js'
export { type Adadelta, type AdadeltaOptions, adadelta } from './optimizers/adadelta.js'
export { type Adagrad, type AdagradOptions, adagrad } from './optimizers/adagrad.js'
export { type Adam, type AdamOptions, adam } from './optimizers/adam.js'
export { adamW } from './optimizers/adamW.js'
export { type AggMo, type AggMoOptions, aggMo } from './optimizers/aggMo.js'
export { type Amsgrad, amsgrad } from './optimizers/amsgrad.js'
export type { ParameterGroup } from './optimizers/definition.js'
export { type Lion, type LionOptions, lion } from './optimizers/lion.js'
export { type Muon, type MuonOptions, muon } from './optimizers/muon.js'
export { type Nadam, type NadamOptions, nadam } from './optimizers/nadam.js'
export { type Qhm, type QhmOptions, qhm } from './optimizers/qhm.js'
export { type Radam, radam } from './optimizers/radam.js'
export { type Rmsprop, type RmspropOptions, rmsprop } from './optimizers/rmsprop.js'
export { type Form, type MomentumOptions, type Sgd, type SgdOptions, sgd } from './optimizers/sgd.js'
export { type YellowFin, type YellowFinOptions, yellowFin } from './optimizers/yellowFin.js'
export type { Gradients, Parameter, ParameterValue, ParameterValues } from './parameters.js'
export type { FitOptions } from './plan.js'
export type { PredictSyncOptions } from './predictSync.js'
export type { CategoryColumn, Missing, NumberColumn, Preparation, TargetColumn } from './preparation.js'
export type { ActivationGradientOptions, ActivationOptions, Cpu, MatmulOptions } from './primitives.js'
export type { ProfileRow } from './profile.js'
export type { Batch } from './raw.js'
export { recommended } from './recommended.js'
export { type CompareOptions, type NamedRun, type ReportOptions, report } from './report.js'
export type { Restart } from './restart.js'
export { saveHistory } from './saveHistory.js'
export { type Schedule, type Scheduled, type Sequence, sequence, type WarmupOptions, warmup } from './schedule.js'
export { constant } from './schedules/constant.js'
export { type CosineOptions, cosine } from './schedules/cosine.js'
export { type CosineRestartsOptions, cosineRestarts } from './schedules/cosineRestarts.js'
export { type DemonOptions, demon } from './schedules/demon.js'
export { type ExponentialOptions, exponential } from './schedules/exponential.js'
export { type InverseTimeOptions, inverseTime } from './schedules/inverseTime.js'
export { type OneCycleOptions, oneCycle } from './schedules/oneCycle.js'
export { type PiecewiseOptions, piecewise } from './schedules/piecewise.js'
export { type PolynomialOptions, polynomial } from './schedules/polynomial.js'
export { type ReduceOnPlateauOptions, reduceOnPlateau } from './schedules/reduceOnPlateau.js'
export { type StepDecayOptions, stepDecay } from './schedules/stepDecay.js'
export { type SutskeverOptions, sutskever } from './schedules/sutskever.js'
export type { Scores } from './scores.js'
export { type BackendName, type GraphOptions, graph, type SequentialOptions, sequential } from './sequential.js'
export type { SparseFeatures, SparseRows } from './sparse.js'
export type {
  Activation,
  CrossEntropy,
  DenseNode,
  Dtype,
  FloatArray,
  GraphSpec,
  Huber,
  Initialiser,
  Loss,
  LossName,
  LossSpec,
  Node,
} from './spec.js'
export type { SplitOptions } from './split.js'
export type { Target } from './target.js'
export { tensors } from './tensors.js'
export type { ClassWeights, WeightOptions } from './weights.js'
