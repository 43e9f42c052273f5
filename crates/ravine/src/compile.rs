use crate::arena::{Region, Space};
use crate::dataset::Dataset;
use crate::dense::{Forward, InputGradient, Place};
use crate::error::Result;
use crate::gather::Gather;
use crate::gradient::{BiasGradient, WeightGradient};
use crate::lists::{List, Listed, Sift};
use crate::loss::LossOp;
use crate::op::Op;
use crate::parameter::{self, Allocator, Parameters};
use crate::plan::Plan;
use crate::small::SmallStep;
use crate::sparse::{Sparse, SparseForward, SparseWeightGradient, SparseWeightUpdate};
use crate::spec::{Loss, Spec};
use crate::update::{BiasUpdate, Update, WeightUpdate};
use ravine_kernels::{Activation, CHAIN, Columns, Element, Lists, padded};
use std::sync::Arc;

/// What a plan does about the gradients of parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Gradients {
    /// Takes none: it evaluates or predicts.
    Ignored,
    /// Updates parameters by them while they are in registers.
    Fused,
    /// Writes them, then updates parameters by them: the same bits.
    Unfused,
    /// Writes them and updates nothing.
    Alone,
}

/// What a plan is made for; one plan serves all runs with the same purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Purpose {
    pub(crate) batch: usize,
    /// None to predict.
    pub(crate) loss: Option<Loss>,
    pub(crate) gradients: Gradients,
    /// Whether the features come with a normalisation.
    pub(crate) folded: bool,
    /// Entries that an example has at most, where most features are zero.
    pub(crate) sparse: Option<usize>,
}

impl Purpose {
    /// For batches of a dataset.
    pub(crate) fn new<T: Element>(
        dataset: &Dataset<T>,
        batch: usize,
        loss: Option<Loss>,
        gradients: Gradients,
    ) -> Self {
        Self { batch, loss, gradients, folded: dataset.fold.is_some(), sparse: dataset.sparse(batch) }
    }
}

/// Spec → plan: operations in an order that works, with the memory that they share; the plan finds the phases.
pub(crate) fn compile<T: Element>(spec: &Spec, parameters: &[Parameters], purpose: Purpose) -> Result<Plan<T>> {
    let trains = purpose.loss.is_some() && purpose.gradients == Gradients::Fused;
    if let Some(small) = trains.then(|| SmallStep::new::<T>(parameters, purpose.batch, purpose.folded)).flatten() {
        let (work, nothing) = (small.work(), Region { space: Space::Work, start: 0, len: 0 });
        return Plan::new(vec![vec![Arc::new(small)]], work, nothing, purpose.batch);
    }
    let mut work = Allocator::new(Space::Work);
    if matches!(purpose.gradients, Gradients::Unfused | Gradients::Alone) {
        work.len = parameter::gradients(parameters);
    }
    // Features come as panels or, where most are zero, as lists of the others: a batch of many columns always does.
    let listed = purpose.sparse.map(|most| listed::<T>(&mut work, spec.inputs, most, purpose));
    let only = listed.is_some() && spec.inputs > CHAIN;
    let input = work.take(if only { 0 } else { padded::<T>(spec.inputs) }, purpose.batch);
    let ways = match listed {
        Some(_) if !only => vec![listed, None],
        way => vec![way],
    };
    // Each way has the memory of the others, since one step goes one way.
    let emitted: Vec<Emitted<T>> =
        ways.into_iter().map(|listed| emit(spec, parameters, purpose, (work.clone(), input, listed))).collect();
    let (len, outputs) = (emitted[0].len, emitted[0].outputs);
    Plan::new(emitted.into_iter().map(|way| way.ops).collect(), len, outputs, purpose.batch)
}

/// The operations of one way, how much memory they take, and where the outputs lie.
struct Emitted<T: Element> {
    ops: Vec<Arc<dyn Op<T>>>,
    len: usize,
    outputs: Region,
}

/// Operations by lists where there are some, else by the panels of `input`.
fn emit<T: Element>(
    spec: &Spec,
    parameters: &[Parameters],
    purpose: Purpose,
    (mut work, input, listed): (Allocator, Region, Option<Listed>),
) -> Emitted<T> {
    let batch = purpose.batch;
    let values = |work: &mut Allocator, width: usize| work.take(padded::<T>(width), batch);
    let mut ops: Vec<Arc<dyn Op<T>>> = match listed {
        Some(listed) if purpose.gradients == Gradients::Ignored => vec![Arc::new(List(listed))],
        Some(listed) => vec![Arc::new(List(listed)), Arc::new(Sift(listed))],
        None => vec![Arc::new(Gather { input, width: spec.inputs, batch })],
    };
    let mut places: Vec<Place> = Vec::new();
    for parameters in parameters {
        let input = places.last().map_or(input, |place| place.output);
        let output = values(&mut work, parameters.layer.outputs);
        let place = place(parameters, input, output, purpose, places.len());
        ops.push(match listed.filter(|_| places.is_empty()) {
            Some(listed) => Arc::new(SparseForward { place, listed }),
            None => Arc::new(Forward(place)),
        });
        places.push(place);
    }
    let outputs = places.last().map_or(input, |place| place.output);
    if let Some(loss) = purpose.loss {
        let (width, activation) =
            spec.layers.last().map_or((spec.inputs, Activation::Linear), |l| (l.outputs, l.activation));
        let grad_outputs = values(&mut work, width);
        let rows = work.take(LossOp::tiles(batch) * 2, padded::<T>(width));
        ops.push(Arc::new(LossOp { loss, outputs, grad_outputs, activation, width, rows, batch }));
        if purpose.gradients != Gradients::Ignored {
            backward(&mut ops, &mut work, &places, grad_outputs, (purpose.gradients, listed));
        }
    }
    if purpose.gradients == Gradients::Unfused {
        places.iter().for_each(|place| updates(&mut ops, place));
    }
    Emitted { ops, len: work.len, outputs }
}

fn place(parameters: &Parameters, input: Region, output: Region, purpose: Purpose, number: usize) -> Place {
    let Parameters { layer, weight, bias } = *parameters;
    Place { number, layer, weight, bias, input, output, batch: purpose.batch, folded: number == 0 && purpose.folded }
}

/// Room for the lists of a batch, whose examples have `most` entries at most; columns are for what learns.
fn listed<T: Element>(work: &mut Allocator, inputs: usize, most: usize, purpose: Purpose) -> Listed {
    let panels = if purpose.gradients == Gradients::Ignored { 0 } else { inputs.div_ceil(T::PANEL) };
    let rows = work.take(purpose.batch, Lists::<T>::size(inputs, most));
    let columns = work.take(panels, Columns::<T>::size(purpose.batch));
    Listed { rows, columns, inputs, most, batch: purpose.batch }
}

/// From the last layer to the first: the gradient of its input is taken before its weight is updated.
fn backward<T: Element>(
    ops: &mut Vec<Arc<dyn Op<T>>>,
    work: &mut Allocator,
    places: &[Place],
    grad_outputs: Region,
    (gradients, listed): (Gradients, Option<Listed>),
) {
    let mut grad_output = grad_outputs;
    for (i, place) in places.iter().enumerate().rev() {
        let mut grad_input = grad_output;
        if i > 0 {
            let batch = place.batch;
            grad_input = work.take(padded::<T>(place.layer.inputs), batch);
            let turned = work.take(padded::<T>(place.layer.inputs), padded::<T>(place.layer.outputs));
            let before = places[i - 1].layer;
            ops.push(Arc::new(InputGradient { place: *place, before, grad_output, grad_input, turned }));
        }
        let listed = listed.filter(|_| i == 0);
        let take = if gradients == Gradients::Fused { fused } else { written };
        take(ops, *place, grad_output, listed);
        grad_output = grad_input;
    }
}

/// A layer's updates by gradients that stay in registers.
fn fused<T: Element>(ops: &mut Vec<Arc<dyn Op<T>>>, place: Place, grad_output: Region, listed: Option<Listed>) {
    ops.push(match listed {
        Some(listed) => Arc::new(SparseWeightUpdate(Sparse { place, listed, grad_output })),
        None => Arc::new(WeightUpdate { place, grad_output }),
    });
    if let Some(bias) = place.bias {
        ops.push(Arc::new(BiasUpdate { place, bias, grad_output }));
    }
}

/// A layer's gradients into their regions.
fn written<T: Element>(ops: &mut Vec<Arc<dyn Op<T>>>, place: Place, grad_output: Region, listed: Option<Listed>) {
    ops.push(match listed {
        Some(listed) => Arc::new(SparseWeightGradient(Sparse { place, listed, grad_output })),
        None => Arc::new(WeightGradient { place, grad_output }),
    });
    if let Some(bias) = place.bias {
        ops.push(Arc::new(BiasGradient { place, gradient: bias.gradient, grad_output }));
    }
}

/// A layer's updates by gradients that have been written.
fn updates<T: Element>(ops: &mut Vec<Arc<dyn Op<T>>>, place: &Place) {
    let named = |what, parameter| Update { name: format!("momentum of {what} {}", place.number), parameter };
    ops.push(Arc::new(named("weight", place.weight)));
    if let Some(bias) = place.bias {
        ops.push(Arc::new(named("bias", bias)));
    }
}
