use crate::error::coded;
use crate::views::{FloatArray, Floats, Scalar, accepted, matrix, matrix_mut, vector, vector_mut};
use napi::bindgen_prelude::{Either, Uint32ArraySlice};
use napi::{Error, Result};
use napi_derive::napi;
use ndarray::ArrayView1;
use ravine::{Activation, Form, Isa, MomentumStep};

/// Calls a generic function with the element type of an array.
macro_rules! typed {
    ($array:expr, $function:ident($($argument:expr),*)) => {
        match $array {
            Either::A(_) => $function::<f32>($($argument),*),
            Either::B(_) => $function::<f64>($($argument),*),
        }
    };
}

/// Sizes of C[m, n] = op(A)·op(B), where op(A) is [m, k] and op(B) [k, n].
#[napi(object)]
pub struct MatmulOptions {
    /// Rows of C.
    pub m: u32,
    /// Length of the sums.
    pub k: u32,
    /// Columns of C.
    pub n: u32,
    /// A is given as [k, m].
    pub transpose_a: Option<bool>,
    /// B is given as [n, k].
    pub transpose_b: Option<bool>,
}

/// C[m, n] = op(A)·op(B), row-major, on all threads where the size pays. Every element is one chain of fused multiply–adds over
/// ascending k, so that the bits depend on neither threads nor CPU.
///
/// C is `out` where it is given ([m, n], overwritten; its old values, even NaN, are never read), else a new array.
#[napi(
    catch_unwind,
    ts_generic_types = "T extends Float32Array | Float64Array",
    ts_args_type = "a: T, b: T, options: MatmulOptions, out?: T",
    ts_return_type = "T"
)]
pub fn matmul(a: Floats, b: Floats, options: MatmulOptions, out: Option<Floats>) -> Result<Option<FloatArray>> {
    typed!(&a, product(&a, &b, &options, out))
}

fn product<T: Scalar>(
    a: &Floats,
    b: &Floats,
    options: &MatmulOptions,
    out: Option<Floats>,
) -> Result<Option<FloatArray>> {
    let MatmulOptions { m, k, n, transpose_a, transpose_b } = *options;
    let (a_turned, b_turned) = (transpose_a == Some(true), transpose_b == Some(true));
    let left = matrix::<T>("matmul", a, if a_turned { (k, m) } else { (m, k) })?;
    let right = matrix::<T>("matmul", b, if b_turned { (n, k) } else { (k, n) })?;
    let left = if a_turned { left.reversed_axes() } else { left };
    let right = if b_turned { right.reversed_axes() } else { right };
    let Some(mut out) = out else {
        let mut c = ndarray::Array2::from_elem((m as usize, n as usize), T::ZERO);
        accepted(ravine::matmul(left, right, c.view_mut()))?;
        return Ok(Some(T::array(c.into_raw_vec_and_offset().0)));
    };
    let c = matrix_mut("matmul", &mut out, &[a, b], (m, n))?;
    accepted(ravine::matmul(left, right, c)).map(|()| None)
}

/// Sizes of a dense layer, and the activation applied to its result.
#[napi(object)]
pub struct LinearOptions {
    /// Rows of the input.
    pub batch: u32,
    /// Width of the input.
    pub inputs: u32,
    /// Width of the output.
    pub outputs: u32,
    /// 'linear' (the default), 'relu', 'sigmoid' or 'tanh'.
    #[napi(ts_type = "'linear' | 'relu' | 'sigmoid' | 'tanh'")]
    pub activation: Option<String>,
}

/// activation(x·Wᵀ + b): input [batch, inputs], weight [outputs, inputs], bias [outputs] or null → output [batch, outputs].
#[napi(
    catch_unwind,
    ts_generic_types = "T extends Float32Array | Float64Array",
    ts_args_type = "input: T, weight: T, bias: T | null, options: LinearOptions",
    ts_return_type = "T"
)]
pub fn linear(input: Floats, weight: Floats, bias: Option<Floats>, options: LinearOptions) -> Result<FloatArray> {
    typed!(&input, affine(&input, &weight, bias.as_ref(), &options))
}

fn affine<T: Scalar>(
    input: &Floats,
    weight: &Floats,
    bias: Option<&Floats>,
    options: &LinearOptions,
) -> Result<FloatArray> {
    let input = matrix::<T>("linear", input, (options.batch, options.inputs))?;
    let weight = matrix("linear", weight, (options.outputs, options.inputs))?;
    let bias = bias.map(|bias| vector("linear", bias)).transpose()?;
    let output = accepted(ravine::linear(input, weight, bias, activation(options.activation.as_deref())?))?;
    Ok(T::array(output.into_raw_vec_and_offset().0))
}

/// What linearBackward finds.
#[napi(object, object_from_js = false)]
pub struct LinearGradients {
    /// [batch, inputs]
    #[napi(ts_type = "Float32Array | Float64Array")]
    pub grad_input: FloatArray,
    /// [outputs, inputs]
    #[napi(ts_type = "Float32Array | Float64Array")]
    pub grad_weight: FloatArray,
    /// [outputs]
    #[napi(ts_type = "Float32Array | Float64Array")]
    pub grad_bias: FloatArray,
}

/// δ = gradOutput·activation′; gradInput = δ·W [batch, inputs], gradWeight = δᵀ·x [outputs, inputs], gradBias = Σ δ [outputs].
///
/// `gradOutput` and `output` (what linear returned) are [batch, outputs], `input` [batch, inputs], `weight` [outputs, inputs].
#[napi(
    catch_unwind,
    ts_generic_types = "T extends Float32Array | Float64Array",
    ts_args_type = "gradOutput: T, input: T, weight: T, output: T, options: LinearOptions",
    ts_return_type = "{ gradInput: T; gradWeight: T; gradBias: T }"
)]
pub fn linear_backward(
    grad_output: Floats,
    input: Floats,
    weight: Floats,
    output: Floats,
    options: LinearOptions,
) -> Result<LinearGradients> {
    typed!(&input, affine_backward(&grad_output, &input, &weight, &output, &options))
}

fn affine_backward<T: Scalar>(
    grad_output: &Floats,
    input: &Floats,
    weight: &Floats,
    output: &Floats,
    options: &LinearOptions,
) -> Result<LinearGradients> {
    let LinearOptions { batch, inputs, outputs, .. } = *options;
    let view = |array, shape| matrix::<T>("linearBackward", array, shape);
    let gradients = accepted(ravine::linear_backward(
        view(grad_output, (batch, outputs))?,
        view(input, (batch, inputs))?,
        view(weight, (outputs, inputs))?,
        view(output, (batch, outputs))?,
        activation(options.activation.as_deref())?,
    ))?;
    Ok(LinearGradients {
        grad_input: T::array(gradients.grad_input.into_raw_vec_and_offset().0),
        grad_weight: T::array(gradients.grad_weight.into_raw_vec_and_offset().0),
        grad_bias: T::array(gradients.grad_bias.into_raw_vec_and_offset().0),
    })
}

/// Which activation.
#[napi(object)]
pub struct ActivationOptions {
    /// 'linear', 'relu', 'sigmoid' or 'tanh'.
    #[napi(ts_type = "'linear' | 'relu' | 'sigmoid' | 'tanh'")]
    pub activation: String,
}

/// activation(x), elementwise. ReLU(NaN) is NaN.
#[napi(
    catch_unwind,
    ts_generic_types = "T extends Float32Array | Float64Array",
    ts_args_type = "x: T, options: ActivationOptions",
    ts_return_type = "T"
)]
pub fn activate(x: Floats, options: ActivationOptions) -> Result<FloatArray> {
    let activation = activation(Some(&options.activation))?;
    typed!(&x, activated(&x, activation))
}

fn activated<T: Scalar>(x: &Floats, activation: Activation) -> Result<FloatArray> {
    Ok(T::array(ravine::activate::<T>(vector("activate", x)?, activation).to_vec()))
}

/// gradOutput·activation′, elementwise, by the activation's output.
#[napi(
    catch_unwind,
    ts_generic_types = "T extends Float32Array | Float64Array",
    ts_args_type = "gradOutput: T, output: T, options: ActivationOptions",
    ts_return_type = "T"
)]
pub fn activate_backward(grad_output: Floats, output: Floats, options: ActivationOptions) -> Result<FloatArray> {
    let activation = activation(Some(&options.activation))?;
    typed!(&output, activated_backward(&grad_output, &output, activation))
}

fn activated_backward<T: Scalar>(grad_output: &Floats, output: &Floats, activation: Activation) -> Result<FloatArray> {
    let (gradient, output) = (vector::<T>("activateBackward", grad_output)?, vector("activateBackward", output)?);
    Ok(T::array(accepted(ravine::activate_backward(gradient, output, activation))?.to_vec()))
}

/// Sizes of logits [batch, classes].
#[napi(object)]
pub struct CrossEntropyOptions {
    /// Rows.
    pub batch: u32,
    /// Columns.
    pub classes: u32,
}

/// What softmaxCrossEntropy finds.
#[napi(object, object_from_js = false)]
pub struct CrossEntropy {
    /// Mean over the batch.
    pub loss: f64,
    /// ∂loss/∂logits [batch, classes].
    #[napi(ts_type = "Float32Array | Float64Array")]
    pub grad_logits: FloatArray,
    /// Rows whose largest logit is the label's.
    pub correct: u32,
}

/// loss = mean over the rows of −log softmax(logits)[label]; logits [batch, classes], labels [batch].
#[napi(
    catch_unwind,
    ts_generic_types = "T extends Float32Array | Float64Array",
    ts_args_type = "logits: T, labels: Uint32Array, options: CrossEntropyOptions",
    ts_return_type = "{ loss: number; gradLogits: T; correct: number }"
)]
pub fn softmax_cross_entropy(
    logits: Floats,
    labels: Uint32ArraySlice,
    options: CrossEntropyOptions,
) -> Result<CrossEntropy> {
    typed!(&logits, cross_entropy(&logits, &labels, &options))
}

fn cross_entropy<T: Scalar>(logits: &Floats, labels: &[u32], options: &CrossEntropyOptions) -> Result<CrossEntropy> {
    let logits = matrix::<T>("softmaxCrossEntropy", logits, (options.batch, options.classes))?;
    let found = accepted(ravine::softmax_cross_entropy(logits, ArrayView1::from(labels)))?;
    let grad_logits = T::array(found.grad_logits.into_raw_vec_and_offset().0);
    Ok(CrossEntropy { loss: found.loss, grad_logits, correct: found.correct as u32 })
}

/// Sizes of outputs and targets [batch, outputs].
#[napi(object)]
pub struct SquaredErrorOptions {
    /// Rows.
    pub batch: u32,
    /// Columns.
    pub outputs: u32,
}

/// What meanSquaredError finds.
#[napi(object, object_from_js = false)]
pub struct SquaredError {
    /// Mean over all elements.
    pub loss: f64,
    /// ∂loss/∂outputs [batch, outputs].
    #[napi(ts_type = "Float32Array | Float64Array")]
    pub grad_outputs: FloatArray,
}

/// loss = mean over all elements of (outputs − targets)²; both [batch, outputs].
#[napi(
    catch_unwind,
    ts_generic_types = "T extends Float32Array | Float64Array",
    ts_args_type = "outputs: T, targets: T, options: SquaredErrorOptions",
    ts_return_type = "{ loss: number; gradOutputs: T }"
)]
pub fn mean_squared_error(outputs: Floats, targets: Floats, options: SquaredErrorOptions) -> Result<SquaredError> {
    typed!(&outputs, squared_error(&outputs, &targets, &options))
}

fn squared_error<T: Scalar>(outputs: &Floats, targets: &Floats, options: &SquaredErrorOptions) -> Result<SquaredError> {
    let view = |array| matrix::<T>("meanSquaredError", array, (options.batch, options.outputs));
    let (loss, gradient) = accepted(ravine::mean_squared_error(view(outputs)?, view(targets)?))?;
    Ok(SquaredError { loss, grad_outputs: T::array(gradient.into_raw_vec_and_offset().0) })
}

/// One momentum step: its hyperparameters, all of them said.
#[napi(object)]
pub struct MomentumOptions {
    /// η, the step size.
    pub learning_rate: f64,
    /// μ, in [0, 1).
    pub momentum: f64,
    /// 'heavyBall': v ← μv + (1−τ)g, θ ← θ − ηv. 'velocity': v ← μv + ηg, θ ← θ − v. 'ema': v ← μv + (1−μ)g, θ ← θ − ηv.
    #[napi(ts_type = "'heavyBall' | 'velocity' | 'ema'")]
    pub form: String,
    /// Steps look ahead: θ ← θ − η(g + μv) for the heavy ball, likewise for the others.
    pub nesterov: bool,
    /// τ of the heavy ball; the first step takes the whole gradient.
    pub dampening: f64,
    /// The moving average is divided by 1 − μᵗ.
    pub bias_correction: bool,
    /// λ
    pub weight_decay: f64,
    /// λ shrinks the parameter before the step (Keras) and does not join the gradient (PyTorch).
    pub decoupled: bool,
    /// t, from 1.
    pub step: f64,
}

/// One momentum step in place, elementwise: `parameter` and `velocity` [n] are updated by `gradient` [n], nothing else is.
///
/// A velocity below 1e-30 in magnitude becomes 0. Sources: PyTorch's SGD (heavyBall), Sutskever et al. 2013 and Keras (velocity).
#[napi(
    catch_unwind,
    ts_generic_types = "T extends Float32Array | Float64Array",
    ts_args_type = "parameter: T, gradient: T, velocity: T, options: MomentumOptions",
    ts_return_type = "void"
)]
pub fn momentum_step(
    mut parameter: Floats,
    gradient: Floats,
    mut velocity: Floats,
    options: MomentumOptions,
) -> Result<()> {
    match &gradient {
        Either::A(_) => stepped::<f32>(&mut parameter, &gradient, &mut velocity, &options),
        Either::B(_) => stepped::<f64>(&mut parameter, &gradient, &mut velocity, &options),
    }
}

fn stepped<T: Scalar>(
    parameter: &mut Floats,
    gradient: &Floats,
    velocity: &mut Floats,
    options: &MomentumOptions,
) -> Result<()> {
    let rule = accepted(step(options)?.rule::<T>())?;
    let parameters = vector_mut::<T>("momentumStep", parameter, &[gradient, velocity])?;
    let velocities = vector_mut::<T>("momentumStep", velocity, &[gradient])?;
    accepted(ravine::momentum_step(parameters, vector("momentumStep", gradient)?, velocities, &rule))
}

fn step(options: &MomentumOptions) -> Result<MomentumStep> {
    let form = match options.form.as_str() {
        "heavyBall" => Form::HeavyBall,
        "velocity" => Form::Velocity,
        "ema" => Form::Ema,
        other => return Err(unknown("form", "'heavyBall', 'velocity' or 'ema'", other)),
    };
    let MomentumOptions {
        learning_rate,
        momentum,
        nesterov,
        dampening,
        bias_correction,
        weight_decay,
        decoupled,
        step,
        ..
    } = *options;
    Ok(MomentumStep {
        learning_rate,
        momentum,
        form,
        nesterov,
        dampening,
        bias_correction,
        weight_decay,
        decoupled,
        step,
    })
}

/// What the addon found: its arithmetic and how many threads it may use.
#[napi(object, object_from_js = false)]
pub struct Cpu {
    /// 'avx512', 'avx2' or 'scalar'.
    pub instruction_set: String,
    /// Threads that this process may use, affinity and quota counted.
    pub threads: u32,
}

/// What the addon found on this machine.
#[napi(catch_unwind)]
pub fn cpu() -> Cpu {
    Cpu { instruction_set: Isa::chosen().name().into(), threads: ravine::available_threads() as u32 }
}

/// Version of the addon.
#[napi(catch_unwind)]
pub fn addon_version() -> &'static str {
    env!("CARGO_PKG_VERSION")
}

pub(crate) fn activation(name: Option<&str>) -> Result<Activation> {
    match name.unwrap_or("linear") {
        "linear" => Ok(Activation::Linear),
        "relu" => Ok(Activation::Relu),
        "sigmoid" => Ok(Activation::Sigmoid),
        "tanh" => Ok(Activation::Tanh),
        other => Err(unknown("activation", "'linear', 'relu', 'sigmoid' or 'tanh'", other)),
    }
}

pub(crate) fn unknown(name: &str, expected: &str, received: &str) -> Error {
    coded("ERR_RAVINE_HYPERPARAMETER", &format!("expected {name} to be {expected} but received '{received}'"))
}
