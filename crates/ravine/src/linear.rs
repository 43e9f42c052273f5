use crate::error::{Error, Result, expect_shape};
use crate::matmul::{affine, matmul};
use ndarray::{Array1, Array2, ArrayView1, ArrayView2, ArrayViewMut1, ArrayViewMut2};
use ravine_kernels::{Activation, CHAIN, Element, Isa, activate, activate_backward};

/// The parameters of a dense layer: `weight: [outputs, inputs]`, `bias: [outputs]`.
#[derive(Clone, Copy)]
pub struct Linear<'a, T> {
    /// W
    pub weight: ArrayView2<'a, T>,
    /// b
    pub bias: Option<ArrayView1<'a, T>>,
    /// Applied to x·Wᵀ + b.
    pub activation: Activation,
}

/// output ← activation(x·Wᵀ + b).  `input` [batch, inputs], `output` [batch, outputs] overwritten.
///
/// # Errors
/// [`crate::Error::Shape`] when the sizes disagree.
pub fn linear<T: Element>(
    layer: Linear<'_, T>,
    input: ArrayView2<'_, T>,
    mut output: ArrayViewMut2<'_, T>,
) -> Result<()> {
    let ((batch, inputs), outputs) = (input.dim(), layer.weight.nrows());
    expect_shape("linear", "weight", &[outputs, inputs], layer.weight.shape())?;
    expect_shape("linear", "output", &[batch, outputs], output.shape())?;
    let bias = layer.bias.map(|bias| bias.to_vec());
    if let Some(bias) = &bias {
        expect_shape("linear", "bias", &[outputs], &[bias.len()])?;
    }
    if batch == 0 || outputs == 0 {
        return Ok(());
    }
    let finish = |rows: &mut [T]| activate(Isa::chosen(), rows, layer.activation);
    match output.as_slice_mut() {
        Some(values) => affine(input, layer.weight.t(), bias.as_deref(), values, finish),
        None => {
            let mut values = vec![T::ZERO; batch * outputs];
            affine(input, layer.weight.t(), bias.as_deref(), &mut values, finish)?;
            output.iter_mut().zip(values).for_each(|(to, from)| *to = from);
            Ok(())
        }
    }
}

/// Where [`linear_backward`] writes.
pub struct LinearGradients<'a, T> {
    /// [batch, inputs]
    pub grad_input: ArrayViewMut2<'a, T>,
    /// [outputs, inputs]
    pub grad_weight: ArrayViewMut2<'a, T>,
    /// `[outputs]`
    pub grad_bias: ArrayViewMut1<'a, T>,
}

/// δ = gradOutput·activation′;  gradInput ← δ·W;  gradWeight ← δᵀ·x;  gradBias ← Σ δ over the batch.
/// `grad_output` and `output` (of the activation) [batch, outputs], `input` [batch, inputs].
///
/// # Errors
/// [`crate::Error::Shape`] when the sizes disagree, [`crate::Error::Hyperparameter`] for an activation [`Activation::by_input`].
pub fn linear_backward<T: Element>(
    layer: Linear<'_, T>,
    grad_output: ArrayView2<'_, T>,
    input: ArrayView2<'_, T>,
    output: ArrayView2<'_, T>,
    mut gradients: LinearGradients<'_, T>,
) -> Result<()> {
    let ((batch, inputs), outputs) = (input.dim(), layer.weight.nrows());
    expect_shape("linearBackward", "weight", &[outputs, inputs], layer.weight.shape())?;
    expect_shape("linearBackward", "gradOutput", &[batch, outputs], grad_output.shape())?;
    expect_shape("linearBackward", "output", &[batch, outputs], output.shape())?;
    expect_shape("linearBackward", "gradInput", &[batch, inputs], gradients.grad_input.shape())?;
    expect_shape("linearBackward", "gradWeight", &[outputs, inputs], gradients.grad_weight.shape())?;
    expect_shape("linearBackward", "gradBias", &[outputs], gradients.grad_bias.shape())?;
    if layer.activation.by_input() {
        let sentence = "linearBackward: expected an activation whose output tells its derivative but received another";
        return Err(Error::Hyperparameter(sentence.into()));
    }
    let mut delta: Vec<T> = grad_output.iter().copied().collect();
    activate_backward(Isa::chosen(), &mut delta, &output.iter().copied().collect::<Vec<_>>(), layer.activation);
    // As many values as the shape that was checked says.
    let delta = Array2::from_shape_vec((batch, outputs), delta).expect("batch · outputs values");
    matmul(delta.view(), layer.weight, gradients.grad_input)?;
    matmul(delta.t(), input, gradients.grad_weight)?;
    gradients.grad_bias.assign(&column_sums(delta.view()));
    Ok(())
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
