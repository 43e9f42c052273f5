use crate::options::Dtype;
use crate::views::{Floats, Scalar, accepted};
use napi::bindgen_prelude::{
    Either, Either3, Float32ArraySlice, Float64ArraySlice, ObjectFinalize, Uint8ArraySlice, Uint32ArraySlice,
};
use napi::{Env, Result};
use napi_derive::napi;
use ravine::{Dataset, Entries, Error, Features, Fold, Targets, Values};
use std::ops::Range;
use std::sync::Arc;

/// x = scale·p + offset of raw features p, folded into the first layer.
#[napi(object)]
pub struct FoldOptions {
    /// Multiplies p.
    pub scale: f64,
    /// Is added to it.
    pub offset: f64,
}

impl FoldOptions {
    pub(crate) fn fold<T: Scalar>(&self) -> Fold<T> {
        Fold { scale: T::from_f64(self.scale), offset: T::from_f64(self.offset) }
    }
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

/// Numbers as JavaScript has them.
pub(crate) type Numbers<'a> = Either3<Uint8ArraySlice<'a>, Float32ArraySlice<'a>, Float64ArraySlice<'a>>;

/// Features of one call: a number each, or entries.
enum Given<'a> {
    Dense(Numbers<'a>),
    Entries { starts: &'a [u32], columns: &'a [u32], values: Option<Numbers<'a>> },
}

/// Labels or targets of one call.
struct Answers<'a>(Option<Uint32ArraySlice<'a>>, Option<Floats<'a>>);

/// Examples, copied block by block: JavaScript may write to its own arrays at any time. Bytes stay bytes.
#[napi(custom_finalize)]
pub struct NativeDataset {
    pub(crate) typed: Typed,
    bytes: i64,
}

#[napi]
impl NativeDataset {
    /// Room for the examples, which are to be appended.
    #[napi(constructor, catch_unwind)]
    pub fn new(options: DatasetOptions) -> Result<Self> {
        let typed = match Dtype::named(&options.dtype)? {
            Dtype::F32 => Typed::F32(opened(&options)?),
            Dtype::F64 => Typed::F64(opened(&options)?),
        };
        Ok(Self { typed, bytes: 0 })
    }

    /// Copies the features [rows, inputs] of the next rows, and their labels [rows] or targets [rows, outputs] where there are some.
    /// Every call takes as many rows as the first, the last may take fewer.
    #[napi(
        catch_unwind,
        ts_args_type = "features: Uint8Array | Float32Array | Float64Array, labels: Uint32Array | null, targets: Float32Array | Float64Array | null"
    )]
    pub fn append(
        &mut self,
        env: Env,
        features: Numbers,
        labels: Option<Uint32ArraySlice>,
        targets: Option<Floats>,
    ) -> Result<()> {
        self.take(env, &Given::Dense(features), &Answers(labels, targets))
    }

    /// Likewise features of which most are zero: row i has the entries `offsets[i]` … `offsets[i + 1]`, their columns ascending in
    /// `indices`; without values all are 1.
    #[napi(
        catch_unwind,
        ts_args_type = "offsets: Uint32Array, indices: Uint32Array, values: Uint8Array | Float32Array | Float64Array | null, labels: Uint32Array | null, targets: Float32Array | Float64Array | null"
    )]
    pub fn append_entries(
        &mut self,
        env: Env,
        offsets: Uint32ArraySlice,
        indices: Uint32ArraySlice,
        values: Option<Numbers>,
        labels: Option<Uint32ArraySlice>,
        targets: Option<Floats>,
    ) -> Result<()> {
        let given = Given::Entries { starts: &offsets, columns: &indices, values };
        self.take(env, &given, &Answers(labels, targets))
    }

    fn take(&mut self, env: Env, given: &Given, answers: &Answers) -> Result<()> {
        let bytes = match &mut self.typed {
            Typed::F32(dataset) => appended(dataset, given, answers)?,
            Typed::F64(dataset) => appended(dataset, given, answers)?,
        } as i64;
        env.adjust_external_memory(bytes - std::mem::replace(&mut self.bytes, bytes)).map(drop)
    }
}

impl ObjectFinalize for NativeDataset {
    fn finalize(self, env: Env) -> Result<()> {
        env.adjust_external_memory(-self.bytes).map(drop)
    }
}

fn opened<T: Scalar>(options: &DatasetOptions) -> Result<Arc<Dataset<T>>> {
    let fold = options.fold.as_ref().map(FoldOptions::fold);
    Ok(Arc::new(accepted(Dataset::open(fold, options.examples as usize, options.inputs as usize))?))
}

/// Bytes of all that has been appended.
fn appended<T: Scalar>(dataset: &mut Arc<Dataset<T>>, given: &Given, answers: &Answers) -> Result<usize> {
    let read = || Error::Data("dataset: expected all rows before the first run but received more".into());
    let dataset = accepted(Arc::get_mut(dataset).ok_or_else(read))?;
    accepted(dataset.append(given.features(), answers.targets()))?;
    Ok(dataset.bytes())
}

impl Given<'_> {
    fn features<T: Scalar>(&self) -> Features<T> {
        match self {
            Self::Dense(Either3::A(bytes)) => Features::Bytes(bytes.to_vec()),
            Self::Dense(Either3::B(floats)) => Features::Floats(converted(floats, f64::from)),
            Self::Dense(Either3::C(floats)) => Features::Floats(converted(floats, |value| value)),
            Self::Entries { starts, columns, values } => {
                let values = match values {
                    None => Values::Ones,
                    Some(Either3::A(bytes)) => Values::Bytes(bytes.to_vec()),
                    Some(Either3::B(floats)) => Values::Floats(converted(floats, f64::from)),
                    Some(Either3::C(floats)) => Values::Floats(converted(floats, |value| value)),
                };
                Features::Entries(Entries { starts: starts.to_vec(), columns: columns.to_vec(), values })
            }
        }
    }
}

impl Answers<'_> {
    fn targets<T: Scalar>(&self) -> Targets<T> {
        match self {
            Self(Some(labels), _) => Targets::Labels(labels.to_vec()),
            Self(None, Some(Either::A(values))) => Targets::Values(converted(values, f64::from)),
            Self(None, Some(Either::B(values))) => Targets::Values(converted(values, |value| value)),
            Self(None, None) => Targets::None,
        }
    }
}

/// What writes some of the numbers in a model's type.
pub(crate) fn writer<'a, T: Scalar>(
    numbers: &'a Numbers<'_>,
    expected: usize,
) -> Result<impl Fn(Range<usize>, &mut [T]) + 'a> {
    let received = match numbers {
        Either3::A(bytes) => bytes.len(),
        Either3::B(floats) => floats.len(),
        Either3::C(floats) => floats.len(),
    };
    if received != expected {
        let sentence = format!("model: expected {expected} numbers of features but received {received}");
        return accepted(Err(Error::Shape(sentence)));
    }
    Ok(move |range: Range<usize>, to: &mut [T]| match numbers {
        Either3::A(bytes) => convert(&bytes[range], f64::from, to),
        Either3::B(floats) => convert(&floats[range], f64::from, to),
        Either3::C(floats) => convert(&floats[range], |value| value, to),
    })
}

fn convert<S: Copy, T: Scalar>(values: &[S], widen: impl Fn(S) -> f64, to: &mut [T]) {
    to.iter_mut().zip(values).for_each(|(to, &value)| *to = T::from_f64(widen(value)));
}

fn converted<S: Copy, T: Scalar>(values: &[S], widen: impl Fn(S) -> f64) -> Vec<T> {
    values.iter().map(|&value| T::from_f64(widen(value))).collect()
}

impl Typed {
    pub(crate) fn share(&self) -> Self {
        match self {
            Self::F32(dataset) => Self::F32(dataset.clone()),
            Self::F64(dataset) => Self::F64(dataset.clone()),
        }
    }
}
