use super::number::number;
use super::place::{Place, received, refused};
use super::records::Record;
use super::{Field, Kind, Missing};
use crate::error::{Error, Result};
use ravine_kernels::Element;
use std::collections::HashMap;
use std::str::FromStr;

/// Names that a column may have: a column of more is no category but a name of each row.
const MOST: usize = 1 << 20;
/// What stands for no value, besides nothing at all.
const LONGEST: usize = 4;
const NONE: [&[u8]; 8] = [b"NA", b"N/A", b"NaN", b"nan", b"null", b"NULL", b"None", b"?"];

/// A column while it is read. A cell is a number, or the number of a name; NaN where it is missing.
pub(super) struct Column {
    /// Its number in a record.
    pub(super) field: usize,
    pub(super) cells: Cells,
}

/// What the cells are.
pub(super) enum Cells {
    /// None has come yet.
    Unknown,
    Number {
        fill: Option<f64>,
    },
    Names {
        numbers: HashMap<Box<str>, usize>,
        known: bool,
    },
}

impl Column {
    pub(super) fn new(field: &Field) -> Self {
        let cells = match &field.kind {
            Kind::Auto => Cells::Unknown,
            Kind::Number { fill } => Cells::Number { fill: *fill },
            Kind::Category(None) => Cells::names(),
            Kind::Category(Some(names)) => {
                let numbers = names.iter().enumerate().map(|(number, name)| (name.as_str().into(), number)).collect();
                Cells::Names { numbers, known: true }
            }
        };
        Self { field: field.number, cells }
    }

    /// The cell of a record; NaN where it is missing and may be.
    #[inline]
    pub(super) fn cell<T: Element + FromStr>(
        &mut self,
        record: &Record<'_>,
        missing: Missing,
        place: &Place,
    ) -> Result<T> {
        let field = self.field;
        let bytes = record.bytes(field);
        if let Cells::Number { .. } = self.cells
            && let Some(number) = number(bytes)
        {
            return Ok(number);
        }
        if !is_missing(record, field) {
            return self.present(bytes, missing, || place.field(record.line, field));
        }
        if missing == Missing::Error {
            let expected = "a value (or missing: 'drop' or 'mean')";
            return Err(refused(expected, &place.field(record.line, field), "received none"));
        }
        Ok(T::from_f64(f64::NAN))
    }

    /// A cell that is not missing.
    fn present<T: Element + FromStr>(
        &mut self,
        bytes: &[u8],
        missing: Missing,
        place: impl Fn() -> String,
    ) -> Result<T> {
        if let Cells::Unknown = self.cells {
            self.cells = if number::<f64>(bytes).is_some() { Cells::Number { fill: None } } else { Cells::names() };
        }
        match &mut self.cells {
            Cells::Names { numbers, known } => {
                let name = text(bytes, &place)?;
                // A name that is not listed is none of those that are.
                let strange = *known && missing == Missing::Mean && !numbers.contains_key(name);
                let number = if strange { f64::NAN } else { number_of(numbers, *known, name, place)? as f64 };
                Ok(T::from_f64(number))
            }
            _ => number(bytes).ok_or_else(|| no_number(bytes, &place())),
        }
    }
}

impl Cells {
    fn names() -> Self {
        Self::Names { numbers: HashMap::new(), known: false }
    }
}

fn number_of(
    numbers: &mut HashMap<Box<str>, usize>,
    known: bool,
    name: &str,
    place: impl Fn() -> String,
) -> Result<usize> {
    let next = numbers.len();
    if let Some(&number) = numbers.get(name) {
        return Ok(number);
    }
    if known {
        return Err(refused("one of the values that the column had before", &place(), &received(name.as_bytes())));
    }
    if next == MOST {
        let expected = format!("at most {MOST} different values (or the column in ignore)");
        return Err(refused(&expected, &place(), "received one more"));
    }
    numbers.insert(name.into(), next);
    Ok(next)
}

fn no_number(bytes: &[u8], place: &str) -> Error {
    let expected = "a number, as the column's first value is (or the column in categories),";
    refused(expected, place, &received(bytes))
}

/// Text that is UTF-8 and has no NUL.
pub(super) fn text(bytes: &[u8], place: impl Fn() -> String) -> Result<&str> {
    match std::str::from_utf8(bytes) {
        Ok(text) if !text.contains('\0') => Ok(text),
        _ => Err(refused("text in UTF-8", &place(), &received(bytes))),
    }
}

pub(super) fn is_missing(record: &Record<'_>, field: usize) -> bool {
    let bytes = record.bytes(field);
    bytes.is_empty() || (!record.quoted(field) && bytes.len() <= LONGEST && NONE.contains(&bytes))
}
