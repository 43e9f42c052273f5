//! Where the time of a run goes, operation by operation.

use crate::op::Op;
use ravine_kernels::Element;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

/// A line of a profile: an operation of the step, or what workers wait at the end of a phase.
#[derive(Clone, Debug)]
pub struct Timing {
    /// From 0, in the order in which they run.
    pub phase: usize,
    /// Its name, which ends in the number of its layer; 'wait' for the waiting.
    pub operation: String,
    /// Summed over workers and steps.
    pub seconds: f64,
    /// Two for each multiply–add of a step whose features have no zeros.
    pub flops: f64,
    /// Of the regions that it reads and writes, each once a step.
    pub bytes: f64,
}

/// What an operation weighs in a step with a full batch.
struct Weight {
    operation: String,
    phase: usize,
    work: usize,
    bytes: usize,
}

/// Nanoseconds of each operation and of the waiting in each phase, summed over workers.
pub(crate) struct Clock {
    weights: Vec<Weight>,
    operations: Box<[AtomicU64]>,
    waits: Box<[AtomicU64]>,
}

impl Clock {
    /// For the operations of each phase in turn.
    pub(crate) fn new<'a, T: Element>(phases: impl Iterator<Item = Vec<&'a dyn Op<T>>>) -> Self {
        let (mut weights, mut count) = (Vec::new(), 0);
        for (phase, ops) in phases.enumerate() {
            count = phase + 1;
            weights.extend(ops.into_iter().map(|op| Weight {
                operation: op.name(),
                phase,
                work: op.work(),
                bytes: op.touched() * size_of::<T>(),
            }));
        }
        let zeros = |len| (0..len).map(|_| AtomicU64::new(0)).collect();
        Self { operations: zeros(weights.len()), waits: zeros(count), weights }
    }

    /// What it has counted, of so many steps with full batches.
    pub(crate) fn timings(&self, steps: f64) -> Vec<Timing> {
        let seconds = |nanoseconds: &AtomicU64| nanoseconds.load(Ordering::Relaxed) as f64 / 1e9;
        let mut timings: Vec<Timing> = self
            .weights
            .iter()
            .zip(&self.operations)
            .map(|(weight, spent)| Timing {
                phase: weight.phase,
                operation: weight.operation.clone(),
                seconds: seconds(spent),
                flops: 2.0 * weight.work as f64 * steps,
                bytes: weight.bytes as f64 * steps,
            })
            .collect();
        timings.extend(self.waits.iter().enumerate().map(|(phase, spent)| Timing {
            phase,
            operation: "wait".into(),
            seconds: seconds(spent),
            flops: 0.0,
            bytes: 0.0,
        }));
        timings.sort_by_key(|timing| timing.phase);
        timings
    }
}

/// One worker's watch through a phase.
pub(crate) struct Watch<'a> {
    clock: &'a Clock,
    since: Instant,
}

impl<'a> Watch<'a> {
    pub(crate) fn start(clock: &'a Clock) -> Self {
        Self { clock, since: Instant::now() }
    }

    /// What has passed belongs to an operation.
    pub(crate) fn worked(&mut self, operation: usize) {
        self.lap(&self.clock.operations[operation]);
    }

    /// What has passed belongs to the end of a phase.
    pub(crate) fn waited(&mut self, phase: usize) {
        self.lap(&self.clock.waits[phase]);
    }

    fn lap(&mut self, spent: &AtomicU64) {
        let now = Instant::now();
        let nanoseconds = (now - std::mem::replace(&mut self.since, now)).as_nanos() as u64;
        spent.fetch_add(nanoseconds, Ordering::Relaxed);
    }
}
