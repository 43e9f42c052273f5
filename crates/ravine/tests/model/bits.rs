use crate::{ACTIVATIONS, EXAMPLES, STEPS, WIDTHS, job, lessons, model, pictures, spec, state, train, views};
use ravine::{Dataset, Element, Job, Loss, Momentum, Outcome};

/// Bits of parameters and velocities, of the losses, and right answers.
type Trained = (Vec<Vec<u64>>, Vec<u64>, Vec<u64>);

fn trained<T: Element>(dataset: &Dataset<T>, loss: Loss, threads: usize, fused: bool) -> Trained {
    let mut model = model(spec(&WIDTHS, &ACTIVATIONS));
    let summary = train(&mut model, dataset, &Job { fused, ..job(loss, threads) });
    assert_eq!((summary.outcome, summary.steps), (Outcome::Done, STEPS));
    (state(&mut model), summary.losses.iter().map(|loss| loss.to_bits()).collect(), summary.correct)
}

fn check_threads<T: Element>() {
    for (i, (dataset, loss)) in lessons::<T>(EXAMPLES, 37, 7).iter().enumerate() {
        let one = trained(dataset, *loss, 1, true);
        for (threads, fused) in
            [2, 3, 7, 0].map(|threads| (threads, true)).into_iter().chain([1, 3].map(|n| (n, false)))
        {
            assert!(trained(dataset, *loss, threads, fused) == one, "lesson {i} by {threads}, fused: {fused}");
        }
    }
}

#[test]
fn any_number_of_threads_fused_or_not_gives_the_same_bits_in_f32() {
    check_threads::<f32>();
}

#[test]
fn any_number_of_threads_fused_or_not_gives_the_same_bits_in_f64() {
    check_threads::<f64>();
}

/// Several panels of inputs for a tile of gradients, and several pieces for one of updates.
fn check_halves<T: Element>() {
    let rule = Momentum::new([0.9, 0.7, 0.1, 0.01, 1e-3], true);
    for (i, (dataset, loss)) in lessons::<T>(21, 300, 7).iter().enumerate() {
        let [mut stepped, mut applied] = [(); 2].map(|()| model(spec(&[300, 70, 33, 7], &ACTIVATIONS)));
        for threads in [1, 2, 3] {
            let step = stepped.step(dataset, *loss, rule, threads).unwrap();
            let before = state(&mut applied);
            let (found, gradients) = applied.gradients(dataset, *loss, threads).unwrap();
            assert_eq!((found.loss.to_bits(), found.correct), (step.loss.to_bits(), step.correct));
            assert!(state(&mut applied) == before);
            applied.apply(&views(&gradients), rule).unwrap();
            assert!(state(&mut applied) == state(&mut stepped), "lesson {i} by {threads}");
        }
        train(&mut stepped, dataset, &job(*loss, 1));
        train(&mut applied, dataset, &Job { fused: false, ..job(*loss, 3) });
        assert!(state(&mut applied) == state(&mut stepped), "lesson {i}, trained");
    }
}

#[test]
fn both_halves_of_a_step_are_a_step() {
    check_halves::<f32>();
    check_halves::<f64>();
}

/// What it comes to with two threads and then three.
fn trained_twice(dataset: &Dataset<f32>) -> Vec<Vec<u64>> {
    let mut model = model(spec(&WIDTHS, &ACTIVATIONS));
    for threads in [2, 3] {
        train(&mut model, dataset, &Job { epochs: 20, ..job(Loss::CrossEntropy, threads) });
    }
    state(&mut model)
}

#[test]
fn two_models_at_once_are_as_each_alone() {
    let datasets = [EXAMPLES, 91].map(|examples| pictures(examples, 37, 7));
    let alone = datasets.each_ref().map(trained_twice);
    let together = std::thread::scope(|scope| {
        let runs = datasets.each_ref().map(|dataset| scope.spawn(|| trained_twice(dataset)));
        runs.map(|run| run.join().unwrap())
    });
    assert!(together == alone);
}
