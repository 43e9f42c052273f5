//! Models as a caller sees them: gradients, equal bits, and what is left after a stop or a refusal.

mod bits;
mod ends;
mod gradient;
mod predict;
mod refusals;

use ndarray::{ArrayD, ArrayViewD};
use ravine::{
    Activation, Begun, Dataset, Dense, Element, Entries, Features, Fold, Job, Loss, Model, Optimizer, Spec, Summary,
    Targets, Values,
};
use std::sync::atomic::AtomicBool;

/// What a batch is learnt from, and by which loss.
type Lesson<T> = (Dataset<T>, Loss);

/// Odd sizes, and 24 steps of 13 examples, the last of each epoch of 9.
const WIDTHS: [usize; 4] = [37, 50, 33, 7];
const ACTIVATIONS: [Activation; 3] = [Activation::Relu, Activation::Tanh, Activation::Linear];
/// Of three layers, of which one goes without a bias.
const PARAMETERS: usize = 5;
const EXAMPLES: usize = 100;
const STEPS: usize = 24;

/// Numbers in [−1, 1) with full mantissas; another `salt` gives others.
fn numbers<T: Element>(len: usize, salt: usize) -> Vec<T> {
    let number = |i: usize| ((i * 7919 + salt * 104_729) % 20_011) as f64 / 10_005.5 - 1.0;
    (0..len).map(|i| T::from_f64(number(i))).collect()
}

fn spec(widths: &[usize], activations: &[Activation]) -> Spec {
    let pairs = widths.windows(2).zip(activations).enumerate();
    let dense = |(i, (pair, &activation)): (usize, (&[usize], _))| {
        // One layer goes without a bias.
        Dense { inputs: pair[0], outputs: pair[1], activation, bias: i != 1 }
    };
    Spec::chain(widths[0], pairs.map(dense).collect())
}

/// As many arrays as the model has parameters, of numbers from −½ to ½.
fn filled<T: Element>(model: &mut Model<T>, salt: usize) -> Vec<ArrayD<T>> {
    let mut arrays = model.parameters();
    for (i, array) in arrays.iter_mut().enumerate() {
        let values = numbers::<T>(array.len(), salt + i);
        array.iter_mut().zip(values).for_each(|(to, from)| *to = from / T::from_f64(2.0));
    }
    arrays
}

fn views<T>(arrays: &[ArrayD<T>]) -> Vec<ArrayViewD<'_, T>> {
    arrays.iter().map(|array| array.view()).collect()
}

/// States are zero.
fn model<T: Element>(spec: Spec) -> Model<T> {
    let mut model = Model::new(spec).unwrap();
    let parameters = filled(&mut model, 1);
    model.set_parameters(&views(&parameters)).unwrap();
    model
}

/// Parameters and states to the bit.
fn state<T: Element>(model: &mut Model<T>) -> Vec<Vec<u64>> {
    let arrays = std::iter::once(model.parameters()).chain(model.states());
    arrays.flatten().map(|array| array.iter().map(|value| value.to_f64().to_bits()).collect()).collect()
}

/// Bytes with a normalisation, and labels.
fn pictures<T: Element>(examples: usize, inputs: usize, classes: u32) -> Dataset<T> {
    let bytes = (0..examples * inputs).map(|i| (i * 7919 % 251) as u8).collect();
    let labels = (0..examples as u32).map(|i| i * 5 % classes).collect();
    let fold = Fold { scale: T::from_f64(1.0 / 255.0), offset: T::from_f64(-0.4) };
    Dataset::new(Features::Bytes(bytes), Targets::Labels(labels), Some(fold), examples, inputs).unwrap()
}

/// One in `every` of the features has an entry.
fn entries(examples: usize, inputs: usize, every: usize) -> Entries<f32> {
    let places = (0..examples * inputs).filter(|i| i % every == 0);
    let columns: Vec<u32> = places.map(|i| (i % inputs) as u32).collect();
    let starts = (0..=examples).map(|example| (example * inputs).div_ceil(every) as u32).collect();
    Entries { starts, values: Values::Floats(numbers(columns.len(), 13)), columns }
}

/// Floats, and a float for each output.
fn measurements<T: Element>(examples: usize, inputs: usize, outputs: usize) -> Dataset<T> {
    let (features, targets) = (numbers(examples * inputs, 11), numbers(examples * outputs, 12));
    Dataset::new(Features::Floats(features), Targets::Values(targets), None, examples, inputs).unwrap()
}

/// Bytes of which most are zero, with a normalisation, and labels.
fn drawings<T: Element>(examples: usize, inputs: usize, classes: u32) -> Dataset<T> {
    let byte = |i: usize| if i.is_multiple_of(5) { (i * 7919 % 255 + 1) as u8 } else { 0 };
    let labels = (0..examples as u32).map(|i| i * 5 % classes).collect();
    let fold = Fold { scale: T::from_f64(1.0 / 79.0), offset: T::from_f64(-0.4) };
    let features = Features::Bytes((0..examples * inputs).map(byte).collect());
    Dataset::new(features, Targets::Labels(labels), Some(fold), examples, inputs).unwrap()
}

/// Floats, bytes, and bytes that are mostly zero.
fn lessons<T: Element>(examples: usize, inputs: usize, outputs: usize) -> [Lesson<T>; 3] {
    [
        (measurements(examples, inputs, outputs), Loss::MeanSquaredError),
        (pictures(examples, inputs, outputs as u32), Loss::CROSS_ENTROPY),
        (drawings(examples, inputs, outputs as u32), Loss::CROSS_ENTROPY),
    ]
}

/// One for all parameters of [`spec`].
fn rule(name: &str, row: &[f64]) -> Optimizer {
    Optimizer::constant(name, row, PARAMETERS)
}

fn job(loss: Loss, threads: usize) -> Job {
    Job {
        loss,
        weights: None,
        batch: 13,
        epochs: 3,
        first_epoch: 0,
        begun: Begun::default(),
        shuffle: true,
        seed: 7,
        threads,
        log_every: 0,
        optimizer: rule("nesterov", &[0.9, 1.0, 0.05, 1e-4, 0.0]),
        profile: false,
        fused: true,
    }
}

fn train<T: Element>(model: &mut Model<T>, dataset: &Dataset<T>, job: &Job) -> Summary {
    model.train(dataset, job, &AtomicBool::new(false), |_| true).unwrap()
}
