use crate::error::{Result, expect_shape};
use ndarray::{Array1, ArrayView1};
use ravine_kernels::{Activation, Element, Isa};

/// activation(x), elementwise.  `x` [n].
pub fn activate<T: Element>(x: ArrayView1<'_, T>, activation: Activation) -> Array1<T> {
    let mut values = x.to_vec();
    ravine_kernels::activate(Isa::chosen(), &mut values, activation);
    Array1::from_vec(values)
}

/// gradOutput · activation′, by the activation's output.  Both [n].
///
/// # Errors
/// [`crate::Error::Shape`] when the lengths differ.
pub fn activate_backward<T: Element>(
    grad_output: ArrayView1<'_, T>,
    output: ArrayView1<'_, T>,
    activation: Activation,
) -> Result<Array1<T>> {
    expect_shape("activateBackward", "output", grad_output.shape(), output.shape())?;
    let mut gradient = grad_output.to_vec();
    ravine_kernels::activate_backward(Isa::chosen(), &mut gradient, &output.to_vec(), activation);
    Ok(Array1::from_vec(gradient))
}
