use crate::arena::{Region, Space};
use crate::dense::{Forward, InputGradient, Place};
use crate::error::Result;
use crate::gather::Gather;
use crate::gradient::{BiasGradient, WeightGradient};
use crate::loss::LossOp;
use crate::op::Op;
use crate::parameter::{self, Allocator, Parameters};
use crate::plan::Plan;
use crate::sparse::{List, Sift, SparseForward, SparseWeightGradient, SparseWeightUpdate};
use crate::spec::{Loss, Spec};
use crate::update::{BiasUpdate, Update, WeightUpdate};
use ravine_kernels::{Activation, Columns, Element, Lists, padded};
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
    /// Whether they are bytes of which most are zero.
    pub(crate) sparse: bool,
}

/// Spec → plan: operations in an order that works, with the memory that they share; the plan finds the phases.
pub(crate) fn compile<T: Element>(spec: &Spec, parameters: &[Parameters], purpose: Purpose) -> Result<Plan<T>> {
    let mut work = Allocator::new(Space::Work);
    if matches!(purpose.gradients, Gradients::Unfused | Gradients::Alone) {
        work.len = parameter::gradients(parameters);
    }
    let batch = purpose.batch;
    let values = |work: &mut Allocator, width: usize| work.take(padded::<T>(width), batch);
    // Features come as panels or, where most are zero, as lists of the others; an update needs them by columns.
    let width = spec.inputs;
    let input = values(&mut work, if purpose.sparse { 0 } else { width });
    let rows = work.take(if purpose.sparse { batch } else { 0 }, Lists::<T>::size(width, width));
    let sifts = purpose.sparse && purpose.gradients != Gradients::Ignored;
    let columns = work.take(if sifts { width.div_ceil(T::PANEL) } else { 0 }, Columns::<T>::size(batch));
    let mut ops: Vec<Arc<dyn Op<T>>> = vec![match purpose.sparse {
        true => Arc::new(List { rows, width, batch }),
        false => Arc::new(Gather { input, width, batch }),
    }];
    if sifts {
        ops.push(Arc::new(Sift { rows, columns, width, batch }));
    }
    let mut places: Vec<Place> = Vec::new();
    for parameters in parameters {
        let input = places.last().map_or(input, |place| place.output);
        let output = values(&mut work, parameters.layer.outputs);
        let place = place(parameters, input, output, purpose, places.len());
        ops.push(match purpose.sparse && places.is_empty() {
            true => Arc::new(SparseForward { place, rows }),
            false => Arc::new(Forward(place)),
        });
        places.push(place);
    }
    let outputs = places.last().map_or(input, |place| place.output);
    if let Some(loss) = purpose.loss {
        let (width, activation) =
            spec.layers.last().map_or((spec.inputs, Activation::Linear), |l| (l.outputs, l.activation));
        let grad_outputs = values(&mut work, width);
        let rows = work.take(LossOp::tiles(batch) * 3, padded::<T>(width));
        ops.push(Arc::new(LossOp { loss, outputs, grad_outputs, activation, width, rows, batch }));
        if purpose.gradients != Gradients::Ignored {
            let columns = purpose.sparse.then_some(columns);
            backward(&mut ops, &mut work, &places, grad_outputs, (purpose.gradients, columns));
        }
    }
    if purpose.gradients == Gradients::Unfused {
        places.iter().for_each(|place| updates(&mut ops, place));
    }
    Plan::new(ops, work.len, outputs, batch)
}

fn place(parameters: &Parameters, input: Region, output: Region, purpose: Purpose, number: usize) -> Place {
    let Parameters { layer, weight, bias } = *parameters;
    Place { number, layer, weight, bias, input, output, batch: purpose.batch, folded: number == 0 && purpose.folded }
}

/// From the last layer to the first: the gradient of its input is taken before its weight is updated.
fn backward<T: Element>(
    ops: &mut Vec<Arc<dyn Op<T>>>,
    work: &mut Allocator,
    places: &[Place],
    grad_outputs: Region,
    (gradients, columns): (Gradients, Option<Region>),
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
        let columns = columns.filter(|_| i == 0);
        let take = if gradients == Gradients::Fused { fused } else { written };
        take(ops, *place, grad_output, columns);
        grad_output = grad_input;
    }
}

/// A layer's updates by gradients that stay in registers.
fn fused<T: Element>(ops: &mut Vec<Arc<dyn Op<T>>>, place: Place, grad_output: Region, columns: Option<Region>) {
    ops.push(match columns {
        Some(columns) => Arc::new(SparseWeightUpdate { place, columns, grad_output }),
        None => Arc::new(WeightUpdate { place, grad_output }),
    });
    if let Some(bias) = place.bias {
        ops.push(Arc::new(BiasUpdate { place, bias, grad_output }));
    }
}

/// A layer's gradients into their regions.
fn written<T: Element>(ops: &mut Vec<Arc<dyn Op<T>>>, place: Place, grad_output: Region, columns: Option<Region>) {
    ops.push(match columns {
        Some(columns) => Arc::new(SparseWeightGradient { place, columns, grad_output }),
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
