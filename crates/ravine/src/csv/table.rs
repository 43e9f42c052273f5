use super::column::{Cells, Column};
use super::place::{Place, refused};
use super::rows::Rows;
use crate::dataset::Targets;
use crate::error::{Error, Result};
use crate::features::{Entries, Features, Values};
use ravine_kernels::Element;
use std::str::FromStr;

/// Features are entries where there are more than so many times as many of them as columns.
const SPARSE: usize = 4;

/// What a file came to.
pub struct Table<T> {
    /// Rows that were not passed over; at least one.
    pub rows: usize,
    /// Features of a row: one of each column of numbers, one for each name of a column of names.
    pub inputs: usize,
    /// [rows, inputs]: floats, or entries where more than three quarters are zero.
    pub features: Features<T>,
    /// Numbers, or the number of each name.
    pub targets: Targets<T>,
    /// Of the columns that are features, in order.
    pub columns: Vec<Summary>,
    /// Of the target.
    pub target: Option<Summary>,
}

/// What a column came to.
#[derive(Clone, Debug, PartialEq)]
pub enum Summary {
    /// Of numbers, of which those that were missing are at the mean.
    Numbers {
        /// Of those that were there.
        mean: f64,
        /// √(Σ(x − mean)² / rows); 1 where all are the same.
        std: f64,
    },
    /// The names, in order: by value where all are numbers, else by their bytes.
    Names(Vec<String>),
}

/// What becomes of the cells of a column.
struct Way {
    /// The first of its features.
    first: usize,
    /// Of names: the place of each number among its features.
    places: Option<Vec<usize>>,
}

pub(super) fn finished<T: Element + FromStr>(mut rows: Rows<'_, T>) -> Result<Table<T>> {
    if rows.count == 0 {
        return Err(Error::Data(format!("csv: expected a row of data in {} but found none", rows.place.file())));
    }
    let (columns, ways) = summed_up(&mut rows.cells, &rows.columns, rows.place)?;
    let (target, answered) = summed_up(&mut rows.answers, rows.target.as_slice(), rows.place)?;
    let inputs = columns.iter().map(Summary::inputs).sum();
    Ok(Table {
        rows: rows.count,
        inputs,
        features: features(rows.cells, &ways, inputs)?,
        targets: targets(rows.answers, &answered),
        columns,
        target: target.into_iter().next(),
    })
}

impl Summary {
    fn inputs(&self) -> usize {
        match self {
            Self::Numbers { .. } => 1,
            Self::Names(names) => names.len(),
        }
    }
}

/// Fills what is missing in cells [rows, columns].
fn summed_up<T: Element>(cells: &mut [T], columns: &[Column], place: &Place) -> Result<(Vec<Summary>, Vec<Way>)> {
    let means = means(cells, columns, place)?;
    let fills: Vec<T> = columns.iter().zip(&means).map(|(column, &mean)| T::from_f64(column.fill(mean))).collect();
    let variances = variances(cells, &means, &fills);
    let (mut summaries, mut ways, mut first) = (Vec::new(), Vec::new(), 0);
    for (column, (mean, variance)) in columns.iter().zip(means.into_iter().zip(variances)) {
        let (summary, places) = column.summary(mean, variance, place)?;
        ways.push(Way { first, places });
        first += summary.inputs();
        summaries.push(summary);
    }
    Ok((summaries, ways))
}

impl Column {
    /// What it came to; of names also their places.
    fn summary(&self, mean: f64, variance: f64, place: &Place) -> Result<(Summary, Option<Vec<usize>>)> {
        if let Cells::Names(names) = &self.cells {
            let (names, places) = names.ordered();
            return Ok((Summary::Names(names), Some(places)));
        }
        if !variance.is_finite() {
            return Err(refused("numbers with a finite deviation", &place.column(self.field), "they are too large"));
        }
        Ok((Summary::Numbers { mean, std: if variance > 0.0 { variance.sqrt() } else { 1.0 } }, None))
    }

    /// What stands for a cell that is missing.
    fn fill(&self, mean: f64) -> f64 {
        match self.cells {
            Cells::Number { fill } => fill.unwrap_or(mean),
            _ => f64::NAN,
        }
    }
}

/// x₀ + Σ(x − x₀)/n of the cells of each column that are there, x₀ the first: exact where all are the same.
fn means<T: Element>(cells: &[T], columns: &[Column], place: &Place) -> Result<Vec<f64>> {
    let width = columns.len().max(1);
    let mut sums: Vec<_> = (0..columns.len()).map(|column| (first(cells, column, width), 0.0, 0.0)).collect();
    for row in cells.chunks_exact(width) {
        for ((start, sum, count), cell) in sums.iter_mut().zip(row) {
            let difference = cell.to_f64() - *start;
            // Without a branch, since all columns are summed together.
            *sum += if difference.is_nan() { 0.0 } else { difference };
            *count += if difference.is_nan() { 0.0 } else { 1.0 };
        }
    }
    let mean = |(&(start, sum, count), column): (&(f64, f64, f64), &Column)| match column.cells {
        Cells::Number { fill: Some(fill) } if count == 0.0 => Ok(fill),
        Cells::Names(_) => Ok(f64::NAN),
        _ if count > 0.0 => Ok(start + sum / count),
        _ => Err(refused("at least one value (or the column in ignore)", &place.column(column.field), "found none")),
    };
    sums.iter().zip(columns).map(mean).collect()
}

/// The first cell of a column that is there.
fn first<T: Element>(cells: &[T], column: usize, width: usize) -> f64 {
    let mut cells = cells.iter().skip(column).step_by(width).map(|cell| cell.to_f64());
    cells.find(|cell| !cell.is_nan()).unwrap_or(f64::NAN)
}

/// Σ(x − mean)²/n of each column, with what was missing filled in.
fn variances<T: Element>(cells: &mut [T], means: &[f64], fills: &[T]) -> Vec<f64> {
    let mut sums = vec![0.0; means.len()];
    let count = cells.len() as f64 / means.len().max(1) as f64;
    for row in cells.chunks_exact_mut(means.len().max(1)) {
        for (((sum, &mean), &fill), cell) in sums.iter_mut().zip(means).zip(fills).zip(row) {
            *cell = if cell.to_f64().is_nan() { fill } else { *cell };
            let difference = cell.to_f64() - mean;
            *sum += difference * difference;
        }
    }
    sums.into_iter().map(|sum| sum / count).collect()
}

fn features<T: Element>(mut cells: Vec<T>, ways: &[Way], inputs: usize) -> Result<Features<T>> {
    if ways.iter().all(|way| way.places.is_none()) {
        cells.shrink_to_fit();
        return Ok(Features::Floats(cells));
    }
    if inputs > SPARSE * ways.len() { entries(cells, ways) } else { Ok(floats(cells, ways, inputs)) }
}

/// In place, since a table may be most of the memory: from the last row on where rows become longer.
fn floats<T: Element>(mut cells: Vec<T>, ways: &[Way], inputs: usize) -> Features<T> {
    let (width, rows) = (ways.len(), cells.len() / ways.len());
    let longest = rows * inputs.max(width);
    cells.reserve_exact(longest - cells.len());
    cells.resize(longest, T::ZERO);
    let mut row = vec![T::ZERO; width];
    for at in 0..rows {
        let at = if inputs < width { at } else { rows - 1 - at };
        row.copy_from_slice(&cells[at * width..][..width]);
        let place = &mut cells[at * inputs..][..inputs];
        place.fill(T::ZERO);
        for (input, value) in ways.iter().zip(&row).filter_map(|(way, &cell)| way.entry(cell)) {
            place[input] = value;
        }
    }
    cells.truncate(rows * inputs);
    cells.shrink_to_fit();
    Features::Floats(cells)
}

/// In place likewise: no row has more entries than cells.
fn entries<T: Element>(mut cells: Vec<T>, ways: &[Way]) -> Result<Features<T>> {
    if u32::try_from(cells.len()).is_err() {
        return Err(Error::Data(format!("csv: expected at most {} cells but received {}", u32::MAX, cells.len())));
    }
    let (mut starts, mut columns) = (vec![0], Vec::with_capacity(cells.len()));
    for first in (0..cells.len()).step_by(ways.len()) {
        for (place, way) in ways.iter().enumerate() {
            if let Some((input, value)) = way.entry(cells[first + place]) {
                cells[columns.len()] = value;
                columns.push(input as u32);
            }
        }
        starts.push(columns.len() as u32);
    }
    cells.truncate(columns.len());
    Ok(Features::Entries(Entries { starts, columns, values: Values::Floats(cells) }))
}

impl Way {
    /// The feature that a cell is, and its value; none of a name that is missing.
    fn entry<T: Element>(&self, cell: T) -> Option<(usize, T)> {
        match &self.places {
            None => Some((self.first, cell)),
            Some(places) => places.get(number_of(cell)?).map(|place| (self.first + place, T::ONE)),
        }
    }
}

/// The number of a name, unless it is missing.
fn number_of<T: Element>(cell: T) -> Option<usize> {
    Some(cell.to_f64()).filter(|number| !number.is_nan()).map(|number| number as usize)
}

fn targets<T: Element>(answers: Vec<T>, ways: &[Way]) -> Targets<T> {
    match ways.first() {
        None => Targets::None,
        Some(Way { places: None, .. }) => Targets::Values(answers),
        Some(Way { places: Some(places), .. }) => {
            Targets::Labels(answers.into_iter().filter_map(number_of).map(|number| places[number] as u32).collect())
        }
    }
}
