use crate::{ACTIVATIONS, EXAMPLES, STEPS, WIDTHS, job, lessons, model, pictures, rule, spec, state, train, views};
use ravine::{Dataset, Element, Job, Loss, Optimizer, Outcome};

/// Bits of parameters and states, of the losses, and right answers.
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
fn check_halves<T: Element>(optimizer: &Optimizer, states: usize) {
    for (i, (dataset, loss)) in lessons::<T>(21, 300, 7).iter().enumerate() {
        let [mut stepped, mut applied] = [(); 2].map(|()| model(spec(&[300, 70, 33, 7], &ACTIVATIONS)));
        [&mut stepped, &mut applied].into_iter().for_each(|model| model.keep(states).unwrap());
        for threads in [1, 2, 3] {
            let step = stepped.step(dataset, *loss, optimizer, threads).unwrap();
            let before = state(&mut applied);
            let (found, gradients) = applied.gradients(dataset, *loss, threads).unwrap();
            assert_eq!((found.loss.to_bits(), found.correct), (step.loss.to_bits(), step.correct));
            assert!(state(&mut applied) == before);
            applied.apply(&views(&gradients), optimizer).unwrap();
            assert!(state(&mut applied) == state(&mut stepped), "lesson {i} by {threads}");
        }
        train(&mut stepped, dataset, &Job { optimizer: optimizer.clone(), ..job(*loss, 1) });
        train(&mut applied, dataset, &Job { fused: false, optimizer: optimizer.clone(), ..job(*loss, 3) });
        assert!(state(&mut applied) == state(&mut stepped), "lesson {i}, trained");
    }
}

#[test]
fn both_halves_of_a_step_are_a_step() {
    let optimizer = rule("nesterov", &[0.9, 0.7, 0.1, 0.01, 1e-3]);
    check_halves::<f32>(&optimizer, 1);
    check_halves::<f64>(&optimizer, 1);
}

/// What it comes to with two threads and then three.
fn trained_twice(dataset: &Dataset<f32>) -> Vec<Vec<u64>> {
    let mut model = model(spec(&WIDTHS, &ACTIVATIONS));
    for threads in [2, 3] {
        train(&mut model, dataset, &Job { epochs: 20, ..job(Loss::CROSS_ENTROPY, threads) });
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

/// A row of each rule, with both decays, and how many states it has.
fn every_rule() -> Vec<(Optimizer, usize)> {
    let moments = [0.9, 0.1, 0.99, 0.01];
    let with = |more: &[f64]| [&moments[..], more].concat();
    vec![
        (rule("qhm", &[0.9, 0.1, 0.07, 0.03, 0.01, 1e-3]), 1),
        (rule("aggMo", &[0.03, 0.01, 1e-3, 0.0, 0.9, 0.99]), 3),
        (rule("adam", &with(&[0.01, 1.5, 1e-8, 0.01, 1e-3])), 2),
        (rule("amsgrad", &with(&[0.01, 1.5, 1e-8, 0.01, 1e-3])), 3),
        (rule("nadam", &with(&[0.01, 0.02, 1.5, 1e-8, 0.01, 1e-3])), 2),
        (rule("rmsprop", &[0.99, 0.01, 0.9, 0.001, 1e-8, 1.0, 0.01, 1e-3]), 3),
        (rule("rmsprop", &[0.99, 0.01, 0.0, 0.001, 1e-8, 0.0, 0.0, 0.0]), 3),
        (rule("adagrad", &[0.01, 1e-10, 0.01, 1e-3]), 1),
        (rule("adadelta", &[0.9, 0.1, 1.0, 1e-6, 0.01, 1e-3]), 2),
        (rule("lion", &[0.9, 0.1, 0.99, 0.01, 1e-3, 0.0, 1e-4]), 1),
    ]
}

#[test]
fn both_halves_of_a_step_are_a_step_by_every_rule() {
    for (optimizer, states) in every_rule() {
        check_halves::<f32>(&optimizer, states);
        check_halves::<f64>(&optimizer, states + 1);
    }
}

#[test]
fn groups_follow_their_own_rules_and_one_of_none_stays() {
    let mut grouped = rule("adam", &[0.9, 0.1, 0.99, 0.01, 0.01, 1.5, 1e-8, 0.0, 0.0]);
    grouped.groups.extend(rule("lion", &[0.9, 0.1, 0.99, 0.01, 1e-3, 0.0, 0.0]).groups);
    grouped.of = vec![0, 1, u32::MAX, 1, 0];
    check_halves::<f32>(&grouped, 2);
    let mut model = model::<f32>(spec(&WIDTHS, &ACTIVATIONS));
    model.keep(2).unwrap();
    let before = model.parameters();
    train(&mut model, &pictures(EXAMPLES, 37, 7), &Job { optimizer: grouped, ..job(Loss::CROSS_ENTROPY, 2) });
    let stayed: Vec<bool> = before.iter().zip(model.parameters()).map(|(before, after)| *before == after).collect();
    assert_eq!(stayed, [false, false, true, false, false]);
}
