use super::*;
use crate::arena::{Region, Space};
use crate::compile::Gradients;
use crate::parameter;
use crate::spec::Dense;
use crate::{Activation, Begun, Features, Fold, Job};
use crate::{Entries, Values};
use ndarray::ArrayD;
use std::sync::atomic::AtomicBool;

fn not_zero<'a, T: Element>(values: impl IntoIterator<Item = &'a T>) -> usize {
    values.into_iter().filter(|&&value| value != T::ZERO).count()
}

impl<T: Element> Model<T> {
    /// All gradients as the last plan has written them.
    fn written(&mut self) -> &[T] {
        let len = parameter::gradients(&self.places);
        let (_, plan) = self.plans.last_mut().unwrap();
        plan.work_mut().get_mut(Region { space: Space::Work, start: 0, len })
    }
}

/// Of one network in [`trained`]: inputs, hidden, outputs; examples; steps. Under Miri all is a thousand times slower.
const SHAPE: ([usize; 3], usize, usize) = if cfg!(miri) { ([3, 18, 2], 5, 2) } else { ([37, 50, 7], 60, 20) };

fn trained<T: Element>(isa: Isa, fused: bool) -> Vec<ArrayD<T>> {
    let ([inputs, hidden, outputs], examples, steps) = SHAPE;
    let dense = |inputs, outputs, activation| Dense { inputs, outputs, activation, bias: true };
    let layers = vec![dense(inputs, hidden, Activation::Tanh), dense(hidden, outputs, Activation::Linear)];
    let mut model = Model::<T> { isa, ..Model::new(Spec::chain(inputs, layers)).unwrap() };
    let mut start = model.parameters();
    let mut random = crate::Philox::new(7, 0, 0);
    start.iter_mut().flatten().for_each(|p| *p = T::from_f64(f64::from(random.below(2001)) / 1e3 - 1.0));
    model.set_parameters(&start.iter().map(|array| array.view()).collect::<Vec<_>>()).unwrap();

    let bytes = (0..examples * inputs).map(|i| (i % 251) as u8);
    let labels = (0..examples as u32).map(|i| i % outputs as u32);
    let (features, targets) = (Features::Bytes(bytes.collect()), Targets::Labels(labels.collect()));
    let fold = Fold { scale: T::from_f64(0.01), offset: T::from_f64(-0.7) };
    let dataset = Dataset::new(features, targets, Some(fold), examples, inputs).unwrap();
    for _ in 0..steps {
        let optimizer = Optimizer::constant("nesterov", &[0.9, 1.0, 0.1, 0.01, 0.0], 4);
        if fused {
            model.step(&dataset, Loss::CROSS_ENTROPY, &optimizer, 1).unwrap();
            continue;
        }
        let (_, gradients) = model.gradients(&dataset, Loss::CROSS_ENTROPY, 1).unwrap();
        assert_eq!(not_zero(model.written()), gradients.iter().map(not_zero).sum::<usize>(), "padding is zero");
        model.apply(&gradients.iter().map(|array| array.view()).collect::<Vec<_>>(), &optimizer).unwrap();
    }
    std::iter::once(model.parameters()).chain(model.states()).flatten().collect()
}

#[test]
fn a_run_writes_its_gradients_only_where_it_is_asked_to() {
    let layers = vec![Dense { inputs: 3, outputs: 2, activation: Activation::Linear, bias: true }];
    let mut model = Model::<f32>::new(Spec::chain(3, layers)).unwrap();
    let (features, targets) = (Features::Floats(vec![1.0; 12]), Targets::Values(vec![1.0; 8]));
    let dataset = Dataset::new(features, targets, None, 4, 3).unwrap();
    for (fused, expected) in [(true, Gradients::Fused), (false, Gradients::Unfused)] {
        let job = Job { fused, ..job() };
        model.train(&dataset, &job, &AtomicBool::new(false), |_| true).unwrap();
        assert_eq!(model.plans.last().unwrap().0.gradients, expected);
    }
    assert_eq!(not_zero(model.written()), 8);
}

fn job() -> Job {
    let optimizer = Optimizer::constant("momentum", &[0.9, 1.0, 0.01, 0.0, 0.0], 2);
    let (loss, first_epoch, shuffle, seed, fused) = (Loss::MeanSquaredError, 0, false, 0, true);
    Job {
        loss,
        weights: None,
        batch: 4,
        epochs: 1,
        first_epoch,
        begun: Begun::default(),
        shuffle,
        seed,
        threads: 1,
        log_every: 0,
        optimizer,
        profile: false,
        fused,
    }
}

#[test]
fn every_instruction_set_gives_the_same_bits() {
    for isa in Isa::available() {
        for fused in [true, false] {
            assert!(trained::<f32>(isa, fused) == trained(Isa::SCALAR, true), "{isa:?}");
            assert!(trained::<f64>(isa, fused) == trained(Isa::SCALAR, true), "{isa:?}");
        }
    }
}

/// Parameters and velocities after some steps of batches of up to `batch`; unfused steps are never small.
fn small<T: Element>(isa: Isa, widths: &[usize], batch: usize, loss: Loss, fused: bool) -> Vec<ArrayD<T>> {
    let layer =
        |pair: &[usize]| Dense { inputs: pair[0], outputs: pair[1], activation: Activation::Tanh, bias: pair[1] != 4 };
    let layers: Vec<Dense> = widths.windows(2).map(layer).collect();
    let mut model = Model::<T> { isa, ..Model::new(Spec::chain(widths[0], layers)).unwrap() };
    let mut random = crate::Philox::new(3, 0, 0);
    let mut number = || f64::from(random.below(2001)) / 1e3 - 1.0;
    let mut start = model.parameters();
    start.iter_mut().flatten().for_each(|p| *p = T::from_f64(number()));
    model.set_parameters(&start.iter().map(|array| array.view()).collect::<Vec<_>>()).unwrap();
    let (examples, inputs, outputs) = (2 * batch + 1, widths[0], widths[widths.len() - 1]);
    let (bytes, fold) = (
        (0..examples * inputs).map(|i| (i * 37 % 256) as u8).collect(),
        Some(Fold { scale: T::from_f64(0.01), offset: T::from_f64(-0.7) }),
    );
    let floats = (0..examples * inputs).map(|_| T::from_f64(number())).collect();
    let (features, targets, fold) = match loss {
        Loss::CrossEntropy { .. } => {
            (Features::Bytes(bytes), Targets::Labels((0..examples as u32).map(|i| i % outputs as u32).collect()), fold)
        }
        _ => (
            Features::Floats(floats),
            Targets::Values((0..examples * outputs).map(|_| T::from_f64(number())).collect()),
            None,
        ),
    };
    let dataset = Dataset::new(features, targets, fold, examples, inputs).unwrap();
    let optimizer = Optimizer::constant("nesterov", &[0.9, 1.0, 0.05, 0.01, 0.001], start.len());
    let epochs = if cfg!(miri) { 1 } else { 5 };
    let job = Job { loss, batch, epochs, shuffle: true, fused, optimizer, ..job() };
    model.train(&dataset, &job, &AtomicBool::new(false), |_| true).unwrap();
    assert_eq!(model.plans[0].1.ways()[0].phases[0][0].op.name() == "small step", fused);
    std::iter::once(model.parameters()).chain(model.states()).flatten().collect()
}

#[test]
fn a_small_step_is_that_of_the_tiles() {
    let widths: &[&[usize]] =
        if cfg!(miri) { &[&[3, 5, 4]] } else { &[&[1, 1], &[2, 8, 1], &[2, 35, 1], &[3, 5, 4], &[7, 2, 3, 2]] };
    for (isa, widths) in Isa::available().into_iter().flat_map(|isa| widths.iter().map(move |widths| (isa, widths))) {
        for (batch, loss) in [(2, Loss::MeanSquaredError), (2, Loss::CROSS_ENTROPY), (1, Loss::CROSS_ENTROPY)] {
            let [small32, tiles32] = [true, false].map(|fused| small::<f32>(isa, widths, batch, loss, fused));
            let [small64, tiles64] = [true, false].map(|fused| small::<f64>(isa, widths, batch, loss, fused));
            assert!(small32 == tiles32 && small64 == tiles64, "{isa:?} {widths:?} {batch} {loss:?}");
        }
    }
}

#[test]
fn each_batch_goes_the_way_of_its_own_density() {
    const BATCH: usize = 8;
    // Batches, hidden units and epochs.
    let (batches, hidden, epochs) = if cfg!(miri) { (5, 2, 1) } else { (10, 50, 3) };
    let (examples, inputs) = (batches * BATCH, 40);
    // Every fifth batch is full, the others have an entry in each row.
    let full = |row: usize| row / BATCH % 5 == 2;
    let has = |place: &usize| full(place / inputs) || place % inputs == place / inputs % 7;
    let places: Vec<usize> = (0..examples * inputs).filter(has).collect();
    let number = |&place: &usize| (place * 37 % 101) as f32 / 50.0 - 1.0;
    let mut floats = vec![0.0; examples * inputs];
    places.iter().for_each(|place| floats[*place] = number(place));
    let starts = (0..=examples).map(|row| places.partition_point(|&place| place < row * inputs) as u32).collect();
    let columns = places.iter().map(|place| (place % inputs) as u32).collect();
    let entries = Entries { starts, columns, values: Values::Floats(places.iter().map(number).collect()) };
    let [by_entries, by_floats] = [Features::Entries(entries), Features::Floats(floats)].map(|features| {
        let targets = Targets::Labels((0..examples as u32).map(|i| i % 3).collect());
        let dataset = Dataset::new(features, targets, None, examples, inputs).unwrap();
        let dense = |inputs, outputs| Dense { inputs, outputs, activation: Activation::Relu, bias: true };
        let layers = vec![dense(inputs, hidden), dense(hidden, 3)];
        let mut model = Model::<f32>::new(Spec::chain(inputs, layers)).unwrap();
        let mut start = model.parameters();
        start.iter_mut().flatten().zip(0..).for_each(|(p, i)| *p = number(&i) / 10.0);
        model.set_parameters(&start.iter().map(|array| array.view()).collect::<Vec<_>>()).unwrap();
        let optimizer = Optimizer::constant("momentum", &[0.9, 1.0, 0.01, 0.0, 0.0], 4);
        let loss = Loss::CROSS_ENTROPY;
        let job = Job { loss, batch: BATCH, epochs, threads: 2, profile: true, optimizer, ..job() };
        let summary = model.train(&dataset, &job, &AtomicBool::new(false), |_| true).unwrap();
        let used = summary.profile.into_iter().filter(|timing| timing.seconds > 0.0);
        (model.parameters(), used.map(|timing| timing.operation).collect::<Vec<_>>())
    });
    assert_eq!(by_entries.0, by_floats.0);
    // The density of each row is known of entries, of few floats their mean.
    let goes = |used: &[String], name: &str| used.iter().any(|operation| operation == name);
    assert!(goes(&by_entries.1, "list") && goes(&by_entries.1, "gather"));
    assert!(goes(&by_floats.1, "list") && !goes(&by_floats.1, "gather"));
}
