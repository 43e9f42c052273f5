use crate::error::{Result, expect_shape};
use crate::matmul::{affine, matmul};
use ndarray::{Array1, Array2, ArrayView1, ArrayView2};
use ravine_kernels::{Activation, CHAIN, Element, Isa, activate, activate_backward};

/// activation(x·Wᵀ + b).  `input` [batch, inputs], `weight` [outputs, inputs], `bias` [outputs] → [batch, outputs].
///
/// # Errors
/// [`crate::Error::Shape`] when the sizes disagree.
pub fn linear<T: Element>(
    input: ArrayView2<'_, T>,
    weight: ArrayView2<'_, T>,
    bias: Option<ArrayView1<'_, T>>,
    activation: Activation,
) -> Result<Array2<T>> {
    let ((batch, inputs), outputs) = (input.dim(), weight.nrows());
    expect_shape("linear", "weight", &[outputs, inputs], weight.shape())?;
    let bias = bias.map(|bias| bias.to_vec());
    if let Some(bias) = &bias {
        expect_shape("linear", "bias", &[outputs], &[bias.len()])?;
    }
    let mut output = Array2::from_elem((batch, outputs), T::ZERO);
    if batch > 0 && outputs > 0 {
        let values = output.as_slice_mut().unwrap_or_default();
        affine(input, weight.t(), bias.as_deref(), values, |rows| activate(Isa::chosen(), rows, activation))?;
    }
    Ok(output)
}

/// What [`linear_backward`] finds.
pub struct LinearGradients<T> {
    /// [batch, inputs]
    pub grad_input: Array2<T>,
    /// [outputs, inputs]
    pub grad_weight: Array2<T>,
    /// [outputs]
    pub grad_bias: Array1<T>,
}

/// δ = gradOutput·activation′;  gradInput = δ·W;  gradWeight = δᵀ·x;  gradBias = Σ δ over the batch.
/// `grad_output` and `output` (of the activation) [batch, outputs], `input` [batch, inputs], `weight` [outputs, inputs].
///
/// # Errors
/// [`crate::Error::Shape`] when the sizes disagree.
pub fn linear_backward<T: Element>(
    grad_output: ArrayView2<'_, T>,
    input: ArrayView2<'_, T>,
    weight: ArrayView2<'_, T>,
    output: ArrayView2<'_, T>,
    activation: Activation,
) -> Result<LinearGradients<T>> {
    let ((batch, inputs), outputs) = (input.dim(), weight.nrows());
    expect_shape("linearBackward", "weight", &[outputs, inputs], weight.shape())?;
    expect_shape("linearBackward", "gradOutput", &[batch, outputs], grad_output.shape())?;
    expect_shape("linearBackward", "output", &[batch, outputs], output.shape())?;
    let mut delta = Array2::from_elem((batch, outputs), T::ZERO);
    delta.assign(&grad_output);
    let before = output.iter().copied().collect::<Vec<_>>();
    activate_backward(Isa::chosen(), delta.as_slice_mut().unwrap_or_default(), &before, activation);

    let mut grad_input = Array2::from_elem((batch, inputs), T::ZERO);
    let mut grad_weight = Array2::from_elem((outputs, inputs), T::ZERO);
    matmul(delta.view(), weight, grad_input.view_mut())?;
    matmul(delta.t(), input, grad_weight.view_mut())?;
    Ok(LinearGradients { grad_input, grad_weight, grad_bias: column_sums(delta.view()) })
}

/// Σ over rows: chains of additions, cut at multiples of [`CHAIN`].
fn column_sums<T: Element>(matrix: ArrayView2<'_, T>) -> Array1<T> {
    let mut total: Option<Array1<T>> = None;
    for part in matrix.axis_chunks_iter(ndarray::Axis(0), CHAIN) {
        let sum = part.rows().into_iter().fold(Array1::from_elem(matrix.ncols(), T::ZERO), |sum, row| &sum + &row);
        total = Some(total.map_or_else(|| sum.clone(), |total| &total + &sum));
    }
    total.unwrap_or_else(|| Array1::from_elem(matrix.ncols(), T::ZERO))
}
