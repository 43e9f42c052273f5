use crate::element::Element;
use crate::isa::Isa;
use crate::rule::{MOST_STATES, Rule, apply};
use std::ops::Range;

/// A part of a parameter and of its states; states that there are not are empty.
#[derive(Debug, Default)]
pub struct Part<'a, T> {
    /// Of the parameter itself.
    pub value: &'a mut [T],
    /// As many as its rule has, each as long as `value`; or more, which it leaves alone.
    pub states: [&'a mut [T]; MOST_STATES],
}

impl<'a, T: Element> Part<'a, T> {
    /// Of a parameter and its states, in order.
    pub fn new(value: &'a mut [T], states: impl IntoIterator<Item = &'a mut [T]>) -> Self {
        let mut part = Self { value, ..Self::default() };
        part.states.iter_mut().zip(states).for_each(|(own, state)| *own = state);
        part
    }

    /// A part of it.
    pub fn within(&mut self, range: Range<usize>) -> Part<'_, T> {
        let states = self.states.each_mut().map(|state| state.get_mut(range.clone()).unwrap_or_default());
        Part { value: &mut self.value[range], states }
    }

    /// One step of a rule.
    ///
    /// # Panics
    /// When the gradient, the value and a state of the rule are not equally long.
    pub fn take(&mut self, isa: Isa, rule: &Rule<T>, gradient: &[T]) {
        apply(isa, rule, self.value, &mut self.states[..rule.states()], gradient);
    }
}
