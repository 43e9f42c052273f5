use super::typed;
use crate::views::{Floats, Scalar, Written, accepted, matrix, matrix_mut};
use napi::Result;
use napi::bindgen_prelude::{Either, Uint32ArraySlice};
use napi_derive::napi;
use ndarray::ArrayView1;

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
    grad_logits: Written,
    batch: u32,
    classes: u32,
) -> Result<CrossEntropy> {
    typed!(&logits, cross_entropy(&logits, &labels, grad_logits, (batch, classes)))
}

fn cross_entropy<T: Scalar>(
    logits: &Floats,
    labels: &[u32],
    mut grad_logits: Written,
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
    grad_outputs: Written,
    batch: u32,
    width: u32,
) -> Result<f64> {
    typed!(&outputs, squared_error(&outputs, &targets, grad_outputs, (batch, width)))
}

fn squared_error<T: Scalar>(
    outputs: &Floats,
    targets: &Floats,
    mut grad_outputs: Written,
    shape: (u32, u32),
) -> Result<f64> {
    let place = "meanSquaredError";
    let target = matrix_mut::<T>(place, &mut grad_outputs, &[outputs, targets], shape)?;
    accepted(ravine::mean_squared_error(matrix(place, outputs, shape)?, matrix(place, targets, shape)?, target))
}
