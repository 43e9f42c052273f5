use crate::arena::Arena;
use crate::compile::{Gradients, Purpose, compile};
use crate::dataset::{Dataset, Targets};
use crate::error::{Error, Result, expect_shape};
use crate::features::Features;
use crate::optimizer::{Optimizer, Table};
use crate::parameter::{self, Parameter, Parameters, expect, export, import, parameters};
use crate::plan::Plan;
use crate::predict_sync::Desk;
use crate::run::{Pass, Went};
use crate::scalar;
use crate::spec::{Objective, Spec};
use crate::tune::MEMORY;
use crate::whole::Whole;
use ndarray::{Array2, ArrayD, ArrayViewD};
use ravine_kernels::{Element, Isa, Loss, MOST_STATES, Part, unpack};
use std::ops::Range;

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

/// Loss and right answers over a dataset.
#[derive(Clone, Copy, Debug)]
pub struct Evaluation {
    /// Mean over the examples.
    pub loss: f64,
    /// Examples whose largest output is their label's.
    pub correct: u64,
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

    /// The shapes of the parameters, in the order of [`Model::parameters`].
    pub fn shapes(&self) -> Vec<Vec<usize>> {
        self.places.iter().flat_map(Parameters::shapes).collect()
    }

    /// Updates since the model was made: what is drawn in a step depends on their number.
    pub fn updates(&self) -> u64 {
        self.updates
    }

    /// Goes on as after so many updates.
    pub fn set_updates(&mut self, updates: u64) {
        self.updates = updates;
    }

    /// Copies of the parameters: of each layer the weight [outputs, inputs] and the bias [outputs].
    pub fn parameters(&mut self) -> Vec<ArrayD<T>> {
        export(&mut self.state, &self.places, |parameter| parameter.value)
    }

    /// Copies of the optimizer's states: of each in turn what [`Model::parameters`] gives of parameters.
    pub fn states(&mut self) -> Vec<Vec<ArrayD<T>>> {
        let state = |number| export(&mut self.state, &self.places, |parameter| parameter.state(number));
        (0..self.states).map(state).collect()
    }

    /// Takes parameters in the order and shapes of [`Model::parameters`].
    ///
    /// # Errors
    /// [`Error::Shape`]; then nothing has changed.
    pub fn set_parameters(&mut self, values: &[ArrayViewD<'_, T>]) -> Result<()> {
        expect(&self.places, "parameter", values)?;
        import(self.isa, &mut self.state, &self.places, values, |parameter| parameter.value);
        Ok(())
    }

    /// Takes states likewise, as many of each parameter as there are in `values`.
    ///
    /// # Errors
    /// [`Error::Shape`], [`Error::Hyperparameter`] for too many, [`Error::Native`] without memory; then nothing has changed.
    pub fn set_states(&mut self, values: &[Vec<ArrayViewD<'_, T>>]) -> Result<()> {
        values.iter().try_for_each(|state| expect(&self.places, "state", state))?;
        self.keep(values.len())?;
        for (number, state) in values.iter().enumerate() {
            import(self.isa, &mut self.state, &self.places, state, |parameter| parameter.state(number));
        }
        Ok(())
    }

    /// Makes room for so many states of each parameter, all zero.
    ///
    /// # Errors
    /// [`Error::Hyperparameter`] for too many, [`Error::Native`] without memory; then nothing has changed.
    pub fn keep(&mut self, states: usize) -> Result<()> {
        if states > MOST_STATES {
            let sentence = format!("model: expected at most {MOST_STATES} states but received {states}");
            return Err(Error::Hyperparameter(sentence));
        }
        let (places, len) = parameters::<T>(&self.spec, states);
        let mut state = Arena::new(len)?;
        let each = |places: &[Parameters]| places.iter().flat_map(Parameters::each).collect::<Vec<_>>();
        for (old, new) in each(&self.places).into_iter().zip(each(&places)) {
            state.get_mut(new.value).copy_from_slice(self.state.get_mut(old.value));
        }
        // Plans know where states lie.
        self.plans.clear();
        (self.places, self.states, self.state) = (places, states, state);
        Ok(())
    }

    /// Bytes of parameters and states.
    pub fn bytes(&self) -> usize {
        self.each().map(|parameter| parameter.whole().len).sum::<usize>() * size_of::<T>()
    }

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
    /// [`Error::Shape`], or [`Error::Native`] without memory; then nothing has changed.
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
        let pass = Pass {
            isa,
            dataset: &nothing,
            order: &[0],
            batch: 1,
            weights: None,
            table,
            row: 0,
            number: 0,
            guarded: false,
        };
        pass.run(plan, state, 1, &mut |_, _, _| true)?;
        self.updates += 1;
        Ok(())
    }

    /// What the tuner of an optimizer remembers.
    pub fn memory(&mut self) -> Vec<f64> {
        let memory = self.state.get_mut(parameter::memory());
        (0..MEMORY).map(|place| scalar::read(memory, place)).collect()
    }

    /// Takes what [`Model::memory`] gave.
    ///
    /// # Errors
    /// [`Error::Shape`] for another number of numbers.
    pub fn set_memory(&mut self, memory: &[f64]) -> Result<()> {
        expect_shape("model", "memory", &[MEMORY], &[memory.len()])?;
        scalar::write(self.state.get_mut(parameter::memory()), memory);
        Ok(())
    }

    /// The optimizer's rules, step by step.
    pub(crate) fn table(&self, optimizer: &Optimizer) -> Result<Table<T>> {
        Table::new(optimizer, self.each().count(), self.states)
    }

    fn each(&self) -> impl Iterator<Item = Parameter> {
        self.places.iter().flat_map(Parameters::each)
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
        let order: Vec<u32> = (0..dataset.examples as u32).collect();
        let pass = Pass {
            isa,
            dataset,
            order: &order,
            batch,
            weights,
            table: &Table::nothing(),
            row: 0,
            number: 0,
            guarded: false,
        };
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
        let pass = Pass {
            isa,
            dataset,
            order,
            batch,
            weights: None,
            table: &Table::nothing(),
            row: 0,
            number: 0,
            guarded: false,
        };
        pass.run(plan, state, threads, &mut |_, _, _| true)?;
        let panels = plan.outputs().chunks_exact(batch * T::PANEL);
        panels.enumerate().for_each(|(p, panel)| unpack(panel, rows, width, p * T::PANEL));
        Ok(())
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
