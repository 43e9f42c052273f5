//! The primitives, into arrays that are given: `src/primitives.ts` checks, allocates and names; sizes and overlap are checked again
//! here, since memory is lent.

use crate::error::coded;
use crate::options::unknown;
use crate::views::{Floats, Scalar, accepted, apart, matrix, matrix_mut, vector, vector_mut};
use napi::Result;
use napi::bindgen_prelude::{Either, Uint32ArraySlice};
use napi_derive::napi;
use ndarray::{Array1, ArrayView1};
use ravine::{Activation, Drift, Isa, Linear, LinearGradients, Momentum};

/// Calls a generic function with the element type of an array.
macro_rules! typed {
    ($array:expr, $function:ident($($argument:expr),*)) => {
        match $array {
            Either::A(_) => $function::<f32>($($argument),*),
            Either::B(_) => $function::<f64>($($argument),*),
        }
    };
}

/// out[m, n] = op(A)·op(B), row-major, on all threads where the size pays; op(A) is [m, k], or A is stored as [k, m] and
/// transposed. Every element is one chain of fused multiply–adds over ascending k, so that the bits depend on neither threads
/// nor CPU. The old numbers of `out`, even NaN, are never read.
#[napi(
    catch_unwind,
    ts_generic_types = "T extends Float32Array | Float64Array",
    ts_args_type = "a: T, b: T, out: T, m: number, k: number, n: number, transposeA: boolean, transposeB: boolean",
    ts_return_type = "void"
)]
#[allow(clippy::too_many_arguments, reason = "the names of the field: C[m, n] = op(A)·op(B)")]
pub fn matmul(
    a: Floats,
    b: Floats,
    out: Floats,
    m: u32,
    k: u32,
    n: u32,
    transpose_a: bool,
    transpose_b: bool,
) -> Result<()> {
    typed!(&a, product(&a, &b, out, (m, k, n), (transpose_a, transpose_b)))
}

fn product<T: Scalar>(
    a: &Floats,
    b: &Floats,
    mut out: Floats,
    (m, k, n): (u32, u32, u32),
    turned: (bool, bool),
) -> Result<()> {
    let left = matrix::<T>("matmul", a, if turned.0 { (k, m) } else { (m, k) })?;
    let right = matrix::<T>("matmul", b, if turned.1 { (n, k) } else { (k, n) })?;
    let left = if turned.0 { left.reversed_axes() } else { left };
    let right = if turned.1 { right.reversed_axes() } else { right };
    accepted(ravine::matmul(left, right, matrix_mut("matmul", &mut out, &[a, b], (m, n))?))
}

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
    output: Floats,
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
    mut output: Floats,
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
    grad_input: Floats,
    grad_weight: Floats,
    grad_bias: Floats,
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
    [mut grad_input, mut grad_weight, mut grad_bias]: [Floats; 3],
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

/// y = activation(x), elementwise; ReLU(NaN) is NaN. Activations by number, as in linear.
#[napi(
    catch_unwind,
    ts_generic_types = "T extends Float32Array | Float64Array",
    ts_args_type = "x: T, y: T, activation: number",
    ts_return_type = "void"
)]
pub fn activate(x: Floats, y: Floats, activation: u32) -> Result<()> {
    let activation = numbered(activation)?;
    typed!(&x, activated(&x, y, activation))
}

fn activated<T: Scalar>(x: &Floats, mut y: Floats, activation: Activation) -> Result<()> {
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
pub fn activate_backward(grad_output: Floats, kept: Floats, grad_input: Floats, activation: u32) -> Result<()> {
    let activation = numbered(activation)?;
    typed!(&kept, activated_backward(&grad_output, &kept, grad_input, activation))
}

fn activated_backward<T: Scalar>(
    grad_output: &Floats,
    kept: &Floats,
    mut grad_input: Floats,
    activation: Activation,
) -> Result<()> {
    let place = "activateBackward";
    let target = vector_mut::<T>(place, &mut grad_input, &[grad_output, kept])?;
    accepted(ravine::activate_backward(vector(place, grad_output)?, vector(place, kept)?, target, activation))
}

/// What softmaxCrossEntropy finds.
#[napi(object, object_from_js = false)]
pub struct CrossEntropy {
    /// Mean over the batch.
    pub loss: f64,
    /// Rows whose largest logit is the label's.
    pub correct: u32,
}

/// loss = mean over the rows of −log softmax(logits)[label]; logits and gradLogits [batch, classes], labels [batch].
#[napi(
    catch_unwind,
    ts_generic_types = "T extends Float32Array | Float64Array",
    ts_args_type = "logits: T, labels: Uint32Array, gradLogits: T, batch: number, classes: number",
    ts_return_type = "CrossEntropy"
)]
pub fn softmax_cross_entropy(
    logits: Floats,
    labels: Uint32ArraySlice,
    grad_logits: Floats,
    batch: u32,
    classes: u32,
) -> Result<CrossEntropy> {
    typed!(&logits, cross_entropy(&logits, &labels, grad_logits, (batch, classes)))
}

fn cross_entropy<T: Scalar>(
    logits: &Floats,
    labels: &[u32],
    mut grad_logits: Floats,
    shape: (u32, u32),
) -> Result<CrossEntropy> {
    let place = "softmaxCrossEntropy";
    // Labels are lent too; as bytes they may meet the array that is written.
    let labels = labels.to_vec();
    let target = matrix_mut::<T>(place, &mut grad_logits, &[logits], shape)?;
    let found =
        accepted(ravine::softmax_cross_entropy(matrix(place, logits, shape)?, ArrayView1::from(&labels), target))?;
    Ok(CrossEntropy { loss: found.loss, correct: found.correct as u32 })
}

/// The mean over all elements of (outputs − targets)²; all [batch, outputs].
#[napi(
    catch_unwind,
    ts_generic_types = "T extends Float32Array | Float64Array",
    ts_args_type = "outputs: T, targets: T, gradOutputs: T, batch: number, width: number",
    ts_return_type = "number"
)]
pub fn mean_squared_error(
    outputs: Floats,
    targets: Floats,
    grad_outputs: Floats,
    batch: u32,
    width: u32,
) -> Result<f64> {
    typed!(&outputs, squared_error(&outputs, &targets, grad_outputs, (batch, width)))
}

fn squared_error<T: Scalar>(
    outputs: &Floats,
    targets: &Floats,
    mut grad_outputs: Floats,
    shape: (u32, u32),
) -> Result<f64> {
    let place = "meanSquaredError";
    let target = matrix_mut::<T>(place, &mut grad_outputs, &[outputs, targets], shape)?;
    accepted(ravine::mean_squared_error(matrix(place, outputs, shape)?, matrix(place, targets, shape)?, target))
}

/// One momentum step in place, elementwise, by the coefficients (μ, κ, ρ, λ, ηλ): g ← g + λp; p ← p − ηλp; v ← μv + κg;
/// p ← p − ρ·(nesterov ? μv + κg : v). `parameter` and `velocity` [n] are updated by `gradient` [n], nothing else is. A velocity
/// below 1e-30 in magnitude becomes 0.
#[napi(
    catch_unwind,
    ts_generic_types = "T extends Float32Array | Float64Array",
    ts_args_type = "parameter: T, gradient: T, velocity: T, coefficients: Float64Array, nesterov: boolean",
    ts_return_type = "void"
)]
pub fn momentum_step(
    mut parameter: Floats,
    gradient: Floats,
    mut velocity: Floats,
    coefficients: &[f64],
    nesterov: bool,
) -> Result<()> {
    let row = row_of("momentumStep", coefficients)?;
    match &gradient {
        Either::A(_) => stepped::<f32>(&mut parameter, &gradient, &mut velocity, row, nesterov),
        Either::B(_) => stepped::<f64>(&mut parameter, &gradient, &mut velocity, row, nesterov),
    }
}

fn row_of(place: &str, coefficients: &[f64]) -> Result<[f64; 5]> {
    let others = |_| coded("ERR_RAVINE_SHAPE", &format!("{place}: expected five coefficients but received others"));
    coefficients.try_into().map_err(others)
}

fn stepped<T: Scalar>(
    parameter: &mut Floats,
    gradient: &Floats,
    velocity: &mut Floats,
    row: [f64; 5],
    nesterov: bool,
) -> Result<()> {
    let place = "momentumStep";
    let parameters = vector_mut::<T>(place, parameter, &[gradient, velocity])?;
    let velocities = vector_mut::<T>(place, velocity, &[gradient])?;
    accepted(ravine::momentum_step(parameters, vector(place, gradient)?, velocities, &Momentum::new(row, nesterov)))
}

/// One momentum step in place of the rows of `parameter` and `velocity` [count, width] that are listed in `rows` [n], by
/// `gradientRows` [n, width], those of one row summed first in the order of the list. The coefficients are those of momentumStep.
#[napi(
    catch_unwind,
    ts_generic_types = "T extends Float32Array | Float64Array",
    ts_args_type = "parameter: T, rows: Uint32Array, gradientRows: T, velocity: T, count: number, width: number, coefficients: Float64Array, nesterov: boolean",
    ts_return_type = "void"
)]
#[allow(clippy::too_many_arguments, reason = "the operands of momentumStep, the rows and two sizes")]
pub fn momentum_step_sparse(
    parameter: Floats,
    listed: Uint32ArraySlice,
    gradient_rows: Floats,
    velocity: Floats,
    count: u32,
    width: u32,
    coefficients: &[f64],
    nesterov: bool,
) -> Result<()> {
    let row = row_of("momentumStepSparse", coefficients)?;
    typed!(
        &gradient_rows,
        stepped_rows([parameter, velocity], &listed, &gradient_rows, (count, width), (row, nesterov))
    )
}

fn stepped_rows<T: Scalar>(
    [mut parameter, mut velocity]: [Floats; 2],
    listed: &[u32],
    gradient_rows: &Floats,
    shape: (u32, u32),
    (row, nesterov): ([f64; 5], bool),
) -> Result<()> {
    let place = "momentumStepSparse";
    let listed = Array1::from_vec(listed.to_vec());
    let parameters = matrix_mut::<T>(place, &mut parameter, &[gradient_rows, &velocity], shape)?;
    let velocities = matrix_mut::<T>(place, &mut velocity, &[gradient_rows], shape)?;
    let gradients = matrix(place, gradient_rows, (listed.len() as u32, shape.1))?;
    accepted(ravine::momentum_step_sparse(
        parameters,
        listed.view(),
        gradients,
        velocities,
        &Momentum::new(row, nesterov),
    ))
}

/// (p, v) ← (ap + bv, cp + dv): what steps without a gradient come to, in place, for the rows of `parameter` and `velocity`
/// [count, width] that are listed in `rows` [n], each once. (a, b, c, d) is row `places[i]` of `drifts`.
#[napi(
    catch_unwind,
    ts_generic_types = "T extends Float32Array | Float64Array",
    ts_args_type = "parameter: T, velocity: T, rows: Uint32Array, places: Uint32Array, drifts: Float64Array, count: number, width: number",
    ts_return_type = "void"
)]
pub fn momentum_catch_up(
    parameter: Floats,
    velocity: Floats,
    rows: Uint32ArraySlice,
    places: Uint32ArraySlice,
    drifts: &[f64],
    count: u32,
    width: u32,
) -> Result<()> {
    match &parameter {
        Either::A(_) => caught_up::<f32>([parameter, velocity], [&rows, &places], drifts, (count, width)),
        Either::B(_) => caught_up::<f64>([parameter, velocity], [&rows, &places], drifts, (count, width)),
    }
}

fn caught_up<T: Scalar>(
    [mut parameter, mut velocity]: [Floats; 2],
    lists: [&[u32]; 2],
    drifts: &[f64],
    shape: (u32, u32),
) -> Result<()> {
    let place = "momentumCatchUp";
    let [rows, places] = lists.map(|list| Array1::from_vec(list.to_vec()));
    let (drifts, rest) = drifts.as_chunks();
    if !rest.is_empty() {
        return Err(coded("ERR_RAVINE_SHAPE", &"momentumCatchUp: expected drifts in rows of four but received others"));
    }
    let drifts: Vec<Drift<T>> = drifts.iter().map(|&row| Drift::new(row)).collect();
    let parameters = matrix_mut::<T>(place, &mut parameter, &[&velocity], shape)?;
    let velocities = matrix_mut::<T>(place, &mut velocity, &[], shape)?;
    accepted(ravine::momentum_catch_up(parameters, velocities, rows.view(), places.view(), &drifts))
}

/// What the addon found: its arithmetic and how many threads it may use.
#[napi(object, object_from_js = false)]
pub struct Cpu {
    /// 'avx512', 'avx2', 'neon' or 'scalar'.
    pub instruction_set: String,
    /// Threads that this process may use, affinity and quota counted.
    pub threads: u32,
}

/// What the addon found on this machine.
#[napi(catch_unwind)]
pub fn cpu() -> Cpu {
    Cpu { instruction_set: Isa::chosen().name().into(), threads: ravine::available_threads() as u32 }
}

/// The machine's measured roof in GFLOP/s: `threads` threads that only multiply and add in registers, in f32, for some milliseconds.
#[napi(catch_unwind)]
pub fn peak_gflops(threads: u32) -> Result<f64> {
    accepted(ravine::peak_gflops::<f32>(threads.max(1) as usize))
}

/// Version of the addon.
#[napi(catch_unwind)]
pub fn version() -> &'static str {
    env!("CARGO_PKG_VERSION")
}

fn numbered(number: u32) -> Result<Activation> {
    let found = Activation::ALL.get(number as usize).map(|(_, activation)| *activation);
    found.ok_or_else(|| unknown("activation", "the number of one", &number.to_string()))
}
