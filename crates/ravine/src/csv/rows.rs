use super::column::{Column, is_missing};
use super::place::Place;
use super::records::Record;
use super::{Csv, Missing};
use crate::error::Result;
use ravine_kernels::Element;
use std::str::FromStr;

/// The cells of the rows that have come.
pub(super) struct Rows<'a, T> {
    pub(super) place: &'a Place,
    missing: Missing,
    /// Of the features.
    pub(super) columns: Vec<Column>,
    /// [rows, columns], row-major
    pub(super) cells: Vec<T>,
    pub(super) target: Option<Column>,
    /// [rows] where there is a target.
    pub(super) answers: Vec<T>,
    pub(super) count: usize,
}

impl<'a, T: Element + FromStr> Rows<'a, T> {
    pub(super) fn new(csv: &Csv, place: &'a Place) -> Self {
        let columns = csv.features.iter().map(Column::new).collect();
        let target = csv.target.as_ref().map(Column::new);
        Self { place, missing: csv.missing, columns, cells: Vec::new(), target, answers: Vec::new(), count: 0 }
    }

    /// Takes a row, unless it is to be passed over.
    pub(super) fn add(&mut self, record: &Record<'_>) -> Result<()> {
        if self.passed_over(record) {
            return Ok(());
        }
        let Self { place, missing, .. } = *self;
        let start = self.cells.len();
        self.cells.resize(start + self.columns.len(), T::ZERO);
        for (cell, column) in self.cells[start..].iter_mut().zip(&mut self.columns) {
            *cell = column.cell(record, missing, place)?;
        }
        if let Some(target) = &mut self.target {
            self.answers.push(target.cell(record, Missing::Error, place)?);
        }
        self.count += 1;
        Ok(())
    }

    fn passed_over(&self, record: &Record<'_>) -> bool {
        let without = |column: &Column| is_missing(record, column.field);
        let target = || self.target.as_ref().is_some_and(without);
        match self.missing {
            Missing::Error => false,
            Missing::Mean => target(),
            Missing::Drop => target() || self.columns.iter().any(without),
        }
    }
}
