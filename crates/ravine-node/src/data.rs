use crate::options::Dtype;
use crate::views::{Floats, Scalar, accepted};
use napi::bindgen_prelude::{
    Either, Either3, Float32ArraySlice, Float64ArraySlice, ObjectFinalize, Uint8ArraySlice, Uint32ArraySlice,
};
use napi::{Env, Result};
use napi_derive::napi;
use ravine::{Dataset, Features, Fold, Targets};
use std::sync::Arc;

/// x = scale·p + offset of raw features p, folded into the first layer.
#[napi(object)]
pub struct FoldOptions {
    /// Multiplies p.
    pub scale: f64,
    /// Is added to it.
    pub offset: f64,
}

/// Shape and normalisation of examples.
#[napi(object)]
pub struct DatasetOptions {
    /// 'f32' or 'f64': of the engine that will read them.
    #[napi(ts_type = "'f32' | 'f64'")]
    pub dtype: String,
    /// Rows of the features.
    pub examples: u32,
    /// Width of a row.
    pub inputs: u32,
    /// Normalisation of the raw features.
    pub fold: Option<FoldOptions>,
}

pub(crate) enum Typed {
    F32(Arc<Dataset<f32>>),
    F64(Arc<Dataset<f64>>),
}

/// Examples, copied: JavaScript may write to its own arrays at any time. Bytes stay bytes.
#[napi(custom_finalize)]
pub struct NativeDataset {
    pub(crate) typed: Typed,
    bytes: i64,
}

#[napi]
impl NativeDataset {
    /// Copies features [examples, inputs], and labels [examples] or targets [examples, outputs] where there are some.
    #[napi(
        constructor,
        catch_unwind,
        ts_args_type = "features: Uint8Array | Float32Array | Float64Array, labels: Uint32Array | null, targets: Float32Array | Float64Array | null, options: DatasetOptions"
    )]
    pub fn new(
        env: Env,
        features: Either3<Uint8ArraySlice, Float32ArraySlice, Float64ArraySlice>,
        labels: Option<Uint32ArraySlice>,
        targets: Option<Floats>,
        options: DatasetOptions,
    ) -> Result<Self> {
        let typed = match Dtype::named(&options.dtype)? {
            Dtype::F32 => Typed::F32(copied(&features, labels.as_deref(), targets.as_ref(), &options)?),
            Dtype::F64 => Typed::F64(copied(&features, labels.as_deref(), targets.as_ref(), &options)?),
        };
        let bytes = match &typed {
            Typed::F32(dataset) => dataset.bytes(),
            Typed::F64(dataset) => dataset.bytes(),
        } as i64;
        env.adjust_external_memory(bytes)?;
        Ok(Self { typed, bytes })
    }
}

impl ObjectFinalize for NativeDataset {
    fn finalize(self, env: Env) -> Result<()> {
        env.adjust_external_memory(-self.bytes).map(drop)
    }
}

fn copied<T: Scalar>(
    features: &Either3<Uint8ArraySlice, Float32ArraySlice, Float64ArraySlice>,
    labels: Option<&[u32]>,
    targets: Option<&Floats>,
    options: &DatasetOptions,
) -> Result<Arc<Dataset<T>>> {
    let features = match features {
        Either3::A(bytes) => Features::Bytes(bytes.to_vec()),
        Either3::B(floats) => Features::Floats(converted(floats, f64::from)),
        Either3::C(floats) => Features::Floats(converted(floats, |value| value)),
    };
    let targets = match (labels, targets) {
        (Some(labels), _) => Targets::Labels(labels.to_vec()),
        (None, Some(Either::A(values))) => Targets::Values(converted(values, f64::from)),
        (None, Some(Either::B(values))) => Targets::Values(converted(values, |value| value)),
        (None, None) => Targets::None,
    };
    let fold = options.fold.as_ref();
    let fold = fold.map(|fold| Fold { scale: T::from_f64(fold.scale), offset: T::from_f64(fold.offset) });
    let dataset = Dataset::new(features, targets, fold, options.examples as usize, options.inputs as usize);
    Ok(Arc::new(accepted(dataset)?))
}

fn converted<S: Copy, T: Scalar>(values: &[S], widen: impl Fn(S) -> f64) -> Vec<T> {
    values.iter().map(|&value| T::from_f64(widen(value))).collect()
}
