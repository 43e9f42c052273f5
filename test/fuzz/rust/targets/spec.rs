//! Whatever the graph: a network that learns a step and answers, or a refusal.
#![no_main]

use libfuzzer_sys::{arbitrary, fuzz_target};
use ravine::{Activation, Dataset, Dense, Features, Layer, Loss, Model, Node, Optimizer, Spec, Targets};

/// Parameters of a network that is tried; a larger one is only made.
const FEW: usize = 1 << 16;
const EXAMPLES: usize = 3;

#[derive(arbitrary::Arbitrary, Debug)]
struct Graph {
    inputs: Vec<u8>,
    nodes: Vec<(Vec<u8>, u8, [u8; 3], u8)>,
    labels: bool,
    fit: bool,
}

fuzz_target!(|graph: Graph| {
    let Graph { inputs, nodes, labels, fit } = graph;
    let mut spec = Spec { inputs: inputs.into_iter().take(4).map(width).collect(), nodes: Vec::new(), seed: 7 };
    for (reads, kind, sizes, way) in nodes.into_iter().take(12) {
        let last = spec.inputs.len() + spec.nodes.len();
        // Mostly the value before, and mostly as wide as that is: of others nearly all are refused.
        let reads: Vec<usize> =
            reads.into_iter().take(3).map(|read| last.wrapping_sub(usize::from(read % 8))).collect();
        let reads = if reads.is_empty() { vec![last.saturating_sub(1)] } else { reads };
        let read = if fit { widths(&spec, &reads) } else { sizes.map(width)[0] };
        spec.nodes.push(Node { reads, layer: layer(kind, read, sizes.map(width), way) });
    }
    let Ok(mut model) = Model::<f32>::new(spec) else { return };
    if model.bytes() > 4 * FEW || model.inputs() > FEW || model.outputs() > FEW {
        return;
    }
    try_network(&mut model, labels);
});

/// Small, none, or so much that products of it do not fit.
fn width(byte: u8) -> usize {
    match byte {
        255 => usize::MAX,
        254 => 1 << 33,
        few => usize::from(few % 40),
    }
}

/// Of all that is read, beside each other; 1 of what does not stand before.
fn widths(spec: &Spec, reads: &[usize]) -> usize {
    let of = |read: usize| match read.checked_sub(spec.inputs.len()) {
        None => spec.inputs[read],
        Some(node) => spec.nodes.get(node).map_or(1, |node| node.layer.outputs()),
    };
    reads.iter().fold(0, |sum, &read| sum.saturating_add(of(read)))
}

fn layer(kind: u8, width: usize, [a, b, c]: [usize; 3], way: u8) -> Layer {
    let activation = Activation::ALL[usize::from(way) % Activation::ALL.len()].1;
    match kind % 9 {
        0 => Layer::Dense(Dense { inputs: width, outputs: b, activation, bias: way.is_multiple_of(2) }),
        1 => Layer::Activation { width, activation },
        2 => Layer::Dropout { width, rate: f64::from(way) / 256.0 },
        3 => Layer::LayerNorm { width, epsilon: 1e-5 },
        4 => Layer::BatchNorm { width, epsilon: 1e-5, momentum: 0.1 },
        5 => Layer::Embedding { ids: width, count: a.max(1), width: c, lazy: way.is_multiple_of(2) },
        6 => Layer::Concat { width },
        7 => Layer::Add { width: if way.is_multiple_of(2) { width } else { width / 2 } },
        _ => Layer::Dot { width: width / 2 },
    }
}

/// Whatever it makes of the numbers, its outputs are as many as it says, and nothing panics.
fn try_network(model: &mut Model<f32>, labels: bool) {
    let (inputs, outputs) = (model.inputs(), model.outputs());
    let features = Features::Floats(vec![0.0; EXAMPLES * inputs]);
    let (targets, loss) = if labels && outputs > 1 {
        (Targets::Labels(vec![0; EXAMPLES]), Loss::CROSS_ENTROPY)
    } else {
        (Targets::Values(vec![0.5; EXAMPLES * outputs]), Loss::MeanSquaredError)
    };
    let Ok(dataset) = Dataset::new(features, targets, None, EXAMPLES, inputs) else { return };
    let parameters = model.shapes().len();
    let rule = Optimizer::constant("nesterov", &[0.9, 1.0, 0.05, 1e-4, 0.0], parameters);
    if model.step(&dataset, loss, &rule, 2).is_ok() {
        let answers = model.predict(&dataset, 1).expect("a network that learns answers");
        assert_eq!(answers.dim(), (EXAMPLES, outputs));
    }
}
