use super::{Evaluation, Model};
use crate::arena::Arena;
use crate::compile::{Gradients, Purpose};
use crate::dataset::{Dataset, Targets};
use crate::error::Result;
use crate::features::Features;
use crate::optimizer::{Optimizer, Table};
use crate::parameter::{self, Parameters, expect, export, import};
use crate::run::{Pass, Went};
use crate::spec::Objective;
use ndarray::{ArrayD, ArrayViewD};
use ravine_kernels::{Element, Part};

impl<T: Element> Model<T> {
    /// One update on the whole of `dataset`. The loss is of before the update; when it is not finite nothing is updated.
    ///
    /// # Errors
    /// As [`Model::train`].
    pub fn step(
        &mut self,
        dataset: &Dataset<T>,
        objective: impl Into<Objective>,
        optimizer: &Optimizer,
        threads: usize,
    ) -> Result<Evaluation> {
        let table = self.table(optimizer)?;
        let gradients = if table.whole.any() { Gradients::Unfused } else { Gradients::Fused };
        self.once(dataset, &objective.into(), gradients, &table, threads)
    }

    /// The gradients of the mean loss of `dataset` in the order and shapes of [`Model::parameters`]; none when the loss is not finite.
    ///
    /// # Errors
    /// As [`Model::train`].
    pub fn gradients(
        &mut self,
        dataset: &Dataset<T>,
        objective: impl Into<Objective>,
        threads: usize,
    ) -> Result<(Evaluation, Vec<ArrayD<T>>)> {
        let found = self.once(dataset, &objective.into(), Gradients::Alone, &Table::nothing(), threads)?;
        let written = self.plans.last_mut().filter(|_| found.loss.is_finite());
        let gradients = written.map(|(_, plan)| export(plan.work_mut(), &self.places, |parameter| parameter.gradient));
        Ok((found, gradients.unwrap_or_default()))
    }

    /// One update by gradients in the order and shapes of [`Model::parameters`].
    ///
    /// # Errors
    /// [`Error::Shape`](crate::Error::Shape), or [`Error::Native`](crate::Error::Native) without memory; then nothing has changed.
    pub fn apply(&mut self, gradients: &[ArrayViewD<'_, T>], optimizer: &Optimizer) -> Result<()> {
        expect(&self.places, "gradient", gradients)?;
        let table = self.table(optimizer)?;
        if table.whole.any() {
            return self.apply_whole(gradients, &table);
        }
        let mut work = Arena::new(parameter::gradients(&self.places))?;
        import(self.isa, &mut work, &self.places, gradients, |parameter| parameter.gradient);
        for parameter in self.places.iter().flat_map(Parameters::each) {
            let Some(rule) = table.step(0).of(parameter.number) else { continue };
            let (value, behind) = self.state.get_mut(parameter.whole()).split_at_mut(parameter.value.len);
            let mut part = Part::new(value, behind.chunks_exact_mut(parameter.value.len));
            let gradient = &*work.get_mut(parameter.gradient);
            for range in parameter.moving(gradient, 0..parameter.value.len) {
                part.within(range.clone()).take(self.isa, rule, &gradient[range]);
            }
        }
        self.updates += 1;
        Ok(())
    }

    /// Likewise by a plan of what needs them whole.
    fn apply_whole(&mut self, gradients: &[ArrayViewD<'_, T>], table: &Table<T>) -> Result<()> {
        let (width, places) = (self.spec.features(), self.places.clone());
        let nothing = Dataset::new(Features::Floats(vec![T::ZERO; width]), Targets::None, None, 1, width)?;
        let (state, plan, isa) = self.plan(Purpose::new(&nothing, 1, None, Gradients::Given, table.whole))?;
        import(isa, plan.work_mut(), &places, gradients, |parameter| parameter.gradient);
        let pass = Pass::new(isa, &nothing, &[0], 1, table);
        pass.run(plan, state, 1, &mut |_, _, _| true)?;
        self.updates += 1;
        Ok(())
    }

    /// All of `dataset` as one batch, by a plan that is then the last of those kept.
    fn once(
        &mut self,
        dataset: &Dataset<T>,
        objective: &Objective,
        gradients: Gradients,
        table: &Table<T>,
        threads: usize,
    ) -> Result<Evaluation> {
        let (loss, weights) = (objective.loss, objective.weights.as_deref());
        self.check(dataset, Some((loss, weights)))?;
        let (batch, number) = (dataset.examples, self.updates);
        let (state, plan, isa) = self.plan(Purpose::new(dataset, batch, Some(loss), gradients, table.whole))?;
        let order: Vec<u32> = (0..batch as u32).collect();
        let pass = Pass { isa, dataset, order: &order, batch, weights, table, row: 0, number, guarded: true };
        let mut found = Evaluation { loss: 0.0, correct: 0 };
        let (went, _) = pass.run(plan, state, threads, &mut |_, loss, correct| {
            found = Evaluation { loss: loss / batch as f64, correct };
            true
        })?;
        match went {
            Went::Diverged(loss) => found.loss = loss / batch as f64,
            _ if gradients != Gradients::Alone => self.updates += 1,
            _ => {}
        }
        Ok(found)
    }
}
