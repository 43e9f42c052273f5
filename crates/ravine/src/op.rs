use crate::arena::{Block, MOST_READS, MOST_WRITES, Region, Runs};
use crate::clip::Clip;
use crate::dataset::{Dataset, Targets};
use crate::tune::Tuner;
use ravine_kernels::{Answers, Element, Goal, Isa, Loss, Part, Rules, sum16};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// One operation of a step, cut into independent tiles. A new layer is new operations; nothing else changes.
pub(crate) trait Op<T: Element>: Send + Sync {
    /// Into how many tiles it is cut.
    fn tiles(&self) -> usize;
    /// The regions that its tiles read, at most `MOST_READS`.
    fn reads(&self) -> Vec<Region>;
    /// What a tile writes (and may read), at most `MOST_WRITES` blocks.
    fn writes(&self, tile: usize) -> Vec<Block>;
    /// Computes a tile: `reads` and `writes` come in the order in which they were declared.
    fn run(&self, tile: usize, step: &Step<'_, T>, reads: Reads<'_, T>, writes: Writes<'_, T>);
    /// What it is called in a profile; a layer's operation ends in the layer's number.
    fn name(&self) -> String;
    /// Whether it fills the tally of losses.
    fn tallies(&self) -> bool {
        false
    }
    /// Elements of the arenas that a step touches.
    fn touched(&self) -> usize {
        let written = (0..self.tiles()).flat_map(|tile| self.writes(tile)).map(Block::elements);
        self.reads().iter().map(|region| region.len).chain(written).sum()
    }
    /// Multiply–adds of a step with full batches if no feature is zero: what it weighs.
    fn work(&self) -> usize {
        0
    }
}

/// What the tiles of an operation read.
pub(crate) type Reads<'a, T> = [&'a [T]; MOST_READS];
/// What a tile writes.
pub(crate) type Writes<'a, T> = [Option<Runs<'a, T>>; MOST_WRITES];

/// The blocks of a tile, by number.
pub(crate) fn taken<'a, T, const N: usize>(writes: Writes<'a, T>) -> [Runs<'a, T>; N] {
    let mut writes = writes.into_iter();
    std::array::from_fn(|_| writes.next().flatten().expect("an operation declares what it writes"))
}

/// A parameter and its states, where an operation declared a block for each: of each the run numbered `run`.
pub(crate) fn part<'a, T: Element>(writes: &'a mut Writes<'_, T>, run: usize) -> Part<'a, T> {
    let mut runs = writes.iter_mut().flatten().map(|runs| runs.run(run));
    let value = runs.next().unwrap_or_default();
    Part::new(value, runs)
}

/// What one step works on.
pub(crate) struct Step<'a, T> {
    pub(crate) isa: Isa,
    pub(crate) dataset: &'a Dataset<T>,
    /// The examples of the batch, by number.
    pub(crate) rows: &'a [u32],
    /// Those of the next batch, as far as it is known.
    pub(crate) next: &'a [u32],
    /// Updates of the model that were done before.
    pub(crate) number: u64,
    /// Where the batch begins within its update.
    pub(crate) first_row: usize,
    /// Of all examples, where they have some.
    pub(crate) weights: Option<&'a [f64]>,
    /// The optimizer's of this step.
    pub(crate) rules: Rules<'a, T>,
    pub(crate) tuner: Option<&'a Tuner>,
    pub(crate) clip: Clip,
    pub(crate) tally: &'a Tally,
}

impl<T> Step<'_, T> {
    /// What its outputs are judged by; none without answers, which is checked before a run begins.
    pub(crate) fn goal(&self, loss: Loss) -> Option<Goal<'_, T>> {
        let answers = match &self.dataset.targets {
            Targets::None => return None,
            Targets::Labels(labels) => Answers::Labels(labels),
            Targets::Values(values) => Answers::Values(values),
        };
        Some(Goal { loss, answers, weights: self.weights })
    }
}

/// The loss of each row of the batch in f64, and whether it was answered rightly; written by tiles, read after the barrier.
pub(crate) struct Tally {
    losses: Box<[AtomicU64]>,
    right: Box<[AtomicBool]>,
}

impl Tally {
    pub(crate) fn new(capacity: usize) -> Self {
        let losses = (0..capacity).map(|_| AtomicU64::new(0)).collect();
        Self { losses, right: (0..capacity).map(|_| AtomicBool::new(false)).collect() }
    }

    pub(crate) fn record(&self, row: usize, loss: f64, right: bool) {
        self.losses[row].store(loss.to_bits(), Ordering::Relaxed);
        self.right[row].store(right, Ordering::Relaxed);
    }

    /// Σ of the losses of the first `rows` rows.
    pub(crate) fn loss(&self, rows: usize) -> f64 {
        sum16(self.losses[..rows].iter().map(|loss| f64::from_bits(loss.load(Ordering::Relaxed))))
    }

    /// How many of the first `rows` rows were answered rightly.
    pub(crate) fn correct(&self, rows: usize) -> u64 {
        self.right[..rows].iter().map(|right| u64::from(right.load(Ordering::Relaxed))).sum()
    }
}
