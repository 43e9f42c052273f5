//! A step allocates nothing, with a clock or without: twice the steps need no more allocations. Nor does an answer at once.

use ravine::{Activation, Begun, Dataset, Dense, Features, Fold, Job, Loss, Model, Optimizer, Outcome, Spec, Targets};
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

static COUNT: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    /// Of this thread alone: the other test of this process runs beside it.
    static OWN: Cell<usize> = const { Cell::new(0) };
}

struct Counting;

// SAFETY: the system's allocator does all; what is not overridden comes here too.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        COUNT.fetch_add(1, Ordering::Relaxed);
        OWN.set(OWN.get() + 1);
        // SAFETY: the caller keeps the same contract.
        unsafe { System.alloc(layout) }
    }
    unsafe fn dealloc(&self, data: *mut u8, layout: Layout) {
        // SAFETY: `alloc` had it from the system.
        unsafe { System.dealloc(data, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

const BATCH: usize = 8;

fn model() -> Model<f32> {
    let dense = |inputs, outputs, activation| Dense { inputs, outputs, activation, bias: true };
    Model::new(Spec::chain(40, vec![dense(40, 33, Activation::Relu), dense(33, 5, Activation::Linear)])).unwrap()
}

fn dataset(steps: usize) -> Dataset<f32> {
    let examples = steps * BATCH;
    let (bytes, labels) = ((0..examples * 40).map(|i| (i % 251) as u8), (0..examples as u32).map(|i| i % 5));
    let (features, targets) = (Features::Bytes(bytes.collect()), Targets::Labels(labels.collect()));
    Dataset::new(features, targets, Some(Fold { scale: 0.01, offset: -0.5 }), examples, 40).unwrap()
}

/// Allocations of an epoch; the model has its plan and its threads already.
fn allocations(
    model: &mut Model<f32>,
    dataset: &Dataset<f32>,
    (threads, profile, fused): (usize, bool, bool),
) -> usize {
    let job = Job {
        loss: Loss::CROSS_ENTROPY,
        weights: None,
        batch: BATCH,
        epochs: 1,
        first_epoch: 0,
        begun: Begun::default(),
        shuffle: true,
        seed: 1,
        threads,
        log_every: 1,
        optimizer: Optimizer::constant("momentum", &[0.9, 1.0, 0.01, 0.0, 0.0], 4),
        profile,
        fused,
    };
    let before = COUNT.load(Ordering::Relaxed);
    let summary = model.train(dataset, &job, &AtomicBool::new(false), |_| true).unwrap();
    assert_eq!((summary.outcome, summary.profile.is_empty()), (Outcome::Done, !profile));
    COUNT.load(Ordering::Relaxed) - before
}

#[test]
fn steps_allocate_nothing() {
    const STEPS: usize = 400;
    let (mut model, few, many) = (model(), dataset(STEPS), dataset(2 * STEPS));
    let cases = [((1, false, true), 0), ((1, true, true), 0), ((1, false, false), 0), ((2, false, true), STEPS / 8)];
    for (case, most) in cases {
        let mut allocations = |dataset| allocations(&mut model, dataset, case);
        allocations(&few);
        // A machine that is busy elsewhere makes more regions of the same steps, each with some allocations: the best of some tries.
        let grown = |_| {
            let few = allocations(&few);
            allocations(&many).saturating_sub(few)
        };
        let least = (0..5).map(grown).min().unwrap_or(STEPS);
        assert!(least <= most, "{least} more allocations for {STEPS} more steps by (threads, profile, fused) {case:?}");
    }
}

#[test]
fn answers_at_once_allocate_nothing() {
    let (mut model, mut out) = (model(), [0.0; 10]);
    // Mostly zeros go another way than others.
    for (examples, zeros) in [(1, 0), (2, 0), (1, 9), (2, 9)] {
        let number = |i: usize| if i % 10 < zeros { 0.0 } else { i as f32 };
        let mut answer = || {
            let features = |range: std::ops::Range<usize>, to: &mut [f32]| {
                range.zip(to).for_each(|(i, to)| *to = number(i));
            };
            model.predict_into(features, None, &mut out[..examples * 5], 1).unwrap();
        };
        answer();
        let before = OWN.get();
        (0..100).for_each(|_| answer());
        assert_eq!(OWN.get(), before, "{examples} {zeros}");
    }
}
