use crate::arena::{Region, Space};
use crate::dense::{Forward, InputGradient, Place};
use crate::error::Result;
use crate::gather::Gather;
use crate::loss::LossOp;
use crate::op::Op;
use crate::plan::Plan;
use crate::sparse::{Sift, SparseForward, SparseWeightUpdate};
use crate::spec::{Dense, Loss, Spec};
use crate::update::{BiasUpdate, WeightUpdate};
use ravine_kernels::{Activation, Columns, Element, padded};
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
    /// Whether most of them are zero.
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
    // Features come as panels or, where most are zero, as lists of the others.
    let (dense, listed) = if purpose.sparse { (0, spec.inputs) } else { (spec.inputs, 0) };
    let input = values(&mut work, dense);
    let lists = work.take(listed.div_ceil(T::PANEL), Columns::<T>::size(batch));
    let mut ops: Vec<Arc<dyn Op<T>>> = vec![match purpose.sparse {
        true => Arc::new(Sift { lists, width: spec.inputs, batch }),
        false => Arc::new(Gather { input, width: spec.inputs, batch }),
    }];
    let mut places: Vec<Place> = Vec::new();
    for parameters in parameters {
        let input = places.last().map_or(input, |place| place.output);
        let output = values(&mut work, parameters.layer.outputs);
        let place = place(parameters, input, output, purpose, places.is_empty());
        ops.push(match purpose.sparse && places.is_empty() {
            true => {
                let parts = work.take(SparseForward::parts::<T>(&place), 1);
                Arc::new(SparseForward { place, lists, parts })
            }
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
            backward(&mut ops, &mut work, &places, grad_outputs, purpose.sparse.then_some(lists));
        }
    }
    Plan::new(ops, work.len, outputs, batch)
}

fn place(parameters: &Parameters, input: Region, output: Region, purpose: Purpose, first: bool) -> Place {
    let Parameters { layer, weight, bias, weight_velocity, bias_velocity } = *parameters;
    let (batch, folded) = (purpose.batch, first && purpose.folded);
    Place { layer, weight, bias, weight_velocity, bias_velocity, input, output, batch, first, folded }
}

/// From the last layer to the first: the gradient of its input is taken before its weight is updated.
fn backward<T: Element>(
    ops: &mut Vec<Arc<dyn Op<T>>>,
    work: &mut Allocator,
    places: &[Place],
    grad_outputs: Region,
    lists: Option<Region>,
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
        ops.push(match lists.filter(|_| i == 0) {
            Some(lists) => Arc::new(SparseWeightUpdate { place: *place, lists, grad_output }),
            None => Arc::new(WeightUpdate { place: *place, grad_output }),
        });
        if let (Some(bias), Some(velocity)) = (place.bias, place.bias_velocity) {
            ops.push(Arc::new(BiasUpdate { place: *place, bias, velocity, grad_output }));
        }
        grad_output = grad_input;
    }
}
