use crate::error::{Result, expect_shape};
use ndarray::{ArrayView1, ArrayViewMut1};
use ravine_kernels::{Activation, Element, Isa};

/// y ← activation(x), elementwise.  Both [n].
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

/// gradInput ← gradOutput · activation′, by what is kept: the activation's output or, [`Activation::by_input`], its input.  All [n].
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
