use crate::arena::{Block, Region};
use crate::error::{Result, expect_shape};
use crate::op::{Op, Reads, Step, Writes, taken};
use crate::values::Values;
use ndarray::{ArrayView1, ArrayViewMut1};
use ravine_kernels::{Activation, Element, Isa};

/// y ← activation(x), elementwise.  Both `[n]`.
///
/// # Errors
/// [`crate::Error::Shape`] when the lengths differ.
pub fn activate<T: Element>(x: ArrayView1<'_, T>, mut y: ArrayViewMut1<'_, T>, activation: Activation) -> Result<()> {
    expect_shape("activate", "y", x.shape(), y.shape())?;
    let mut values = x.to_vec();
    ravine_kernels::activate(Isa::chosen(), &mut values, activation);
    y.iter_mut().zip(values).for_each(|(to, from)| *to = from);
    Ok(())
}

/// gradInput ← gradOutput · activation′, by what is kept: the activation's output or, [`Activation::by_input`], its input.  All `[n]`.
///
/// # Errors
/// [`crate::Error::Shape`] when the lengths differ.
pub fn activate_backward<T: Element>(
    grad_output: ArrayView1<'_, T>,
    kept: ArrayView1<'_, T>,
    mut grad_input: ArrayViewMut1<'_, T>,
    activation: Activation,
) -> Result<()> {
    expect_shape("activateBackward", "what is kept", grad_output.shape(), kept.shape())?;
    expect_shape("activateBackward", "gradInput", grad_output.shape(), grad_input.shape())?;
    let mut gradient = grad_output.to_vec();
    ravine_kernels::activate_backward(Isa::chosen(), &mut gradient, &kept.to_vec(), activation);
    grad_input.iter_mut().zip(gradient).for_each(|(to, from)| *to = from);
    Ok(())
}

/// output ← activation(input). A tile is a panel.
pub(crate) struct Activate {
    pub(crate) number: usize,
    pub(crate) activation: Activation,
    pub(crate) input: Values,
    pub(crate) output: Values,
}

impl<T: Element> Op<T> for Activate {
    fn tiles(&self) -> usize {
        self.output.panels::<T>()
    }

    fn reads(&self) -> Vec<Region> {
        vec![self.input.region]
    }

    fn writes(&self, tile: usize) -> Vec<Block> {
        vec![self.output.panel_block::<T>(tile)]
    }

    fn name(&self) -> String {
        format!("activation {}", self.number)
    }

    fn run(&self, tile: usize, step: &Step<'_, T>, [input, ..]: Reads<'_, T>, writes: Writes<'_, T>) {
        let [mut output] = taken(writes);
        let input = &input[self.input.panel::<T>(tile, step.rows.len())];
        let output = &mut output.whole()[..input.len()];
        output.copy_from_slice(input);
        ravine_kernels::activate(step.isa, output, self.activation);
    }
}

/// gradInput ← gradOutput·activation′, by what is kept of the activation. A tile is a panel.
pub(crate) struct Slope {
    pub(crate) number: usize,
    pub(crate) activation: Activation,
    pub(crate) kept: Values,
    pub(crate) grad_output: Values,
    pub(crate) grad_input: Values,
}

impl<T: Element> Op<T> for Slope {
    fn tiles(&self) -> usize {
        self.grad_input.panels::<T>()
    }

    fn reads(&self) -> Vec<Region> {
        vec![self.kept.region, self.grad_output.region]
    }

    fn writes(&self, tile: usize) -> Vec<Block> {
        vec![self.grad_input.panel_block::<T>(tile)]
    }

    fn name(&self) -> String {
        format!("activation gradient {}", self.number)
    }

    fn run(&self, tile: usize, step: &Step<'_, T>, [kept, grad_output, ..]: Reads<'_, T>, writes: Writes<'_, T>) {
        let [mut grad_input] = taken(writes);
        let panel = self.kept.panel::<T>(tile, step.rows.len());
        let grad_input = &mut grad_input.whole()[..panel.len()];
        grad_input.copy_from_slice(&grad_output[panel.clone()]);
        ravine_kernels::activate_backward(step.isa, grad_input, &kept[panel], self.activation);
    }
}
