use crate::options::EpochBegun;
use crate::views::FloatArray;
use napi::bindgen_prelude::Float64Array;
use napi_derive::napi;
use ravine::{Outcome, Summary, Timing};

/// What a run came to; one entry for each finished epoch.
#[napi(object, object_from_js = false)]
pub struct TrainSummary {
    /// 'done', 'aborted' or 'diverged'.
    #[napi(ts_type = "'done' | 'aborted' | 'diverged'")]
    pub outcome: String,
    /// Finished steps.
    pub steps: f64,
    /// Of the epoch that was cut short, if one was.
    pub begun: Option<EpochBegun>,
    /// Mean loss of each epoch.
    pub losses: Float64Array,
    /// Right answers of each epoch.
    pub correct: Float64Array,
    /// Wall time of each epoch.
    pub seconds: Float64Array,
    /// Where the time went, if it was asked for.
    pub profile: Vec<PhaseTiming>,
}

/// A line of a profile: an operation of the step, or what workers wait at the end of a phase.
#[napi(object, object_from_js = false)]
pub struct PhaseTiming {
    /// From 0, in the order in which they run.
    pub phase: u32,
    /// Its name, which ends in the number of its layer; 'wait' for the waiting.
    pub operation: String,
    /// Summed over workers and steps.
    pub seconds: f64,
    /// Two for each multiply–add of a step whose features have no zeros.
    pub flops: f64,
    /// Of the memory that it reads and writes, each place once a step.
    pub bytes: f64,
}

impl From<Timing> for PhaseTiming {
    fn from(Timing { phase, operation, seconds, flops, bytes }: Timing) -> Self {
        Self { phase: phase as u32, operation, seconds, flops, bytes }
    }
}

/// Loss and right answers.
#[napi(object, object_from_js = false)]
pub struct EvaluationSummary {
    /// Mean over the examples.
    pub loss: f64,
    /// Examples whose largest output is their label's.
    pub correct: f64,
}

/// Gradients of the mean loss, and what they are of.
#[napi(object, object_from_js = false)]
pub struct GradientSummary {
    /// Mean over the examples.
    pub loss: f64,
    /// Examples whose largest output is their label's.
    pub correct: f64,
    /// In the order of `parameters`; none when the loss is not finite.
    #[napi(ts_type = "Array<Float32Array | Float64Array>")]
    pub gradients: Vec<FloatArray>,
}

impl From<Summary> for TrainSummary {
    fn from(trained: Summary) -> Self {
        let outcome = match trained.outcome {
            Outcome::Done => "done",
            Outcome::Aborted => "aborted",
            Outcome::Diverged => "diverged",
        };
        Self {
            outcome: outcome.into(),
            steps: trained.steps as f64,
            begun: trained.begun.map(EpochBegun::from),
            losses: trained.losses.into(),
            correct: trained.correct.into_iter().map(|count| count as f64).collect::<Vec<_>>().into(),
            seconds: trained.seconds.into(),
            profile: trained.profile.into_iter().map(PhaseTiming::from).collect(),
        }
    }
}
