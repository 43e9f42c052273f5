use super::activation::numbered;
use super::typed;
use crate::views::{Floats, Scalar, Written, accepted, apart, matrix, matrix_mut, vector, vector_mut};
use napi::Result;
use napi::bindgen_prelude::Either;
use napi_derive::napi;
use ravine::{Activation, Linear, LinearGradients};

/// output[batch, outputs] = activation(x·Wᵀ + b): input [batch, inputs], weight [outputs, inputs], bias [outputs] or null.
/// Activations by number: their places in `activations` of `src/spec.ts`.
#[napi(
    catch_unwind,
    ts_generic_types = "T extends Float32Array | Float64Array",
    ts_args_type = "input: T, weight: T, bias: T | null, output: T, batch: number, inputs: number, outputs: number, activation: number",
    ts_return_type = "void"
)]
#[allow(clippy::too_many_arguments, reason = "the operands of a dense layer and its three sizes")]
pub fn linear(
    input: Floats,
    weight: Floats,
    bias: Option<Floats>,
    output: Written,
    batch: u32,
    inputs: u32,
    outputs: u32,
    activation: u32,
) -> Result<()> {
    let activation = numbered(activation)?;
    typed!(&input, affine(&input, &weight, bias.as_ref(), output, (batch, inputs, outputs), activation))
}

fn affine<T: Scalar>(
    input: &Floats,
    weight: &Floats,
    bias: Option<&Floats>,
    mut output: Written,
    (batch, inputs, outputs): (u32, u32, u32),
    activation: Activation,
) -> Result<()> {
    let place = "linear";
    let layer = Linear {
        weight: matrix::<T>(place, weight, (outputs, inputs))?,
        bias: bias.map(|bias| vector(place, bias)).transpose()?,
        activation,
    };
    let others: Vec<&Floats> = [Some(input), Some(weight), bias].into_iter().flatten().collect();
    let target = matrix_mut(place, &mut output, &others, (batch, outputs))?;
    accepted(ravine::linear(layer, matrix(place, input, (batch, inputs))?, target))
}

/// δ = gradOutput·activation′; gradInput = δ·W [batch, inputs], gradWeight = δᵀ·x [outputs, inputs], gradBias = Σ δ [outputs].
/// `gradOutput` and `output` (what linear found) are [batch, outputs].
#[napi(
    catch_unwind,
    ts_generic_types = "T extends Float32Array | Float64Array",
    ts_args_type = "gradOutput: T, input: T, weight: T, output: T, gradInput: T, gradWeight: T, gradBias: T, batch: number, inputs: number, outputs: number, activation: number",
    ts_return_type = "void"
)]
#[allow(clippy::too_many_arguments, reason = "the operands and gradients of a dense layer and its three sizes")]
pub fn linear_backward(
    grad_output: Floats,
    input: Floats,
    weight: Floats,
    output: Floats,
    grad_input: Written,
    grad_weight: Written,
    grad_bias: Written,
    batch: u32,
    inputs: u32,
    outputs: u32,
    activation: u32,
) -> Result<()> {
    let operands = [&grad_output, &input, &weight, &output];
    let activation = numbered(activation)?;
    typed!(
        &input,
        affine_backward(operands, [grad_input, grad_weight, grad_bias], (batch, inputs, outputs), activation)
    )
}

fn affine_backward<T: Scalar>(
    operands: [&Floats; 4],
    [mut grad_input, mut grad_weight, mut grad_bias]: [Written; 3],
    (batch, inputs, outputs): (u32, u32, u32),
    activation: Activation,
) -> Result<()> {
    let place = "linearBackward";
    let [grad_output, input, weight, output] = operands;
    apart(place, &grad_input, &[&grad_weight, &grad_bias])?;
    apart(place, &grad_weight, &[&grad_bias])?;
    let gradients = LinearGradients {
        grad_input: matrix_mut::<T>(place, &mut grad_input, &operands, (batch, inputs))?,
        grad_weight: matrix_mut(place, &mut grad_weight, &operands, (outputs, inputs))?,
        grad_bias: vector_mut(place, &mut grad_bias, &operands)?,
    };
    let layer = Linear { weight: matrix(place, weight, (outputs, inputs))?, bias: None, activation };
    let [grad_output, output] = [grad_output, output].map(|array| matrix(place, array, (batch, outputs)));
    accepted(ravine::linear_backward(layer, grad_output?, matrix(place, input, (batch, inputs))?, output?, gradients))
}
