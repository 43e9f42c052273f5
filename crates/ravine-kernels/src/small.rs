use crate::element::Element;
use crate::elementwise::{Activation, apply, apply_backward};
use crate::isa::Isa;
use crate::loss::{Goal, judge};
use crate::momentum::update;
use crate::part::Part;
use crate::reduce::sum16;
use crate::rule::{Rule, Rules};

/// A whole step of a network that is too small for tiles, by plain loops: the same chains, on the same panels.
pub struct Small<'a, T> {
    /// What computes.
    pub isa: Isa,
    /// In order.
    pub layers: &'a [SmallLayer],
    /// (scale, offset) of raw features.
    pub fold: Option<(T, T)>,
    /// The optimizer's.
    pub rules: Rules<'a, T>,
    /// States of each parameter.
    pub states: usize,
    /// The examples of the batch, by number.
    pub rows: &'a [u32],
    /// What they are judged by.
    pub goal: Goal<'a, T>,
}

/// A dense layer; its parameters begin at these places of the state, lie in panels and have their states behind them.
#[derive(Clone, Copy, Debug)]
pub struct SmallLayer {
    /// Width of its input.
    pub inputs: usize,
    /// Width of its output.
    pub outputs: usize,
    /// Applied to the result.
    pub activation: Activation,
    /// Of the weight.
    pub weight: SmallParameter,
    /// Of the bias.
    pub bias: Option<SmallParameter>,
}

/// Where a parameter lies.
#[derive(Clone, Copy, Debug)]
pub struct SmallParameter {
    /// Among all parameters.
    pub number: usize,
    /// Its first element, and from there to the first of each state in turn.
    pub start: usize,
    /// See `start`.
    pub len: usize,
}

/// Elements that a step works in: of each example its features, the output of every layer and the gradient of each; then one panel.
pub fn small_work<T: Element>(layers: &[SmallLayer], batch: usize) -> usize {
    let inputs = layers.first().map_or(0, |layer| layer.inputs);
    batch * (inputs + 2 * layers.iter().map(|layer| layer.outputs).sum::<usize>()) + T::PANEL
}

/// Forward, losses, gradients and updates. `work` begins with the features [batch, inputs]; `losses` and `right` are one for each
/// example. A sum of losses that is not finite leaves the state as it was.
///
/// # Panics
/// When a slice is too short for the layers.
pub fn small_step<T: Element>(step: &Small<'_, T>, state: &mut [T], work: &mut [T], found: (&mut [f64], &mut [bool])) {
    // SAFETY: the set is one that the CPU has.
    unsafe { (T::kernels(step.isa).small_step)(step, state, work, found) }
}

#[inline(always)]
pub(crate) fn run<T: Element>(
    step: &Small<'_, T>,
    state: &mut [T],
    work: &mut [T],
    (losses, right): (&mut [f64], &mut [bool]),
) {
    let Small { layers, rows, .. } = *step;
    let batch = rows.len();
    let (Some(first), Some(last)) = (layers.first(), layers.last()) else { return };
    let outputs = layers.iter().map(|layer| layer.outputs).sum::<usize>() * batch;
    let (values, rest) = work.split_at_mut(batch * first.inputs + outputs);
    let (deltas, sums) = rest.split_at_mut(outputs);
    let mut place = 0;
    for (l, layer) in layers.iter().enumerate() {
        let (input, output) = values[place..].split_at_mut(batch * layer.inputs);
        forward(layer, state, input, &mut output[..batch * layer.outputs], step.fold, l == 0);
        place += batch * layer.inputs;
    }
    let answer = &values[place..];
    let delta = &mut deltas[outputs - batch * last.outputs..];
    judge(step.isa, &step.goal, rows, (last.outputs, batch), answer, delta, (&mut *losses, right));
    if !sum16(losses.iter().copied()).is_finite() {
        return;
    }
    apply_backward(delta, answer, last.activation);
    backward(step, state, values, deltas, sums);
}

/// output ← activation(input·Wᵀ + b), normalisation folded.
#[inline(always)]
fn forward<T: Element>(
    layer: &SmallLayer,
    state: &[T],
    input: &[T],
    output: &mut [T],
    fold: Option<(T, T)>,
    first: bool,
) {
    let fold = fold.filter(|_| first);
    let SmallLayer { inputs, outputs, .. } = *layer;
    let weight = &state[layer.weight.start..];
    let bias = |j: usize| layer.bias.map_or(T::ZERO, |bias| state[bias.start + j]);
    for j in 0..outputs {
        let weight = &weight[j / T::PANEL * inputs * T::PANEL + j % T::PANEL..];
        let start = if fold.is_some() { T::ZERO } else { bias(j) };
        for (input, output) in input.chunks_exact(inputs).zip(output.chunks_exact_mut(outputs)) {
            output[j] = chain(start, input.iter().copied().zip(weight.iter().step_by(T::PANEL).copied()));
        }
        if first {
            let (scale, base) = fold.map_or((T::ONE, T::ZERO), |(scale, offset)| {
                let sum = weight.iter().step_by(T::PANEL).take(inputs).fold(T::ZERO, |sum, &w| sum + w);
                (scale, offset.fma(sum, bias(j)))
            });
            output.iter_mut().skip(j).step_by(outputs).for_each(|y| *y = scale.fma(*y, base) + T::ZERO);
        }
    }
    apply(output, layer.activation);
}

/// start + Σ a·b
#[inline(always)]
fn chain<T: Element>(start: T, pairs: impl Iterator<Item = (T, T)>) -> T {
    pairs.fold(start, |sum, (a, b)| a.fma(b, sum))
}

/// From the last layer to the first: the gradient of its input is taken before its weight is updated.
#[inline(always)]
fn backward<T: Element>(step: &Small<'_, T>, state: &mut [T], values: &[T], deltas: &mut [T], sums: &mut [T]) {
    let batch = step.rows.len();
    let (mut value, mut place) = (values.len(), deltas.len());
    for (l, layer) in step.layers.iter().enumerate().rev() {
        value -= batch * layer.outputs;
        place -= batch * layer.outputs;
        let input = &values[value - batch * layer.inputs..value];
        let (before, delta) = deltas.split_at_mut(place);
        let delta = &delta[..batch * layer.outputs];
        if l > 0 {
            let grad_input = &mut before[place - batch * layer.inputs..];
            input_gradient(layer, state, delta, grad_input);
            apply_backward(grad_input, input, step.layers[l - 1].activation);
        }
        let fold = step.fold.filter(|_| l == 0);
        learn(layer, state, input, delta, (step, fold), sums);
    }
}

/// gradInput ← δ·W
#[inline(always)]
fn input_gradient<T: Element>(layer: &SmallLayer, state: &[T], delta: &[T], grad_input: &mut [T]) {
    let (weight, inputs) = (&state[layer.weight.start..], layer.inputs);
    for (delta, grad) in delta.chunks_exact(layer.outputs).zip(grad_input.chunks_exact_mut(inputs)) {
        for (i, grad) in grad.iter_mut().enumerate() {
            let of = |j: usize| weight[(j / T::PANEL * inputs + i) * T::PANEL + j % T::PANEL];
            *grad = chain(T::ZERO, delta.iter().enumerate().map(|(j, &delta)| (delta, of(j))));
        }
    }
}

/// g ← δᵀ·input, folded, and Σδ; then the optimizer's rule on weight and bias, row by row of a panel.
#[inline(always)]
fn learn<T: Element>(
    layer: &SmallLayer,
    state: &mut [T],
    input: &[T],
    delta: &[T],
    (step, fold): (&Small<'_, T>, Option<(T, T)>),
    sums: &mut [T],
) {
    let SmallLayer { inputs, outputs, .. } = *layer;
    let total = |j: usize| delta.iter().skip(j).step_by(outputs).fold(T::ZERO, |sum, &delta| sum + delta);
    for first in (0..outputs).step_by(T::PANEL) {
        let width = T::PANEL.min(outputs - first);
        for i in 0..inputs {
            for (j, sum) in sums[..width].iter_mut().enumerate() {
                let column = input.iter().skip(i).step_by(inputs).copied();
                *sum = chain(T::ZERO, column.zip(delta.iter().skip(first + j).step_by(outputs).copied()));
                if let Some((scale, offset)) = fold {
                    *sum = scale.fma(*sum, offset * total(first + j));
                }
            }
            take(state, layer.weight, first * inputs + i * T::PANEL, &sums[..width], step);
        }
        if let Some(bias) = layer.bias {
            sums[..width].iter_mut().enumerate().for_each(|(j, sum)| *sum = total(first + j));
            take(state, bias, first, &sums[..width], step);
        }
    }
}

/// The rule on a part of a parameter and of its states, which lie behind it.
#[inline(always)]
fn take<T: Element>(state: &mut [T], parameter: SmallParameter, first: usize, gradient: &[T], step: &Small<'_, T>) {
    let Some(rule) = step.rules.of(parameter.number) else { return };
    let mut parts = state[parameter.start..].chunks_exact_mut(parameter.len);
    let mut part = || parts.next().map_or(&mut [][..], |part| &mut part[first..][..gradient.len()]);
    let value = part();
    let mut part = Part::new(value, std::iter::repeat_with(part).take(step.states));
    match rule {
        Rule::Momentum(rule) => update(part.value, part.states[0], gradient, rule),
        _ => part.take(step.isa, rule, gradient),
    }
}
