mod arrays;
mod locked;
mod summary;

use crate::data::{FoldOptions, NativeDataset, Numbers, Typed, writer};
use crate::environment::promised;
use crate::error::coded;
use crate::options::{Dtype, ObjectiveOptions, SpecOptions, TrainOptions, UpdateOptions, job};
use crate::views::{FloatArray, Floats, Written, accepted, vector_mut};
use arrays::{arrays, predicted, views};
use locked::{Locked, free, held, idle, together};
use napi::bindgen_prelude::{Float64Array, FnArgs, Function, ObjectFinalize, PromiseRaw, ToNapiValue};
use napi::threadsafe_function::{ThreadsafeFunction, ThreadsafeFunctionCallMode};
use napi::{Env, Result, Status};
use napi_derive::napi;
use ravine::{Model, StepEvent};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use summary::{EvaluationSummary, GradientSummary, TrainSummary};

/// Progress events that may wait for JavaScript; what does not fit is part of the next.
const WAITING_EVENTS: usize = 64;

/// Examples in a row.
#[napi(object)]
pub struct SomeExamples {
    /// The number of the first.
    pub first: u32,
    /// That of the one after the last.
    pub end: u32,
}

/// The engine of one model: parameters, the optimizer's states of them and the plans by which it trains. `src/model.ts` speaks to it.
#[napi(custom_finalize)]
pub struct NativeEngine {
    model: Option<Arc<Locked>>,
    stop: Arc<AtomicBool>,
    bytes: i64,
}

#[napi]
impl NativeEngine {
    /// Compiles a spec; parameters are zero, and one state of each.
    #[napi(constructor, catch_unwind)]
    pub fn new(env: Env, spec: SpecOptions) -> Result<Self> {
        let network = spec.network()?;
        let (model, bytes) = match Dtype::named(&spec.dtype)? {
            Dtype::F32 => {
                let model = accepted(Model::new(network))?;
                let bytes = model.bytes();
                (Locked::F32(Mutex::new(model)), bytes)
            }
            Dtype::F64 => {
                let model = accepted(Model::new(network))?;
                let bytes = model.bytes();
                (Locked::F64(Mutex::new(model)), bytes)
            }
        };
        env.adjust_external_memory(bytes as i64)?;
        Ok(Self { model: Some(Arc::new(model)), stop: Arc::default(), bytes: bytes as i64 })
    }

    /// Trains on a thread of its own; `onEvent(epoch, step, loss)` is called without holding it up.
    #[napi(
        catch_unwind,
        ts_args_type = "dataset: NativeDataset, options: TrainOptions, onEvent: (epoch: number, step: number, loss: number) => void",
        ts_return_type = "Promise<TrainSummary>"
    )]
    pub fn train<'env>(
        &mut self,
        env: &'env Env,
        dataset: &NativeDataset,
        options: TrainOptions,
        on_event: Function<FnArgs<(u32, f64, f64)>, ()>,
    ) -> Result<PromiseRaw<'env, TrainSummary>> {
        let job = job(&options)?;
        let event = on_event.build_threadsafe_function().weak::<true>().max_queue_size::<WAITING_EVENTS>().build()?;
        let event = move |happened| told(&event, happened);
        self.stop = Arc::default();
        let stop = self.stop.clone();
        self.run(env, dataset, move |model, dataset| {
            let summary = together!(model, dataset, |m, d| accepted(m.train(d, &job, &stop, event)))?;
            Ok(move |_: Env| Ok(summary.into()))
        })
    }

    /// Mean loss and right answers over a dataset.
    #[napi(catch_unwind, ts_return_type = "Promise<EvaluationSummary>")]
    pub fn evaluate<'env>(
        &mut self,
        env: &'env Env,
        dataset: &NativeDataset,
        objective: ObjectiveOptions,
        threads: u32,
    ) -> Result<PromiseRaw<'env, EvaluationSummary>> {
        let objective = objective.objective()?;
        self.run(env, dataset, move |model, dataset| {
            let found = together!(model, dataset, |m, d| accepted(m.evaluate(d, objective, threads as usize)))?;
            Ok(move |_: Env| Ok(EvaluationSummary { loss: found.loss, correct: found.correct as f64 }))
        })
    }

    /// The network's outputs [examples, outputs], of all examples or of some.
    #[napi(catch_unwind, ts_return_type = "Promise<Float32Array | Float64Array>")]
    pub fn predict<'env>(
        &mut self,
        env: &'env Env,
        dataset: &NativeDataset,
        threads: u32,
        some: Option<SomeExamples>,
    ) -> Result<PromiseRaw<'env, FloatArray>> {
        let some = some.map(|some| some.first as usize..some.end as usize);
        self.run(env, dataset, move |model, dataset| {
            let outputs = together!(model, dataset, |m, d| predicted(m, d, some, threads))?;
            Ok(move |_: Env| Ok(outputs.array()))
        })
    }

    /// Likewise at once, of features that are not kept: writes them to `out`, for as many examples as it has room for.
    #[napi(
        catch_unwind,
        ts_args_type = "features: Uint8Array | Float32Array | Float64Array, fold: FoldOptions | undefined, out: Float32Array | Float64Array, threads: number"
    )]
    pub fn predict_sync(
        &mut self,
        features: Numbers,
        fold: Option<FoldOptions>,
        mut out: Written,
        threads: u32,
    ) -> Result<()> {
        idle!(&**self.model()?, |m| {
            let mut out = vector_mut("model", &mut out, &[])?;
            let (examples, inputs) = (out.len() / m.outputs(), m.inputs());
            let write = writer(&features, examples * inputs)?;
            let fold = fold.as_ref().map(FoldOptions::fold);
            accepted(m.predict_into(write, fold, out.as_slice_mut().unwrap_or_default(), threads as usize))
        })
    }

    /// One update on the whole of a dataset, at once. A loss that is not finite leaves everything as it was.
    #[napi(catch_unwind)]
    pub fn step(
        &mut self,
        dataset: &NativeDataset,
        objective: ObjectiveOptions,
        update: UpdateOptions,
        threads: u32,
    ) -> Result<EvaluationSummary> {
        let (objective, threads) = (objective.objective()?, threads as usize);
        let optimizer = update.optimizer()?;
        let model = self.model()?;
        idle!(&**model, |_m| ());
        let found = together!(&**model, &dataset.typed, |m, d| accepted(m.step(d, objective, &optimizer, threads)))?;
        Ok(EvaluationSummary { loss: found.loss, correct: found.correct as f64 })
    }

    /// The gradients of the mean loss over the whole of a dataset, at once; nothing changes.
    #[napi(catch_unwind)]
    pub fn gradients(
        &mut self,
        dataset: &NativeDataset,
        objective: ObjectiveOptions,
        threads: u32,
    ) -> Result<GradientSummary> {
        let (objective, threads) = (objective.objective()?, threads as usize);
        let model = self.model()?;
        idle!(&**model, |_m| ());
        together!(&**model, &dataset.typed, |m, d| {
            let (found, gradients) = accepted(m.gradients(d, objective, threads))?;
            Ok(GradientSummary { loss: found.loss, correct: found.correct as f64, gradients: arrays(gradients) })
        })
    }

    /// One update by gradients in the order of `parameters`, at once.
    #[napi(catch_unwind, ts_args_type = "gradients: Array<Float32Array | Float64Array>, update: UpdateOptions")]
    pub fn apply(&mut self, gradients: Vec<Floats>, update: UpdateOptions) -> Result<()> {
        let optimizer = update.optimizer()?;
        idle!(&**self.model()?, |m| accepted(m.apply(&views(&gradients, m.shapes())?, &optimizer)))
    }

    /// Copies of the parameters, layer by layer: weight [outputs, inputs], bias [outputs].
    #[napi(catch_unwind, ts_return_type = "Array<Float32Array | Float64Array>")]
    pub fn parameters(&self) -> Result<Vec<FloatArray>> {
        idle!(&**self.model()?, |m| Ok(arrays(m.parameters())))
    }

    /// Copies of the optimizer's states: for each in turn what `parameters` gives of parameters.
    #[napi(catch_unwind, ts_return_type = "Array<Array<Float32Array | Float64Array>>")]
    pub fn states(&self) -> Result<Vec<Vec<FloatArray>>> {
        idle!(&**self.model()?, |m| Ok(m.states().into_iter().map(arrays).collect()))
    }

    /// Takes parameters in the order of `parameters`.
    #[napi(catch_unwind, ts_args_type = "values: Array<Float32Array | Float64Array>")]
    pub fn set_parameters(&mut self, values: Vec<Floats>) -> Result<()> {
        idle!(&**self.model()?, |m| accepted(m.set_parameters(&views(&values, m.shapes())?)))
    }

    /// Takes states in the order of `states`, as many as there are in `values`.
    #[napi(catch_unwind, ts_args_type = "values: Array<Array<Float32Array | Float64Array>>")]
    pub fn set_states(&mut self, env: Env, values: Vec<Vec<Floats>>) -> Result<()> {
        let bytes = idle!(&**self.model()?, |m| {
            let views = values.iter().map(|state| views(state, m.shapes())).collect::<Result<Vec<_>>>()?;
            accepted(m.set_states(&views))?;
            m.bytes()
        });
        self.weigh(env, bytes)
    }

    /// What the tuner of an optimizer remembers.
    #[napi(catch_unwind)]
    pub fn memory(&self) -> Result<Float64Array> {
        idle!(&**self.model()?, |m| Ok(m.memory().into()))
    }

    /// Takes what `memory` gave.
    #[napi(catch_unwind)]
    pub fn set_memory(&mut self, memory: &[f64]) -> Result<()> {
        idle!(&**self.model()?, |m| accepted(m.set_memory(memory)))
    }

    /// Makes room for so many states of each parameter, all zero.
    #[napi(catch_unwind)]
    pub fn keep(&mut self, env: Env, states: u32) -> Result<()> {
        let bytes = idle!(&**self.model()?, |m| {
            accepted(m.keep(states as usize))?;
            m.bytes()
        });
        self.weigh(env, bytes)
    }

    /// Updates since the model was made: what is drawn in a step depends on their number.
    #[napi(catch_unwind)]
    pub fn updates(&self) -> Result<f64> {
        idle!(&**self.model()?, |m| Ok(m.updates() as f64))
    }

    /// Goes on as after so many updates.
    #[napi(catch_unwind)]
    pub fn set_updates(&mut self, updates: f64) -> Result<()> {
        idle!(&**self.model()?, |m| {
            m.set_updates(updates as u64);
            Ok(())
        })
    }

    /// Asks the run in hand to stop after its step.
    #[napi]
    pub fn abort(&self) {
        self.stop.store(true, Ordering::Relaxed);
    }

    /// Stops the run in hand and lets the memory go when it has stopped.
    #[napi]
    pub fn dispose(&mut self, env: Env) -> Result<()> {
        self.abort();
        match self.model.take() {
            Some(_) => env.adjust_external_memory(-std::mem::take(&mut self.bytes)).map(drop),
            None => Ok(()),
        }
    }

    /// Tells the garbage collector what the model holds now.
    fn weigh(&mut self, env: Env, bytes: usize) -> Result<()> {
        let grown = bytes as i64 - std::mem::replace(&mut self.bytes, bytes as i64);
        env.adjust_external_memory(grown).map(drop)
    }

    fn model(&self) -> Result<&Arc<Locked>> {
        let disposed = || coded("ERR_RAVINE_DISPOSED", &"model: expected a model in use but it was disposed of");
        self.model.as_ref().ok_or_else(disposed)
    }

    /// Runs `work` on a driver thread and settles a promise with what it makes.
    fn run<'env, Data, Settled>(
        &self,
        env: &'env Env,
        dataset: &NativeDataset,
        work: impl FnOnce(&Locked, &Typed) -> Result<Settled> + Send + 'static,
    ) -> Result<PromiseRaw<'env, Data>>
    where
        Data: ToNapiValue + 'static,
        Settled: FnOnce(Env) -> Result<Data> + Send + 'static,
    {
        let (model, data) = (self.model()?.clone(), dataset.typed.share());
        promised(env, self.stop.clone(), move || work(&model, &data))
    }
}

impl ObjectFinalize for NativeEngine {
    fn finalize(mut self, env: Env) -> Result<()> {
        self.dispose(env)
    }
}

type Events =
    ThreadsafeFunction<FnArgs<(u32, f64, f64)>, (), FnArgs<(u32, f64, f64)>, Status, false, true, WAITING_EVENTS>;

/// Whether JavaScript took the event.
fn told(events: &Events, StepEvent { epoch, step, loss }: StepEvent) -> bool {
    let mode = ThreadsafeFunctionCallMode::NonBlocking;
    events.call((epoch as u32, step as f64, loss).into(), mode) == Status::Ok
}
