mod answers;
mod learning;
mod memory;

use crate::arena::Arena;
use crate::compile::{Purpose, compile};
use crate::dataset::{Dataset, Targets};
use crate::error::{Error, Result, expect_shape};
use crate::optimizer::{Optimizer, Table};
use crate::parameter::{Parameter, Parameters, parameters};
use crate::plan::Plan;
use crate::predict_sync::Desk;
use crate::spec::Spec;
use ravine_kernels::{Element, Isa, Loss};

pub use answers::Evaluation;

/// Examples of a batch where nothing is learnt.
pub(crate) const EVALUATION_BATCH: usize = 256;
/// Plans that are kept: one to train, one to evaluate, one to predict, one for gradients.
const PLANS: usize = 4;

/// A network with its parameters and the optimizer's states of them; it trains by plans compiled from its spec.
pub struct Model<T: Element> {
    pub(crate) spec: Spec,
    places: Vec<Parameters>,
    /// Of each parameter.
    states: usize,
    state: Arena<T>,
    plans: Vec<(Purpose, Plan<T>)>,
    isa: Isa,
    /// Since the model was made.
    updates: u64,
    /// Of examples that are answered at once.
    pub(crate) desk: Option<Desk<T>>,
}

impl<T: Element> Model<T> {
    /// All parameters are zero, and one state of each.
    ///
    /// # Errors
    /// [`Error::Shape`] when a layer does not take what the one before it gives or has no width, [`Error::Data`] without layers,
    /// [`Error::Native`] when the machine has no memory for it.
    pub fn new(spec: Spec) -> Result<Self> {
        spec.check()?;
        let (places, len) = parameters::<T>(&spec, 1);
        let (state, isa) = (Arena::new(len)?, Isa::chosen());
        Ok(Self { spec, places, states: 1, state, plans: Vec::new(), isa, updates: 0, desk: None })
    }

    /// The optimizer's rules, step by step.
    pub(crate) fn table(&self, optimizer: &Optimizer) -> Result<Table<T>> {
        Table::new(optimizer, self.each().count(), self.states)
    }

    fn each(&self) -> impl Iterator<Item = Parameter> {
        self.places.iter().flat_map(Parameters::each)
    }

    /// Features of an example.
    pub fn inputs(&self) -> usize {
        self.spec.features()
    }

    /// Width of the network's output.
    pub fn outputs(&self) -> usize {
        self.spec.outputs()
    }

    /// The plan for a purpose, kept or compiled, beside the state that it works on.
    pub(crate) fn plan(&mut self, purpose: Purpose) -> Result<(&mut Arena<T>, &mut Plan<T>, Isa)> {
        if let Some(kept) = self.plans.iter().position(|(key, _)| *key == purpose) {
            let plan = self.plans.remove(kept);
            self.plans.push(plan);
        } else {
            let plan = compile(&self.spec, &self.places, purpose)?;
            if self.plans.len() == PLANS {
                self.plans.remove(0);
            }
            self.plans.push((purpose, plan));
        }
        let (_, plan) = self.plans.last_mut().expect("pushed above");
        Ok((&mut self.state, plan, self.isa))
    }

    pub(crate) fn check(&self, dataset: &Dataset<T>, objective: Option<(Loss, Option<&[f64]>)>) -> Result<()> {
        dataset.whole()?;
        expect_shape("model", "inputs of the dataset", &[self.spec.features()], &[dataset.inputs])?;
        let outputs = self.outputs();
        let Some((loss, weights)) = objective else { return Ok(()) };
        if let Some(weights) = weights {
            expect_shape("model", "weights", &[dataset.examples], &[weights.len()])?;
        }
        match (&dataset.targets, loss.classes(outputs)) {
            (Targets::Labels(labels), Some(classes)) => match labels.iter().find(|&&label| label as usize >= classes) {
                Some(label) => Err(Error::Data(format!("model: expected labels below {classes} but received {label}"))),
                None => Ok(()),
            },
            (Targets::Values(values), _) if loss != Loss::MulticlassHinge => {
                expect_shape("model", "targets of the dataset", &[dataset.examples * outputs], &[values.len()])
            }
            _ => Err(Error::Data(format!("model: expected data for {loss:?} but received others"))),
        }
    }
}

#[cfg(test)]
mod tests;
