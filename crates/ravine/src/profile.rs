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
    tiles: usize,
    work: usize,
    bytes: usize,
}

/// Nanoseconds of each operation and of the waiting in each phase, summed over workers; and how many tiles were run.
pub(crate) struct Clock {
    weights: Vec<Weight>,
    operations: Box<[AtomicU64]>,
    tiles: Box<[AtomicU64]>,
    waits: Box<[AtomicU64]>,
}

impl Clock {
    /// For the operations of each way, phase by phase.
    pub(crate) fn new<'a, T: Element>(ways: impl Iterator<Item = Vec<Vec<&'a dyn Op<T>>>>) -> Self {
        let (mut weights, mut phases) = (Vec::new(), 0);
        for (phase, op) in ways.flat_map(|way| {
            phases = phases.max(way.len());
            way.into_iter().enumerate().flat_map(|(phase, ops)| ops.into_iter().map(move |op| (phase, op)))
        }) {
            let (tiles, work, bytes) = (op.tiles(), op.work(), op.touched() * size_of::<T>());
            weights.push(Weight { operation: op.name(), phase, tiles, work, bytes });
        }
        let zeros = |len| (0..len).map(|_| AtomicU64::new(0)).collect();
        Self { operations: zeros(weights.len()), tiles: zeros(weights.len()), waits: zeros(phases), weights }
    }

    /// What it has counted; batches were full by this part on the average.
    pub(crate) fn timings(&self, fullness: f64) -> Vec<Timing> {
        let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed) as f64;
        let seconds = |nanoseconds: &AtomicU64| count(nanoseconds) / 1e9;
        let each = self.weights.iter().zip(&self.operations).zip(&self.tiles);
        let timing = |((weight, spent), tiles): ((&Weight, &AtomicU64), &AtomicU64)| {
            let steps = fullness * count(tiles) / weight.tiles as f64;
            let (flops, bytes) = (2.0 * weight.work as f64 * steps, weight.bytes as f64 * steps);
            Timing { phase: weight.phase, operation: weight.operation.clone(), seconds: seconds(spent), flops, bytes }
        };
        let mut timings: Vec<Timing> = each.map(timing).collect();
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
        self.clock.tiles[operation].fetch_add(1, Ordering::Relaxed);
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arena::{Block, Region, Space};
    use crate::op::{Reads, Step, Writes};
    use std::time::Duration;

    /// Four tiles of two elements, and eight elements that all of them read.
    struct Fake(&'static str);

    impl Op<f32> for Fake {
        fn tiles(&self) -> usize {
            4
        }
        fn reads(&self) -> Vec<Region> {
            vec![Region { space: Space::State, start: 0, len: 8 }]
        }
        fn writes(&self, tile: usize) -> Vec<Block> {
            vec![Region { space: Space::Work, start: 0, len: 8 }.block(tile * 2, 2)]
        }
        fn name(&self) -> String {
            self.0.into()
        }
        fn work(&self) -> usize {
            100
        }
        fn run(&self, _: usize, _: &Step<'_, f32>, _: Reads<'_, f32>, _: Writes<'_, f32>) {}
    }

    fn clock() -> Clock {
        let [a, b, c] = ["a", "b", "c"].map(Fake);
        let phases: [Vec<&dyn Op<f32>>; 3] = [vec![&a], vec![&b, &c], vec![]];
        Clock::new(std::iter::once(phases.into_iter().collect()))
    }

    #[test]
    fn timings_stand_phase_by_phase_with_the_waiting_last() {
        let clock = clock();
        let mut watch = Watch::start(&clock);
        (0..3 * 4 * 2).for_each(|tile| watch.worked(tile % 3));
        let timings = clock.timings(0.75);
        let names: Vec<_> = timings.iter().map(|timing| (timing.phase, &*timing.operation)).collect();
        assert_eq!(names, [(0, "a"), (0, "wait"), (1, "b"), (1, "c"), (1, "wait"), (2, "wait")]);
        // Two steps of four tiles each, three quarters full.
        for Timing { operation, flops, bytes, .. } in timings {
            let weight = if operation == "wait" { [0.0, 0.0] } else { [1.5 * 2.0 * 100.0, 1.5 * 16.0 * 4.0] };
            assert_eq!([flops, bytes], weight, "{operation}");
        }
    }

    #[test]
    fn what_passes_belongs_to_what_was_done_since_the_last_look() {
        const PAUSE: Duration = Duration::from_millis(2);
        let (clock, began) = (clock(), Instant::now());
        for _ in 0..2 {
            let mut watch = Watch::start(&clock);
            watch.worked(0);
            std::thread::sleep(PAUSE);
            watch.worked(1);
            std::thread::sleep(PAUSE);
            watch.waited(1);
        }
        let seconds: Vec<_> = clock.timings(1.0).iter().map(|timing| timing.seconds).collect();
        let [_, a_wait, b, c, b_wait, last] = seconds[..] else { panic!("six rows") };
        let least = 2.0 * PAUSE.as_secs_f64();
        assert!(b >= least && b_wait >= least, "{seconds:?}");
        assert_eq!([a_wait, c, last], [0.0; 3]);
        assert!(seconds.iter().sum::<f64>() <= began.elapsed().as_secs_f64());
    }
}
