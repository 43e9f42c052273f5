use crate::error::coded;
use crate::views::{FloatArray, Floats, Scalar, accepted, slice};
use napi::Result;
use ndarray::{ArrayD, ArrayViewD};
use ravine::{Dataset, Model};
use std::ops::Range;

/// Outputs on their way to the JavaScript thread.
pub(super) enum Outputs {
    F32(Vec<f32>),
    F64(Vec<f64>),
}

impl Outputs {
    pub(super) fn array(self) -> FloatArray {
        match self {
            Self::F32(values) => f32::array(values),
            Self::F64(values) => f64::array(values),
        }
    }
}

pub(super) trait Predicted: Scalar {
    fn outputs(values: Vec<Self>) -> Outputs;
}

impl Predicted for f32 {
    fn outputs(values: Vec<Self>) -> Outputs {
        Outputs::F32(values)
    }
}

impl Predicted for f64 {
    fn outputs(values: Vec<Self>) -> Outputs {
        Outputs::F64(values)
    }
}

pub(super) fn predicted<T: Predicted>(
    model: &mut Model<T>,
    dataset: &Dataset<T>,
    some: Option<Range<usize>>,
    threads: u32,
) -> Result<Outputs> {
    let outputs = accepted(match some {
        Some(some) => model.predict_some(dataset, some, threads as usize),
        None => model.predict(dataset, threads as usize),
    })?;
    Ok(T::outputs(outputs.into_raw_vec_and_offset().0))
}

pub(super) fn arrays<T: Scalar>(parameters: Vec<ArrayD<T>>) -> Vec<FloatArray> {
    parameters.into_iter().map(|array| T::array(array.into_raw_vec_and_offset().0)).collect()
}

pub(super) fn views<'a, T: Scalar>(values: &'a [Floats], shapes: Vec<Vec<usize>>) -> Result<Vec<ArrayViewD<'a, T>>> {
    if values.len() != shapes.len() {
        let sentence = format!("expected {} arrays of parameters but received {}", shapes.len(), values.len());
        return Err(coded("ERR_RAVINE_SHAPE", &sentence));
    }
    let view = |(value, shape): (&'a Floats, Vec<usize>)| {
        ArrayViewD::from_shape(shape, slice::<T>("parameters", value)?)
            .map_err(|error| coded("ERR_RAVINE_SHAPE", &error))
    };
    values.iter().zip(shapes).map(view).collect()
}
