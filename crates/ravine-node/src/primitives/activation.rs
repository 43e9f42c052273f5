use super::typed;
use crate::options::unknown;
use crate::views::{Floats, Scalar, Written, accepted, vector, vector_mut};
use napi::Result;
use napi::bindgen_prelude::Either;
use napi_derive::napi;
use ravine::Activation;

/// y = activation(x), elementwise; ReLU(NaN) is NaN. Activations by number, as in linear.
#[napi(
    catch_unwind,
    ts_generic_types = "T extends Float32Array | Float64Array",
    ts_args_type = "x: T, y: T, activation: number",
    ts_return_type = "void"
)]
pub fn activate(x: Floats, y: Written, activation: u32) -> Result<()> {
    let activation = numbered(activation)?;
    typed!(&x, activated(&x, y, activation))
}

fn activated<T: Scalar>(x: &Floats, mut y: Written, activation: Activation) -> Result<()> {
    let target = vector_mut::<T>("activate", &mut y, &[x])?;
    accepted(ravine::activate(vector("activate", x)?, target, activation))
}

/// gradInput = gradOutput·activation′, elementwise, by what is kept of the activation: its output or, of gelu, geluTanh and silu, its
/// input.
#[napi(
    catch_unwind,
    ts_generic_types = "T extends Float32Array | Float64Array",
    ts_args_type = "gradOutput: T, kept: T, gradInput: T, activation: number",
    ts_return_type = "void"
)]
pub fn activate_backward(grad_output: Floats, kept: Floats, grad_input: Written, activation: u32) -> Result<()> {
    let activation = numbered(activation)?;
    typed!(&kept, activated_backward(&grad_output, &kept, grad_input, activation))
}

fn activated_backward<T: Scalar>(
    grad_output: &Floats,
    kept: &Floats,
    mut grad_input: Written,
    activation: Activation,
) -> Result<()> {
    let place = "activateBackward";
    let target = vector_mut::<T>(place, &mut grad_input, &[grad_output, kept])?;
    accepted(ravine::activate_backward(vector(place, grad_output)?, vector(place, kept)?, target, activation))
}

/// The activation at a place of `activations` of `src/spec.ts`.
pub(super) fn numbered(number: u32) -> Result<Activation> {
    let found = Activation::ALL.get(number as usize).map(|(_, activation)| *activation);
    found.ok_or_else(|| unknown("activation", "the number of one", &number.to_string()))
}
