use super::Model;
use crate::arena::Arena;
use crate::error::{Error, Result, expect_shape};
use crate::parameter::{self, Parameters, expect, export, import, parameters};
use crate::scalar;
use crate::tune::MEMORY;
use ndarray::{ArrayD, ArrayViewD};
use ravine_kernels::{Element, MOST_STATES};

impl<T: Element> Model<T> {
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

    /// Copies of the parameters: of each layer the weight `[outputs, inputs]` and the bias `[outputs]`.
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
}
