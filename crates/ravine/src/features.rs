use crate::error::{Error, Result, expect_shape};
use ravine_kernels::{Element, Numbers, Row, prefetch};
use std::ops::Range;

/// Features [examples, inputs] as they came.
pub enum Features<T> {
    /// Bytes stay bytes in memory.
    Bytes(Vec<u8>),
    /// Of the model's type.
    Floats(Vec<T>),
    /// Those alone that are listed: the others are zero.
    Entries(Entries<T>),
}

/// Rows of entries: those of row i are `starts[i]` … `starts[i + 1]`.
pub struct Entries<T> {
    /// [rows + 1], ascending from 0 to the number of entries.
    pub starts: Vec<u32>,
    /// Ascending within a row.
    pub columns: Vec<u32>,
    /// One for each column.
    pub values: Values<T>,
}

/// The numbers of entries.
pub enum Values<T> {
    /// All are 1.
    Ones,
    /// Bytes stay bytes in memory.
    Bytes(Vec<u8>),
    /// Of the model's type.
    Floats(Vec<T>),
}

impl<T: Element> Features<T> {
    /// Rows that they are, where they are whole rows of `inputs` columns.
    pub(crate) fn rows(&self, inputs: usize) -> Result<usize> {
        let length = match self {
            Self::Bytes(bytes) => bytes.len(),
            Self::Floats(floats) => floats.len(),
            Self::Entries(entries) => return entries.rows(inputs),
        };
        let rows = length.checked_div(inputs).unwrap_or(0);
        expect_shape("dataset", "features", &[rows.saturating_mul(inputs)], &[length])?;
        Ok(rows)
    }

    /// How many are not zero, or may be.
    pub(crate) fn entries(&self) -> usize {
        match self {
            Self::Bytes(bytes) => bytes.iter().filter(|&&byte| byte != 0).count(),
            Self::Floats(floats) => floats.iter().filter(|&&number| number != T::ZERO).count(),
            Self::Entries(entries) => entries.columns.len(),
        }
    }

    /// Entries that a row may have.
    pub(crate) fn most(&self, inputs: usize) -> usize {
        match self {
            Self::Bytes(_) | Self::Floats(_) => inputs,
            Self::Entries(entries) => entries.starts.windows(2).map(|row| row[1] - row[0]).max().unwrap_or(0) as usize,
        }
    }

    /// All that row `row` has.
    #[inline]
    pub(crate) fn row(&self, row: usize, inputs: usize) -> Row<'_, T> {
        match self {
            Self::Bytes(bytes) => Row::Bytes(&bytes[row * inputs..][..inputs]),
            Self::Floats(floats) => Row::Floats(&floats[row * inputs..][..inputs]),
            Self::Entries(entries) => {
                let range = entries.row(row);
                Row::Listed(&entries.columns[range.clone()], entries.values.numbers(range))
            }
        }
    }

    /// Asks for the memory of row `row`.
    #[inline]
    pub(crate) fn expect(&self, row: usize, inputs: usize) {
        match self {
            Self::Bytes(bytes) => prefetch_all(&bytes[row * inputs..][..inputs]),
            Self::Floats(floats) => prefetch_all(&floats[row * inputs..][..inputs]),
            Self::Entries(entries) => {
                prefetch_all(&entries.columns[entries.row(row)]);
                entries.values.expect(entries.row(row));
            }
        }
    }

    /// Bytes that they take.
    pub(crate) fn bytes(&self) -> usize {
        match self {
            Self::Bytes(bytes) => bytes.len(),
            Self::Floats(floats) => size_of_val(&floats[..]),
            Self::Entries(entries) => entries.bytes(),
        }
    }
}

/// Asks for all cache lines of a slice.
pub(crate) fn prefetch_all<T>(slice: &[T]) {
    slice.chunks(64 / size_of::<T>()).for_each(prefetch);
}

impl<T: Element> Entries<T> {
    fn rows(&self, inputs: usize) -> Result<usize> {
        let Self { starts, columns, values } = self;
        let ends = starts.first() == Some(&0) && starts.last().is_some_and(|&last| last as usize == columns.len());
        if !ends || !starts.is_sorted() {
            let sentence =
                format!("dataset: expected starts that ascend from 0 to {} but received others", columns.len());
            return Err(Error::Data(sentence));
        }
        expect_shape("dataset", "values", &[columns.len()], &[values.len().unwrap_or(columns.len())])?;
        let within = |row: &[u32]| row.is_sorted_by(|a, b| a < b) && row.last().is_none_or(|&c| (c as usize) < inputs);
        if !starts.windows(2).all(|row| within(&columns[row[0] as usize..row[1] as usize])) {
            let sentence =
                format!("dataset: expected columns that ascend below {inputs} in each row but received others");
            return Err(Error::Data(sentence));
        }
        Ok(starts.len() - 1)
    }

    pub(crate) fn row(&self, row: usize) -> Range<usize> {
        self.starts[row] as usize..self.starts[row + 1] as usize
    }

    fn bytes(&self) -> usize {
        size_of_val(&self.starts[..]) + size_of_val(&self.columns[..]) + self.values.bytes()
    }
}

impl<T: Element> Values<T> {
    /// None where there are as many as are asked for.
    fn len(&self) -> Option<usize> {
        match self {
            Self::Ones => None,
            Self::Bytes(bytes) => Some(bytes.len()),
            Self::Floats(floats) => Some(floats.len()),
        }
    }

    /// Asks for the memory of entries.
    #[inline]
    pub(crate) fn expect(&self, entries: Range<usize>) {
        match self {
            Self::Ones => {}
            Self::Bytes(bytes) => prefetch_all(&bytes[entries]),
            Self::Floats(floats) => prefetch_all(&floats[entries]),
        }
    }

    pub(crate) fn numbers(&self, entries: Range<usize>) -> Numbers<'_, T> {
        match self {
            Self::Ones => Numbers::Ones,
            Self::Bytes(bytes) => Numbers::Bytes(&bytes[entries]),
            Self::Floats(floats) => Numbers::Floats(&floats[entries]),
        }
    }

    pub(crate) fn bytes(&self) -> usize {
        match self {
            Self::Ones => 0,
            Self::Bytes(bytes) => bytes.len(),
            Self::Floats(floats) => size_of_val(&floats[..]),
        }
    }
}
