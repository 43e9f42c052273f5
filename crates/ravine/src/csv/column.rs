use super::names::Names;
use super::number::{number, short};
use super::place::{Place, received, refused};
use super::records::Record;
use super::{Field, Kind, Missing};
use crate::error::{Error, Result};
use ravine_kernels::Element;
use std::str::FromStr;

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
    Names(Names),
}

impl Column {
    pub(super) fn new(field: &Field) -> Self {
        let cells = match &field.kind {
            Kind::Auto => Cells::Unknown,
            Kind::Number { fill } => Cells::Number { fill: *fill },
            Kind::Category(None) => Cells::Names(Names::default()),
            Kind::Category(Some(names)) => Cells::Names(Names::listed(names)),
        };
        Self { field: field.number, cells }
    }

    /// The cell of a record; NaN where it is missing and may be. Always inlined: a call takes as long as most cells.
    #[inline(always)]
    pub(super) fn cell<T: Element + FromStr>(
        &mut self,
        record: &Record<'_>,
        missing: Missing,
        place: &Place,
    ) -> Result<T> {
        let field = self.field;
        if let Cells::Number { .. } = self.cells
            && let Some((word, length)) = record.word(field)
            && let Some(number) = short(word, length)
        {
            return Ok(number);
        }
        self.long(record, missing, place)
    }

    /// Likewise of any; kept out of the loop, for the sake of its registers.
    #[inline(never)]
    fn long<T: Element + FromStr>(&mut self, record: &Record<'_>, missing: Missing, place: &Place) -> Result<T> {
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
            let is_number = number::<f64>(bytes).is_some();
            self.cells = if is_number { Cells::Number { fill: None } } else { Cells::Names(Names::default()) };
        }
        match &mut self.cells {
            Cells::Names(names) => {
                let number = match names.recent(bytes) {
                    None => names.number(text(bytes, &place)?, missing, place)?,
                    recent => recent,
                };
                Ok(T::from_f64(number.map_or(f64::NAN, |number| number as f64)))
            }
            _ => number(bytes).ok_or_else(|| no_number(bytes, &place())),
        }
    }
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

/// Whether a field has no value: nothing at all or, out of quotes, what people write instead.
#[inline]
pub(super) fn is_missing(record: &Record<'_>, field: usize) -> bool {
    match record.bytes(field) {
        b"" => true,
        b"NA" | b"N/A" | b"NaN" | b"nan" | b"null" | b"NULL" | b"None" | b"?" => !record.quoted(field),
        _ => false,
    }
}
