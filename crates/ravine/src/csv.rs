//! Separated values to numbers: the text is read in pieces, each cell goes where it belongs, and nothing of the text is kept.

mod column;
mod marks;
mod names;
mod number;
mod place;
mod records;
mod rows;
mod table;

use crate::error::{Error, Result};
use place::{Place, refused};
use ravine_kernels::Element;
use records::Records;
use rows::Rows;
use std::io::Read;
use std::str::FromStr;
use std::sync::atomic::AtomicBool;
pub use table::{Summary, Table};

/// How a file is to be read.
pub struct Csv {
    /// What errors call it.
    pub name: String,
    /// What stands between two fields: no quote and no newline.
    pub delimiter: u8,
    /// Whether the first record is of names.
    pub header: bool,
    /// What errors call the fields of a record, all of them.
    pub names: Vec<String>,
    /// What the features are made of, in order.
    pub features: Vec<Field>,
    /// What is to be answered.
    pub target: Option<Field>,
    /// What becomes of cells without a value.
    pub missing: Missing,
}

/// A field of every record.
pub struct Field {
    /// Its number, from 0.
    pub number: usize,
    /// What stands in it.
    pub kind: Kind,
}

/// What stands in a column.
#[derive(Clone)]
pub enum Kind {
    /// Numbers where its first value is one, else names.
    Auto,
    /// Numbers; `fill` stands for those that are missing, their mean if it is not given.
    Number {
        /// Finite.
        fill: Option<f64>,
    },
    /// Names of classes: those that are listed, in this order, or as many as there are.
    Category(Option<Vec<String>>),
}

/// What becomes of cells without a value: empty ones, and NA, N/A, NaN, nan, null, NULL, None and ? out of quotes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Missing {
    /// They are refused.
    Error,
    /// Their rows are passed over.
    Drop,
    /// A number is the mean of its column; a name, also one that is not listed, is none of the names; rows whose target is missing are passed over.
    Mean,
}

/// The beginning of a file.
pub struct Head {
    /// Of comma, semicolon and tab that which the first line has most of; or the one that was given.
    pub delimiter: u8,
    /// The fields of the first record; empty where there is none.
    pub fields: Vec<String>,
    /// Whether none of them is a number, or missing.
    pub names: bool,
}

/// Reads the beginning of a file.
///
/// # Errors
/// [`Error::File`] where it cannot be read; [`Error::Data`] where it is no text of separated values
pub fn head(source: impl Read, name: &str, delimiter: Option<u8>) -> Result<Head> {
    let (place, stop) = (Place::new(name, Vec::new()), AtomicBool::new(false));
    let mut records = Records::new(source, delimiter.unwrap_or(b','), &place, &stop)?;
    let delimiter = delimiter.map_or_else(|| records.detect(), Ok)?;
    let Some(record) = records.next()? else { return Ok(Head { delimiter, fields: Vec::new(), names: false }) };
    let text = |field| column::text(record.bytes(field), || place.field(record.line, field)).map(String::from);
    let fields = (0..record.fields()).map(text).collect::<Result<Vec<_>>>()?;
    let number = |field| column::is_missing(&record, field) || number::number::<f64>(record.bytes(field)).is_some();
    let names = !(0..record.fields()).any(number);
    Ok(Head { delimiter, fields, names })
}

/// Reads a file; `stop` ends that early, with an error.
///
/// # Errors
/// [`Error::File`] where it cannot be read; [`Error::Data`] that names line and column where it is not what it should be
pub fn read<T: Element + FromStr>(source: impl Read, csv: &Csv, stop: &AtomicBool) -> Result<Table<T>> {
    let place = Place::new(&csv.name, csv.names.clone());
    let width = csv.names.len();
    if let Some(field) = csv.features.iter().chain(&csv.target).find(|field| field.number >= width) {
        return Err(Error::Shape(format!("csv: expected fields below {width} but received {}", field.number)));
    }
    let mut records = Records::new(source, csv.delimiter, &place, stop)?;
    if csv.header {
        records.next()?;
    }
    let mut rows = Rows::new(csv, &place);
    while let Some(record) = records.next()? {
        if record.fields() != width {
            let expected = format!("{width} fields");
            return Err(refused(&expected, &place.line(record.line), &format!("received {}", record.fields())));
        }
        rows.add(&record)?;
    }
    table::finished(rows)
}
