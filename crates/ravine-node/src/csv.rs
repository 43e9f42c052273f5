use crate::environment::promised;
use crate::error::{coded, refusal};
use crate::options::Dtype;
use crate::views::{FloatArray, Scalar, accepted};
use napi::bindgen_prelude::{PromiseRaw, Uint32Array};
use napi::{Env, Result};
use napi_derive::napi;
use ravine::csv::{self, Csv, Field, Kind, Missing, Summary, Table};
use ravine::{Entries, Features, Targets, Values};
use std::fs::File;
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// The beginning of a file of separated values.
#[napi(object, object_from_js = false)]
pub struct CsvHead {
    /// Of comma, semicolon and tab that which the first line has most of; or the one that was given.
    pub delimiter: String,
    /// The fields of the first record; none where the file is empty.
    pub fields: Vec<String>,
    /// Whether none of them is a number, or missing.
    pub names: bool,
}

/// How such a file is to be read.
#[napi(object)]
pub struct CsvTableOptions {
    /// 'f32' or 'f64'.
    #[napi(ts_type = "'f32' | 'f64'")]
    pub dtype: String,
    /// One character of ASCII.
    pub delimiter: String,
    /// Whether the first record is of names.
    pub header: bool,
    /// What becomes of cells without a value.
    #[napi(ts_type = "'error' | 'drop' | 'mean'")]
    pub missing: String,
    /// What errors call the fields of a record, all of them.
    pub names: Vec<String>,
    /// What the features are made of, in order.
    pub features: Vec<CsvFieldOptions>,
    /// What is to be answered.
    pub target: Option<CsvFieldOptions>,
}

/// A field of every record.
#[napi(object)]
pub struct CsvFieldOptions {
    /// Its number, from 0.
    pub field: u32,
    /// What stands in it; by its first value if it is 'auto'.
    #[napi(ts_type = "'auto' | 'number' | 'category'")]
    pub kind: String,
    /// What stands for a number that is missing; the mean without it.
    pub fill: Option<f64>,
    /// The names of a category, in order; those that there are without it.
    pub values: Option<Vec<String>>,
}

/// What a file came to.
#[napi(object, object_from_js = false)]
pub struct CsvTable {
    /// Rows that were not passed over.
    pub rows: f64,
    /// Features of a row.
    pub inputs: f64,
    /// [rows, inputs], unless there are entries.
    #[napi(ts_type = "Float32Array | Float64Array")]
    pub features: Option<FloatArray>,
    /// Those alone that are listed: the others are zero.
    pub entries: Option<CsvEntries>,
    /// Of a target of names: the number of each.
    pub labels: Option<Uint32Array>,
    /// Of a target of numbers.
    #[napi(ts_type = "Float32Array | Float64Array")]
    pub targets: Option<FloatArray>,
    /// Of the columns that are features.
    pub columns: Vec<CsvSummary>,
    /// Of the target.
    pub target: Option<CsvSummary>,
}

/// Features that are not zero, or may be.
#[napi(object, object_from_js = false)]
pub struct CsvEntries {
    /// [rows + 1]
    pub offsets: Uint32Array,
    /// The column of each entry.
    pub indices: Uint32Array,
    /// Its number.
    #[napi(ts_type = "Float32Array | Float64Array")]
    pub values: FloatArray,
}

/// What a column came to: mean and std of numbers, or the names.
#[napi(object, object_from_js = false)]
pub struct CsvSummary {
    /// Of the numbers that were there.
    pub mean: Option<f64>,
    /// With those that were missing at the mean; 1 where all are the same.
    pub std: Option<f64>,
    /// In order.
    pub values: Option<Vec<String>>,
}

/// The beginning of a file of separated values; the delimiter is found if none is given.
#[napi(catch_unwind, ts_return_type = "Promise<CsvHead>")]
pub fn csv_head<'env>(env: &'env Env, path: String, delimiter: Option<String>) -> Result<PromiseRaw<'env, CsvHead>> {
    let delimiter = delimiter.map(|delimiter| character(&delimiter)).transpose()?;
    promised(env, Arc::default(), move || {
        let csv::Head { delimiter, fields, names } = accepted(csv::head(opened(&path)?, &path, delimiter))?;
        Ok(move |_: Env| Ok(CsvHead { delimiter: char::from(delimiter).into(), fields, names }))
    })
}

/// Reads a file of separated values on a thread of its own.
#[napi(catch_unwind, ts_return_type = "Promise<CsvTable>")]
pub fn csv_table<'env>(env: &'env Env, path: String, options: CsvTableOptions) -> Result<PromiseRaw<'env, CsvTable>> {
    let dtype = Dtype::named(&options.dtype)?;
    let csv = asked(path, options)?;
    let stop = Arc::new(AtomicBool::new(false));
    promised(env, stop.clone(), move || {
        Ok(match dtype {
            Dtype::F32 => told(read::<f32>(&csv, &stop)?),
            Dtype::F64 => told(read::<f64>(&csv, &stop)?),
        })
    })
}

fn read<T: Scalar + FromStr>(csv: &Csv, stop: &AtomicBool) -> Result<Table<T>> {
    accepted(csv::read(opened(&csv.name)?, csv, stop))
}

fn opened(path: &str) -> Result<File> {
    File::open(path).map_err(|error| refusal(ravine::Error::File(format!("csv: expected to read {path} but {error}"))))
}

/// The way of a table to JavaScript, which is gone on its thread.
fn told<T: Scalar>(table: Table<T>) -> Box<dyn FnOnce(Env) -> Result<CsvTable> + Send> {
    Box::new(move |_| {
        let (features, entries) = match table.features {
            Features::Floats(floats) => (Some(T::array(floats)), None),
            Features::Entries(Entries { starts, columns, values: Values::Floats(values) }) => {
                let (offsets, indices) = (starts.into(), columns.into());
                (None, Some(CsvEntries { offsets, indices, values: T::array(values) }))
            }
            _ => return Err(coded("ERR_RAVINE_NATIVE", &"csv: expected floats of a file but received bytes")),
        };
        let (labels, targets) = match table.targets {
            Targets::None => (None, None),
            Targets::Labels(labels) => (Some(labels.into()), None),
            Targets::Values(values) => (None, Some(T::array(values))),
        };
        let columns = table.columns.into_iter().map(CsvSummary::from).collect();
        let (rows, inputs, target) = (table.rows as f64, table.inputs as f64, table.target.map(CsvSummary::from));
        Ok(CsvTable { rows, inputs, features, entries, labels, targets, columns, target })
    })
}

impl From<Summary> for CsvSummary {
    fn from(summary: Summary) -> Self {
        match summary {
            Summary::Numbers { mean, std } => Self { mean: Some(mean), std: Some(std), values: None },
            Summary::Names(values) => Self { mean: None, std: None, values: Some(values) },
        }
    }
}

fn asked(name: String, options: CsvTableOptions) -> Result<Csv> {
    let missing = match &*options.missing {
        "error" => Missing::Error,
        "drop" => Missing::Drop,
        "mean" => Missing::Mean,
        other => return Err(unknown("missing", "'error', 'drop' or 'mean'", other)),
    };
    let features = options.features.into_iter().map(field).collect::<Result<_>>()?;
    let target = options.target.map(field).transpose()?;
    let (delimiter, header, names) = (character(&options.delimiter)?, options.header, options.names);
    Ok(Csv { name, delimiter, header, names, features, target, missing })
}

fn field(CsvFieldOptions { field, kind, fill, values }: CsvFieldOptions) -> Result<Field> {
    let kind = match &*kind {
        "auto" => Kind::Auto,
        "number" => Kind::Number { fill },
        "category" => Kind::Category(values),
        other => return Err(unknown("kind", "'auto', 'number' or 'category'", other)),
    };
    Ok(Field { number: field as usize, kind })
}

fn character(delimiter: &str) -> Result<u8> {
    match *delimiter.as_bytes() {
        [byte] if !matches!(byte, b'"' | b'\n' | b'\r') => Ok(byte),
        _ => Err(unknown("delimiter", "one character of ASCII, no quote and no newline", delimiter)),
    }
}

fn unknown(name: &str, expected: &str, received: &str) -> napi::Error {
    coded("ERR_RAVINE_HYPERPARAMETER", &format!("csv: expected {name} to be {expected} but received '{received}'"))
}
