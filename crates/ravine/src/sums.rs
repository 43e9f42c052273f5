//! Sums over all parameters in f64: over the inputs of each output, then of each parameter's outputs, then of all parameters, in order.

use crate::arena::{Region, Runs};
use crate::parameter::{Allocator, Parameter};
use crate::scalar;
use ravine_kernels::{Element, padded, sum16};
use std::ops::Range;

/// A sum of each output of each parameter, padded, one parameter after another.
#[derive(Clone, Debug)]
pub(crate) struct Total {
    pub(crate) sums: Region,
    /// Of each parameter the outputs.
    outputs: Vec<usize>,
    panel: usize,
}

impl Total {
    pub(crate) fn new<T: Element>(parameters: &[Parameter], work: &mut Allocator) -> Self {
        let outputs: Vec<usize> = parameters.iter().map(|parameter| parameter.layout.sides().0).collect();
        let all: usize = outputs.iter().map(|&outputs| padded::<T>(outputs)).sum();
        Self { sums: work.take(all, scalar::ELEMENTS), outputs, panel: T::PANEL }
    }

    /// The part of each parameter.
    pub(crate) fn parts(&self) -> impl Iterator<Item = Region> {
        let mut first = self.sums.start;
        self.outputs.iter().map(move |outputs| {
            let (start, len) = (first, outputs.next_multiple_of(self.panel) * scalar::ELEMENTS);
            first += len;
            Region { start, len, ..self.sums }
        })
    }

    /// The sum of all.
    pub(crate) fn of<T: Element>(&self, sums: &[T]) -> f64 {
        let (mut total, mut first) = (0.0, 0);
        for outputs in &self.outputs {
            total += sum16((first..first + outputs).map(|output| scalar::read(sums, output)));
            first += outputs.next_multiple_of(self.panel);
        }
        total
    }
}

/// Where one of `tiles` panels lies.
pub(crate) fn panel_of<T>(all: &[T], tile: usize, tiles: usize) -> Range<usize> {
    let panel = all.len() / tiles;
    tile * panel..(tile + 1) * panel
}

/// The sums of a panel of outputs, where a tile writes them.
pub(crate) fn write_sums<T: Element>(out: &mut Runs<'_, T>, sums: &[f64; 32]) {
    scalar::write(out.whole(), &sums[..T::PANEL]);
}
