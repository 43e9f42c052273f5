//! The way forward of each layer.

use crate::activation::Activate;
use crate::batch_norm::{BatchNorm, BatchNormForward, RunningNormal, STATISTICS, Scale};
use crate::compile::Gradients;
use crate::concat::Copy;
use crate::dense::{Forward, Place};
use crate::dot::Dot;
use crate::dropout::Dropout;
use crate::embedding::{Embedding, EmbeddingForward};
use crate::emission::{Emission, Kept};
use crate::layer_norm::{LayerNorm, LayerNormForward};
use crate::sparse::SparseForward;
use crate::spec::{Dense, Layer};
use crate::sum::Sum;
use crate::values::Values;
use ravine_kernels::{Activation, Element, padded};

impl<T: Element> Emission<'_, T> {
    /// The operations of a node, its value and what it keeps.
    pub(crate) fn forward(&mut self, number: usize) {
        let spec = self.spec;
        let node = &spec.nodes[number];
        let inputs: Vec<Values> = node.reads.iter().map(|&read| self.values[read]).collect();
        if matches!(node.layer, Layer::Dropout { .. }) && !self.learns() {
            self.values.push(inputs[0]);
            return self.kept.push(Kept::Nothing);
        }
        let output = self.room(node.layer.outputs());
        let kept = match node.layer {
            Layer::Dense(layer) => self.dense(number, layer, inputs[0], output),
            Layer::Activation { activation, .. } => self.activation(number, activation, inputs[0], output),
            Layer::Dropout { rate, .. } => self.dropout(number, rate, inputs[0], output),
            Layer::LayerNorm { epsilon, .. } => self.layer_norm(number, epsilon, inputs[0], output),
            Layer::BatchNorm { epsilon, momentum, .. } => {
                self.batch_norm(number, (epsilon, momentum), inputs[0], output)
            }
            Layer::Embedding { count, width, .. } => self.embedding(number, (count, width), inputs[0], output),
            Layer::Concat { .. } => self.concat(number, &inputs, output),
            Layer::Add { .. } => self.add(number, &inputs, output),
            Layer::Dot { .. } => self.dot(number, inputs[0], inputs[1], output),
        };
        self.values.push(output);
        self.kept.push(kept);
    }

    fn learns(&self) -> bool {
        self.purpose.gradients != Gradients::Ignored
    }

    fn dense(&mut self, number: usize, layer: Dense, input: Values, output: Values) -> Kept {
        let parameters = &self.places[number].0;
        let first = self.spec.feeds_one_dense() && self.spec.nodes[number].reads[0] == 0;
        let place = Place {
            number,
            layer,
            weight: parameters[0],
            bias: parameters.get(1).copied(),
            input: input.region,
            output: output.region,
            batch: output.batch,
            first,
            folded: first && self.purpose.folded,
        };
        match self.listed.filter(|_| first) {
            Some(listed) => self.push(SparseForward { place, listed }),
            None => self.push(Forward(place)),
        }
        Kept::Dense(place)
    }

    fn activation(&mut self, number: usize, activation: Activation, input: Values, output: Values) -> Kept {
        self.push(Activate { number, activation, input, output });
        Kept::Nothing
    }

    fn dropout(&mut self, number: usize, rate: f64, input: Values, output: Values) -> Kept {
        let (seed, mask) = (self.spec.seed, self.room(output.width));
        self.push(Dropout { number, seed, rate, input, output, mask });
        Kept::Mask(mask)
    }

    fn layer_norm(&mut self, number: usize, epsilon: f64, input: Values, output: Values) -> Kept {
        let [weight, bias] = [0, 1].map(|i| self.places[number].0[i].value);
        let (normal, inverse) = (self.room(output.width), self.room(1));
        let place = LayerNorm { number, epsilon, weight, bias, input, output, normal, inverse };
        self.push(LayerNormForward(place));
        Kept::LayerNorm(place)
    }

    fn batch_norm(&mut self, number: usize, (epsilon, momentum): (f64, f64), input: Values, output: Values) -> Kept {
        let [weight, bias, mean, variance] = [0, 1, 2, 3].map(|i| self.places[number].0[i].value);
        let (width, normal) = (output.width, self.room(output.width));
        let region = self.work.take(padded::<T>(width), STATISTICS);
        let statistics = Values { region, width, batch: STATISTICS };
        let running = [mean, variance];
        let place = BatchNorm { number, epsilon, momentum, weight, bias, running, input, output, normal, statistics };
        match self.learns() {
            true => self.push(BatchNormForward(place)),
            false => {
                self.push(RunningNormal(place));
                self.push(Scale(place));
            }
        }
        Kept::BatchNorm(place)
    }

    fn embedding(&mut self, number: usize, (count, width): (usize, usize), ids: Values, output: Values) -> Kept {
        let place = Embedding { number, count, width, table: self.places[number].0[0].value, ids, output };
        self.push(EmbeddingForward(place));
        Kept::Embedding(place)
    }

    fn concat(&mut self, number: usize, inputs: &[Values], output: Values) -> Kept {
        let mut to = 0;
        for &input in inputs {
            self.push(Copy { number, input, from: 0, output, to, width: input.width });
            to += input.width;
        }
        Kept::Nothing
    }

    /// From the first to the last; a sum of one is a copy.
    fn add(&mut self, number: usize, inputs: &[Values], output: Values) -> Kept {
        let mut sum = inputs[0];
        for (i, &b) in inputs.iter().enumerate().skip(1) {
            let to = if i + 1 == inputs.len() { output } else { self.room(output.width) };
            self.push(Sum { number, a: sum, b, output: to });
            sum = to;
        }
        if inputs.len() == 1 {
            self.push(Copy { number, input: sum, from: 0, output, to: 0, width: output.width });
        }
        Kept::Nothing
    }

    fn dot(&mut self, number: usize, a: Values, b: Values, output: Values) -> Kept {
        self.push(Dot { number, a, b, output });
        Kept::Nothing
    }
}
