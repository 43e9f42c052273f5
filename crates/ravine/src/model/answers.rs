use super::{EVALUATION_BATCH, Model};
use crate::compile::{Gradients, Purpose};
use crate::dataset::Dataset;
use crate::error::{Error, Result};
use crate::optimizer::Table;
use crate::run::Pass;
use crate::spec::Objective;
use crate::whole::Whole;
use ndarray::Array2;
use ravine_kernels::{Element, unpack};
use std::ops::Range;

/// Loss and right answers over a dataset.
#[derive(Clone, Copy, Debug)]
pub struct Evaluation {
    /// Mean over the examples.
    pub loss: f64,
    /// Examples whose largest output is their label's.
    pub correct: u64,
}

impl<T: Element> Model<T> {
    /// Mean loss and right answers over `dataset`.
    ///
    /// # Errors
    /// As [`Model::train`].
    pub fn evaluate(
        &mut self,
        dataset: &Dataset<T>,
        objective: impl Into<Objective>,
        threads: usize,
    ) -> Result<Evaluation> {
        let Objective { loss, weights } = objective.into();
        let weights = weights.as_deref();
        self.check(dataset, Some((loss, weights)))?;
        let batch = EVALUATION_BATCH.min(dataset.examples);
        let (state, plan, isa) =
            self.plan(Purpose::new(dataset, batch, Some(loss), Gradients::Ignored, Whole::default()))?;
        let (order, nothing) = ((0..dataset.examples as u32).collect::<Vec<_>>(), Table::nothing());
        let pass = Pass { weights, ..Pass::new(isa, dataset, &order, batch, &nothing) };
        let mut found = Evaluation { loss: 0.0, correct: 0 };
        pass.run(plan, state, threads, &mut |_, loss, correct| {
            found.loss += loss;
            found.correct += correct;
            true
        })?;
        found.loss /= dataset.examples as f64;
        Ok(found)
    }

    /// The outputs of the network [examples, outputs].
    ///
    /// # Errors
    /// As [`Model::train`].
    pub fn predict(&mut self, dataset: &Dataset<T>, threads: usize) -> Result<Array2<T>> {
        self.predict_some(dataset, 0..dataset.examples, threads)
    }

    /// The outputs of the network for some of the examples: [examples, outputs].
    ///
    /// # Errors
    /// As [`Model::train`], [`Error::Shape`] for examples that the dataset has not.
    pub fn predict_some(&mut self, dataset: &Dataset<T>, some: Range<usize>, threads: usize) -> Result<Array2<T>> {
        self.check(dataset, None)?;
        if some.is_empty() || some.end > dataset.examples {
            let sentence = format!("model: expected examples of the {} but received {some:?}", dataset.examples);
            return Err(Error::Shape(sentence));
        }
        let (width, examples) = (self.outputs(), some.len());
        let batch = EVALUATION_BATCH.min(dataset.examples);
        let order: Vec<u32> = some.map(|example| example as u32).collect();
        let mut values = vec![T::ZERO; examples * width];
        for (order, rows) in order.chunks(batch).zip(values.chunks_mut(batch * width)) {
            self.answer(dataset, order, batch, rows, threads)?;
        }
        Ok(Array2::from_shape_vec((examples, width), values).expect("as many values as the shape says"))
    }

    /// The outputs for at most `batch` examples, by the plan for so many: `rows` [examples, outputs].
    pub(crate) fn answer(
        &mut self,
        dataset: &Dataset<T>,
        order: &[u32],
        batch: usize,
        rows: &mut [T],
        threads: usize,
    ) -> Result<()> {
        let width = self.outputs();
        let (state, plan, isa) = self.plan(Purpose::new(dataset, batch, None, Gradients::Ignored, Whole::default()))?;
        let nothing = Table::nothing();
        let pass = Pass::new(isa, dataset, order, batch, &nothing);
        pass.run(plan, state, threads, &mut |_, _, _| true)?;
        let panels = plan.outputs().chunks_exact(batch * T::PANEL);
        panels.enumerate().for_each(|(p, panel)| unpack(panel, rows, width, p * T::PANEL));
        Ok(())
    }
}
