use crate::{ACTIVATIONS, EXAMPLES, STEPS, WIDTHS, job, measurements, model, pictures, spec, state, train};
use ravine::{Dataset, Element, Job, Loss, Outcome};

/// Bits of parameters and velocities, of the losses, and right answers.
type Trained = (Vec<Vec<u64>>, Vec<u64>, Vec<u64>);

fn trained<T: Element>(dataset: &Dataset<T>, loss: Loss, threads: usize) -> Trained {
    let mut model = model(spec(&WIDTHS, &ACTIVATIONS));
    let summary = train(&mut model, dataset, &job(loss, threads));
    assert_eq!((summary.outcome, summary.steps), (Outcome::Done, STEPS));
    (state(&mut model), summary.losses.iter().map(|loss| loss.to_bits()).collect(), summary.correct)
}

fn check_threads<T: Element>() {
    let (pictures, measurements) = (pictures::<T>(EXAMPLES, 37, 7), measurements::<T>(EXAMPLES, 37, 7));
    for (dataset, loss) in [(&pictures, Loss::CrossEntropy), (&measurements, Loss::MeanSquaredError)] {
        let one = trained(dataset, loss, 1);
        for threads in [2, 3, 7, 0] {
            assert!(trained(dataset, loss, threads) == one, "{loss:?} by {threads}");
        }
    }
}

#[test]
fn any_number_of_threads_gives_the_same_bits_in_f32() {
    check_threads::<f32>();
}

#[test]
fn any_number_of_threads_gives_the_same_bits_in_f64() {
    check_threads::<f64>();
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
