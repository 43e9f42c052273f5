use crate::arena::{Region, Space};
use crate::dense::{Forward, InputGradient, Place};
use crate::error::Result;
use crate::gather::Gather;
use crate::loss::LossOp;
use crate::op::Op;
use crate::plan::Plan;
use crate::sparse::{List, Sift, SparseForward, SparseWeightUpdate};
use crate::spec::{Dense, Loss, Spec};
use crate::update::{BiasUpdate, WeightUpdate};
use ravine_kernels::{Activation, Columns, Element, Lists, padded};
use std::sync::Arc;

/// What a plan is made for; one plan serves all runs with the same purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Purpose {
    pub(crate) batch: usize,
    /// None to predict.
    pub(crate) loss: Option<Loss>,
    /// Whether parameters are updated.
    pub(crate) trains: bool,
    /// Whether the features come with a normalisation.
    pub(crate) folded: bool,
    /// Whether they are bytes of which most are zero.
    pub(crate) sparse: bool,
}

/// Where the parameters and velocities of one layer lie.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Parameters {
    pub(crate) layer: Dense,
    pub(crate) weight: Region,
    pub(crate) bias: Option<Region>,
    pub(crate) weight_velocity: Region,
    pub(crate) bias_velocity: Option<Region>,
}

/// Hands out regions of an arena one after another.
struct Allocator {
    space: Space,
    len: usize,
}

impl Allocator {
    /// Sizes saturate, where wrapped ones would fit: the arena then refuses them all.
    fn take(&mut self, rows: usize, columns: usize) -> Region {
        let (start, len) = (self.len, rows.saturating_mul(columns));
        self.len = start.saturating_add(len);
        Region { space: self.space, start, len }
    }
}

/// The places of all parameters, layer by layer, and the size of the arena that holds them.
pub(crate) fn parameters<T: Element>(spec: &Spec) -> (Vec<Parameters>, usize) {
    let mut state = Allocator { space: Space::State, len: 0 };
    let mut place = |layer: &Dense| {
        let outputs = padded::<T>(layer.outputs);
        let mut pair = |inputs| (state.take(outputs, inputs), state.take(outputs, inputs));
        let (weight, weight_velocity) = pair(layer.inputs);
        let (bias, bias_velocity) = layer.bias.then(|| pair(1)).unzip();
        Parameters { layer: *layer, weight, bias, weight_velocity, bias_velocity }
    };
    let places = spec.layers.iter().map(&mut place).collect();
    (places, state.len)
}

/// Spec → plan: operations in an order that works, with the memory that they share; the plan finds the phases.
pub(crate) fn compile<T: Element>(spec: &Spec, parameters: &[Parameters], purpose: Purpose) -> Result<Plan<T>> {
    let mut work = Allocator { space: Space::Work, len: 0 };
    let batch = purpose.batch;
    let values = |work: &mut Allocator, width: usize| work.take(padded::<T>(width), batch);
    // Features come as panels or, where most are zero, as lists of the others; an update needs them by columns.
    let width = spec.inputs;
    let input = values(&mut work, if purpose.sparse { 0 } else { width });
    let rows = work.take(if purpose.sparse { batch } else { 0 }, Lists::<T>::size(width, width));
    let sifts = purpose.sparse && purpose.trains;
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
        if purpose.trains {
            backward(&mut ops, &mut work, &places, grad_outputs, purpose.sparse.then_some(columns));
        }
    }
    Plan::new(ops, work.len, outputs, batch)
}

fn place(parameters: &Parameters, input: Region, output: Region, purpose: Purpose, number: usize) -> Place {
    let Parameters { layer, weight, bias, weight_velocity, bias_velocity } = *parameters;
    let folded = number == 0 && purpose.folded;
    Place { number, layer, weight, bias, weight_velocity, bias_velocity, input, output, batch: purpose.batch, folded }
}

/// From the last layer to the first: the gradient of its input is taken before its weight is updated.
fn backward<T: Element>(
    ops: &mut Vec<Arc<dyn Op<T>>>,
    work: &mut Allocator,
    places: &[Place],
    grad_outputs: Region,
    columns: Option<Region>,
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
        ops.push(match columns.filter(|_| i == 0) {
            Some(columns) => Arc::new(SparseWeightUpdate { place: *place, columns, grad_output }),
            None => Arc::new(WeightUpdate { place: *place, grad_output }),
        });
        if let (Some(bias), Some(velocity)) = (place.bias, place.bias_velocity) {
            ops.push(Arc::new(BiasUpdate { place: *place, bias, velocity, grad_output }));
        }
        grad_output = grad_input;
    }
}
