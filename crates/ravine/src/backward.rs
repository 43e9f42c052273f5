//! The way back of each layer: gradients of what it read, and of its parameters or updates by these.

use crate::activation::Slope;
use crate::batch_norm::{BatchNorm, BatchNormGradient, Running};
use crate::compile::Gradients;
use crate::concat::Copy;
use crate::dense::{InputGradient, Place};
use crate::dot::DotGradient;
use crate::dropout::DropoutGradient;
use crate::embedding::{Embedding, EmbeddingGradient};
use crate::emission::{Emission, Kept};
use crate::gradient::{BiasGradient, WeightGradient};
use crate::layer_norm::{LayerNorm, LayerNormGradient, ScaleGradient};
use crate::parameter::Parameter;
use crate::sparse::{Sparse, SparseWeightGradient, SparseWeightUpdate};
use crate::spec::Layer;
use crate::sum::Sum;
use crate::update::{BiasUpdate, Update, WeightUpdate};
use crate::values::Values;
use ravine_kernels::{Activation, Element, padded};

/// What the parameters of a node are called.
const NAMES: [&str; 2] = ["weight", "bias"];

impl<T: Element> Emission<'_, T> {
    /// From the gradient of a node's value. The gradient of what it read is taken before its parameters are updated.
    pub(crate) fn backward(&mut self, number: usize) {
        let Some(gradient) = self.total(number) else { return };
        let spec = self.spec;
        let node = &spec.nodes[number];
        match (node.layer, self.kept[number]) {
            (_, Kept::Dense(place)) => self.dense_gradient(place, gradient),
            (_, Kept::LayerNorm(place)) => self.layer_norm_gradient(place, gradient),
            (_, Kept::BatchNorm(place)) => self.batch_norm_gradient(place, gradient),
            (_, Kept::Embedding(place)) => self.embedding_gradient(place, gradient),
            (_, Kept::Mask(mask)) => {
                self.part(node.reads[0], |grad_input| DropoutGradient {
                    number,
                    mask,
                    grad_output: gradient,
                    grad_input,
                });
            }
            (Layer::Activation { activation, .. }, _) => self.activation_gradient(number, activation, gradient),
            (Layer::Dot { .. }, _) => self.dot_gradient(number, gradient),
            (layer, _) => self.copies(number, matches!(layer, Layer::Concat { .. }), gradient),
        }
    }

    /// The gradient of a node's value: the sum of what its readers gave. None where nobody needs it.
    fn total(&mut self, number: usize) -> Option<Values> {
        let parts = std::mem::take(&mut self.parts[self.spec.inputs.len() + number]);
        let mut parts = parts.into_iter();
        let mut total = parts.next()?;
        for b in parts {
            let output = self.room(total.width);
            self.push(Sum { number, a: total, b, output });
            total = output;
        }
        Some(total)
    }

    /// A gradient of a value that a node read, made by `op`, where somebody needs it.
    fn part<O: crate::op::Op<T> + 'static>(&mut self, read: usize, op: impl FnOnce(Values) -> O) {
        if self.needs(read) {
            let gradient = self.room(self.values[read].width);
            self.push(op(gradient));
            self.parts[read].push(gradient);
        }
    }

    /// Whether a value depends on parameters.
    fn needs(&self, value: usize) -> bool {
        let Some(number) = value.checked_sub(self.spec.inputs.len()) else { return false };
        !self.places[number].0.is_empty() || self.spec.nodes[number].reads.iter().any(|&read| self.needs(read))
    }

    /// The dense layer alone that reads a value, which then takes care of the derivative of the activation before it.
    fn only_dense(&self, value: usize) -> bool {
        let mut readers = self.spec.readers(value);
        let first = readers.next().map(|node| self.spec.nodes[node].layer);
        matches!(first, Some(Layer::Dense(_))) && readers.next().is_none()
    }

    /// The activation of the dense layer that a value comes from.
    fn activation_of(&self, value: usize) -> Activation {
        match value.checked_sub(self.spec.inputs.len()).map(|node| self.spec.nodes[node].layer) {
            Some(Layer::Dense(dense)) => dense.activation,
            _ => Activation::Linear,
        }
    }

    fn dense_gradient(&mut self, place: Place, gradient: Values) {
        let (number, value) = (place.number, self.spec.inputs.len() + place.number);
        let (last, activation) = (value + 1 == self.values.len(), place.layer.activation);
        let mut delta = gradient;
        if activation != Activation::Linear && !last && !self.only_dense(value) {
            delta = self.room(gradient.width);
            let kept = self.values[value];
            self.push(Slope { number, activation, kept, grad_output: gradient, grad_input: delta });
        }
        let (read, grad_output) = (self.spec.nodes[number].reads[0], delta.region);
        if self.needs(read) {
            let before = if self.only_dense(read) { self.activation_of(read) } else { Activation::Linear };
            let input = self.room(place.layer.inputs);
            let turned = self.work.take(padded::<T>(place.layer.inputs), padded::<T>(place.layer.outputs));
            self.push(InputGradient { place, before, grad_output, grad_input: input.region, turned });
            self.parts[read].push(input);
        }
        let listed = self.listed.filter(|_| place.first);
        match (self.purpose.gradients, listed) {
            (Gradients::Fused, Some(listed)) => self.push(SparseWeightUpdate(Sparse { place, listed, grad_output })),
            (Gradients::Fused, None) => self.push(WeightUpdate { place, grad_output }),
            (_, Some(listed)) => self.push(SparseWeightGradient(Sparse { place, listed, grad_output })),
            (_, None) => self.push(WeightGradient { place, grad_output }),
        }
        match (self.purpose.gradients, place.bias) {
            (Gradients::Fused, Some(bias)) => self.push(BiasUpdate { place, bias, grad_output }),
            (_, Some(bias)) => self.push(BiasGradient { place, gradient: bias.gradient, grad_output }),
            _ => {}
        }
    }

    fn activation_gradient(&mut self, number: usize, activation: Activation, grad_output: Values) {
        let (read, value) = (self.spec.nodes[number].reads[0], self.spec.inputs.len() + number);
        let kept = self.values[if activation.by_input() { read } else { value }];
        self.part(read, |grad_input| Slope { number, activation, kept, grad_output, grad_input });
    }

    fn layer_norm_gradient(&mut self, place: LayerNorm, grad_output: Values) {
        let (number, normal) = (place.number, place.normal);
        let read = self.spec.nodes[number].reads[0];
        self.part(read, |grad_input| LayerNormGradient { place, grad_output, grad_input });
        self.scale_gradient(number, normal, grad_output);
    }

    fn batch_norm_gradient(&mut self, place: BatchNorm, grad_output: Values) {
        let (number, normal) = (place.number, place.normal);
        let read = self.spec.nodes[number].reads[0];
        self.part(read, |grad_input| BatchNormGradient { place, grad_output, grad_input });
        self.scale_gradient(number, normal, grad_output);
        if self.purpose.gradients != Gradients::Alone {
            self.push(Running { place, grad_output });
        }
    }

    /// Of the weight and the bias of a normalisation.
    fn scale_gradient(&mut self, number: usize, normal: Values, grad_output: Values) {
        let [weight, bias] = [0, 1].map(|i| self.written(self.places[number].0[i]));
        let (grad_weight, grad_bias) = (weight.gradient, bias.gradient);
        self.push(ScaleGradient { number, normal, grad_output, grad_weight, grad_bias });
        self.update(number, &[weight, bias]);
    }

    fn embedding_gradient(&mut self, place: Embedding, grad_output: Values) {
        let table = self.written(self.places[place.number].0[0]);
        self.push(EmbeddingGradient { place, grad_output, gradient: table.gradient });
        self.update(place.number, &[table]);
    }

    /// Each factor's is the gradient times the other.
    fn dot_gradient(&mut self, number: usize, grad_output: Values) {
        let reads = &self.spec.nodes[number].reads;
        for (read, other) in [(reads[0], reads[1]), (reads[1], reads[0])] {
            let other = self.values[other];
            self.part(read, |grad_input| DotGradient { number, grad_output, other, grad_input });
        }
    }

    /// To all that is added the gradient itself, to what stands beside each other its columns.
    fn copies(&mut self, number: usize, beside: bool, input: Values) {
        let mut from = 0;
        for &read in &self.spec.nodes[number].reads {
            let width = self.values[read].width;
            self.part(read, |output| Copy { number, input, from, output, to: 0, width });
            from += if beside { width } else { 0 };
        }
    }

    /// A parameter with room for its gradient.
    fn written(&mut self, parameter: Parameter) -> Parameter {
        match self.purpose.gradients {
            Gradients::Fused => Parameter { gradient: self.work.take(parameter.gradient.len, 1), ..parameter },
            _ => parameter,
        }
    }

    /// Updates by gradients that have been written, where they come at once.
    fn update(&mut self, number: usize, parameters: &[Parameter]) {
        if self.purpose.gradients == Gradients::Fused {
            parameters.iter().zip(NAMES).for_each(|(&parameter, name)| self.update_of(name, number, parameter));
        }
    }

    /// The updates of a node where they come after all gradients.
    pub(crate) fn updates(&mut self, number: usize) {
        // What is behind weight and bias is no gradient's.
        let parameters = self.places[number].each().zip(NAMES);
        parameters.for_each(|(parameter, name)| self.update_of(name, number, parameter));
    }

    fn update_of(&mut self, name: &str, number: usize, parameter: Parameter) {
        let tuned = self.tuned;
        self.push(Update { name: format!("momentum of {name} {number}"), parameter, tuned });
    }
}
