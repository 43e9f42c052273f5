use crate::{ACTIVATIONS, EXAMPLES, WIDTHS, job, model, numbers, rule, spec, state, train, views};
use ravine::{Begun, Dataset, Features, Job, Loss, Model, Outcome, StepEvent, Targets};
use std::sync::atomic::{AtomicBool, Ordering};

const INPUTS: usize = WIDTHS[0];
const BATCH: usize = 13;

fn in_order(threads: usize) -> Job {
    Job { epochs: 1, shuffle: false, log_every: 1, ..job(Loss::CROSS_ENTROPY, threads) }
}

fn labelled(features: &[f32]) -> Dataset<f32> {
    let examples = features.len() / INPUTS;
    let labels = Targets::Labels((0..examples as u32).map(|i| i % 7).collect());
    Dataset::new(Features::Floats(features.to_vec()), labels, None, examples, INPUTS).unwrap()
}

/// The state after the first steps alone.
fn after(steps: usize, features: &[f32]) -> Vec<Vec<u64>> {
    let mut model = model(spec(&WIDTHS, &ACTIVATIONS));
    let summary = train(&mut model, &labelled(&features[..steps * BATCH * INPUTS]), &in_order(1));
    assert_eq!((summary.outcome, summary.steps), (Outcome::Done, steps));
    state(&mut model)
}

#[test]
fn a_stop_leaves_the_model_at_a_finished_step() {
    let features = numbers(EXAMPLES * INPUTS, 11);
    for threads in [1, 3] {
        let (mut model, stop) = (model(spec(&WIDTHS, &ACTIVATIONS)), AtomicBool::new(false));
        let stops = |event: StepEvent| {
            stop.store(event.step == 5, Ordering::Relaxed);
            true
        };
        let summary = model.train(&labelled(&features), &in_order(threads), &stop, stops).unwrap();
        assert_eq!((summary.outcome, summary.steps, summary.losses.len()), (Outcome::Aborted, 5, 0));
        assert!(state(&mut model) == after(5, &features));

        // What the steps of the stopped epoch counted is not counted again.
        let mut fresh = Model::new(spec(&WIDTHS, &ACTIVATIONS)).unwrap();
        fresh.set_parameters(&views(&model.parameters())).unwrap();
        fresh.set_states(&model.states().iter().map(|state| views(state)).collect::<Vec<_>>()).unwrap();
        let [goes_on, begins] =
            [&mut model, &mut fresh].map(|model| train(model, &labelled(&features), &in_order(threads)));
        assert_eq!((goes_on.correct, goes_on.losses), (begins.correct, begins.losses));
    }
}

#[test]
fn a_run_that_goes_on_in_the_midst_of_an_epoch_is_as_if_it_had_not_stopped() {
    let dataset = labelled(&numbers(EXAMPLES * INPUTS, 11));
    let whole = |threads| Job { shuffle: true, epochs: 3, ..in_order(threads) };
    let mut unbroken = model(spec(&WIDTHS, &ACTIVATIONS));
    let expected = train(&mut unbroken, &dataset, &whole(1));
    for (threads, last) in [(1, 1), (3, 7), (1, 8), (3, 15), (1, 23)] {
        let (mut model, stop) = (model(spec(&WIDTHS, &ACTIVATIONS)), AtomicBool::new(false));
        let stops = |event: StepEvent| {
            stop.store(event.step == last, Ordering::Relaxed);
            true
        };
        let first = model.train(&dataset, &whole(threads), &stop, stops).unwrap();
        assert_eq!((first.outcome, first.steps), (Outcome::Aborted, last));
        let (done, begun) = (first.losses.len(), first.begun.unwrap_or_default());
        let rest = Job { epochs: 3 - done, first_epoch: done as u32, begun, ..whole(threads) };
        let then = train(&mut model, &dataset, &rest);
        assert_eq!((last + then.steps, then.begun), (expected.steps, None));
        assert_eq!([first.losses, then.losses].concat(), expected.losses);
        assert_eq!([first.correct, then.correct].concat(), expected.correct);
        assert!(state(&mut model) == state(&mut unbroken));
    }
    let done = Begun { steps: expected.steps / 3, ..Begun::default() };
    let refused = unbroken.train(&dataset, &Job { begun: done, ..whole(1) }, &AtomicBool::new(false), |_| true);
    assert_eq!(refused.unwrap_err().code(), "ERR_RAVINE_HYPERPARAMETER");
}

#[test]
fn a_loss_that_is_not_finite_changes_nothing() {
    let mut features = numbers(EXAMPLES * INPUTS, 11);
    features[3 * BATCH * INPUTS] = f32::NAN;
    let (dataset, optimizer) = (labelled(&features), rule("momentum", &[0.9, 1.0, 0.1, 0.0, 0.0]));
    for (threads, fused) in [(1, true), (3, true), (1, false), (3, false)] {
        let mut model = model(spec(&WIDTHS, &ACTIVATIONS));
        let summary = train(&mut model, &dataset, &Job { fused, ..in_order(threads) });
        assert_eq!((summary.outcome, summary.steps, summary.losses.len()), (Outcome::Diverged, 3, 0));
        assert!(state(&mut model) == after(3, &features));

        let found = model.step(&dataset, Loss::CROSS_ENTROPY, &optimizer, threads).unwrap();
        assert!(found.loss.is_nan());
        let (found, gradients) = model.gradients(&dataset, Loss::CROSS_ENTROPY, threads).unwrap();
        assert!(found.loss.is_nan() && gradients.is_empty());
        assert!(state(&mut model) == after(3, &features));
    }
}

#[test]
fn an_event_is_the_mean_since_the_last_that_was_taken() {
    let (features, mut model) = (numbers(EXAMPLES * INPUTS, 11), model(spec(&WIDTHS, &ACTIVATIONS)));
    let mut losses = vec![];
    let event = |event: StepEvent| {
        losses.push((event.step, event.loss));
        event.step.is_multiple_of(4)
    };
    let job = Job { log_every: 2, ..in_order(1) };
    let summary = model.train(&labelled(&features), &job, &AtomicBool::new(false), event).unwrap();
    let [(2, _), (4, first), (6, _), (8, second)] = losses[..] else { panic!("{losses:?}") };
    let mean = (first * 52.0 + second * 48.0) / 100.0;
    assert!((mean - summary.losses[0]).abs() < 1e-12, "{losses:?} {:?}", summary.losses);
}
