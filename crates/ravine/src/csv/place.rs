use crate::error::Error;

/// Characters of a value that an error repeats.
const SHOWN: usize = 60;

/// What errors call a file and its columns.
pub(super) struct Place {
    file: String,
    columns: Vec<String>,
}

impl Place {
    pub(super) fn new(file: &str, columns: Vec<String>) -> Self {
        Self { file: file.into(), columns }
    }

    /// `line 17 of housing.csv`
    pub(super) fn line(&self, line: usize) -> String {
        format!("line {line} of {}", self.file)
    }

    /// `line 17, column 'total_rooms', of housing.csv`
    pub(super) fn field(&self, line: usize, field: usize) -> String {
        let column = self.columns.get(field).map_or_else(|| format!("{}", field + 1), |name| format!("'{name}'"));
        format!("line {line}, column {column}, of {}", self.file)
    }

    /// `column 'total_rooms' of housing.csv`
    pub(super) fn column(&self, field: usize) -> String {
        format!("column '{}' of {}", self.columns[field], self.file)
    }

    pub(super) fn file(&self) -> &str {
        &self.file
    }
}

/// `csv: expected a number in line 17 … but received 'abc'`
pub(super) fn refused(expected: &str, place: &str, received: &str) -> Error {
    Error::Data(format!("csv: expected {expected} in {place} but {received}"))
}

/// A value as it reads in an error: short, on one line.
pub(super) fn received(value: &[u8]) -> String {
    let text = String::from_utf8_lossy(&value[..value.len().min(4 * SHOWN)]);
    let shown: String = text.chars().take(SHOWN).flat_map(char::escape_debug).collect();
    format!("received '{shown}{}'", if text.chars().count() > SHOWN { "…" } else { "" })
}
