use crate::arena::{Region, Space};
use crate::dataset::Dataset;
use crate::emission::{Emission, Emitted};
use crate::error::Result;
use crate::lists::Listed;
use crate::parameter::{self, Allocator, Parameters};
use crate::plan::Plan;
use crate::small::SmallStep;
use crate::spec::Spec;
use crate::whole::Whole;
use ravine_kernels::{CHAIN, Columns, Element, Lists, Loss, padded};
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
    /// Has them already, and updates parameters by them.
    Given,
}

/// What a plan is made for; one plan serves all runs with the same purpose.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Purpose {
    pub(crate) batch: usize,
    /// None to predict.
    pub(crate) loss: Option<Loss>,
    pub(crate) gradients: Gradients,
    /// Whether the features come with a normalisation.
    pub(crate) folded: bool,
    /// Entries that an example has at most, where most features are zero.
    pub(crate) sparse: Option<usize>,
    /// What is done with gradients that are whole.
    pub(crate) whole: Whole,
}

impl Purpose {
    /// For batches of a dataset.
    pub(crate) fn new<T: Element>(
        dataset: &Dataset<T>,
        batch: usize,
        loss: Option<Loss>,
        gradients: Gradients,
        whole: Whole,
    ) -> Self {
        Self { batch, loss, gradients, folded: dataset.fold.is_some(), sparse: dataset.sparse(batch), whole }
    }
}

/// Spec → plan: operations in an order that works, with the memory that they share; the plan finds the phases.
pub(crate) fn compile<T: Element>(spec: &Spec, places: &[Parameters], purpose: Purpose) -> Result<Plan<T>> {
    let small = |loss| SmallStep::new::<T>(spec, places, loss, purpose.batch, purpose.folded);
    if let Some(small) = purpose.loss.filter(|_| purpose.gradients == Gradients::Fused).and_then(small) {
        let (work, nothing) = (small.work(), Region { space: Space::Work, start: 0, len: 0 });
        return Plan::new(vec![vec![Arc::new(small)]], work, nothing, purpose.batch);
    }
    let mut work = Allocator::new(Space::Work);
    if !matches!(purpose.gradients, Gradients::Ignored | Gradients::Fused) {
        work.len = parameter::gradients(places);
    }
    // Features come as panels or, where one dense layer alone reads them and most are zero, as lists of the others: a batch of many
    // columns always does.
    let sparse = purpose.sparse.filter(|_| spec.feeds_one_dense());
    let listed = sparse.map(|most| listed::<T>(&mut work, spec.features(), most, purpose));
    let only = listed.is_some() && spec.features() > CHAIN;
    let rows = if only { 0 } else { purpose.batch };
    let inputs: Vec<Region> = spec.inputs.iter().map(|&width| work.take(padded::<T>(width), rows)).collect();
    let ways = match listed {
        Some(_) if !only => vec![listed, None],
        way => vec![way],
    };
    // Each way has the memory of the others, since one step goes one way.
    let emit = |listed| Emission::new(spec, places, purpose, (work.clone(), &inputs, listed)).all();
    let emitted: Vec<Emitted<T>> = ways.into_iter().map(emit).collect();
    let (len, outputs) = (emitted[0].len, emitted[0].outputs);
    Plan::new(emitted.into_iter().map(|way| way.ops).collect(), len, outputs, purpose.batch)
}

/// Room for the lists of a batch, whose examples have `most` entries at most; columns are for what learns.
fn listed<T: Element>(work: &mut Allocator, inputs: usize, most: usize, purpose: Purpose) -> Listed {
    let panels = if purpose.gradients == Gradients::Ignored { 0 } else { inputs.div_ceil(T::PANEL) };
    let rows = work.take(purpose.batch, Lists::<T>::size(inputs, most));
    let columns = work.take(panels, Columns::<T>::size(purpose.batch));
    Listed { rows, columns, inputs, most, batch: purpose.batch }
}
