use crate::arena::{Block, Region};
use crate::op::{Op, Reads, Step, Writes, taken};
use crate::values::{ROWS, Values, rows_of};
use ravine_kernels::Element;
use std::ops::Range;

/// Rows of the table in a tile of its gradient.
const PIECE: usize = 1 << 10;

/// Where the numbers of an embedding lie. The table is in panels of its columns: [width / PANEL][count][PANEL].
#[derive(Clone, Copy)]
pub(crate) struct Embedding {
    pub(crate) number: usize,
    pub(crate) count: usize,
    pub(crate) width: usize,
    pub(crate) table: Region,
    /// Whole numbers below `count`.
    pub(crate) ids: Values,
    pub(crate) output: Values,
}

impl Embedding {
    fn id<T: Element>(&self, ids: &[T], row: usize, place: usize) -> usize {
        ids[self.ids.at::<T>(row, place)].to_f64() as usize
    }
}

/// output[r][k·width + j] ← table[ids[r][k]][j]. A tile is some rows.
pub(crate) struct EmbeddingForward(pub(crate) Embedding);

impl<T: Element> Op<T> for EmbeddingForward {
    fn tiles(&self) -> usize {
        self.0.output.batch.div_ceil(ROWS)
    }

    fn reads(&self) -> Vec<Region> {
        vec![self.0.ids.region, self.0.table]
    }

    fn writes(&self, tile: usize) -> Vec<Block> {
        vec![self.0.output.rows_block::<T>(tile * ROWS, ROWS.min(self.0.output.batch - tile * ROWS))]
    }

    fn name(&self) -> String {
        format!("embedding {}", self.0.number)
    }

    /// But for the rows of the table that nobody names.
    fn touched(&self) -> usize {
        2 * self.0.output.region.len
    }

    fn run(&self, tile: usize, step: &Step<'_, T>, [ids, table, ..]: Reads<'_, T>, writes: Writes<'_, T>) {
        let [mut output] = taken(writes);
        let Embedding { count, width, .. } = self.0;
        for (place, row) in rows_of(tile, step.rows.len()).enumerate() {
            for k in 0..self.0.ids.width {
                let id = self.0.id(ids, row, k);
                for j in 0..width {
                    let column = k * width + j;
                    let number = table[(j / T::PANEL * count + id) * T::PANEL + j % T::PANEL];
                    output.run(column / T::PANEL)[place * T::PANEL + column % T::PANEL] = number;
                }
            }
        }
    }
}

/// gradient[id] ← Σ gradOutput[r][k] over all (r, k) that name id, a chain of additions in that order; 0 where none does. A tile is
/// some rows of one panel of the table.
pub(crate) struct EmbeddingGradient {
    pub(crate) place: Embedding,
    pub(crate) grad_output: Values,
    pub(crate) gradient: Region,
}

impl EmbeddingGradient {
    /// (panel, rows of the table) of a tile.
    fn tile(&self, tile: usize) -> (usize, Range<usize>) {
        let pieces = self.place.count.div_ceil(PIECE);
        let first = tile % pieces * PIECE;
        (tile / pieces, first..self.place.count.min(first + PIECE))
    }
}

impl<T: Element> Op<T> for EmbeddingGradient {
    fn tiles(&self) -> usize {
        self.place.width.div_ceil(T::PANEL) * self.place.count.div_ceil(PIECE)
    }

    fn reads(&self) -> Vec<Region> {
        vec![self.place.ids.region, self.grad_output.region]
    }

    fn writes(&self, tile: usize) -> Vec<Block> {
        let (panel, rows) = self.tile(tile);
        vec![self.gradient.block((panel * self.place.count + rows.start) * T::PANEL, rows.len() * T::PANEL)]
    }

    fn name(&self) -> String {
        format!("embedding gradient {}", self.place.number)
    }

    fn run(&self, tile: usize, step: &Step<'_, T>, [ids, grad_output, ..]: Reads<'_, T>, writes: Writes<'_, T>) {
        let [mut gradient] = taken(writes);
        let ((panel, rows), gradient) = (self.tile(tile), gradient.whole());
        gradient.fill(T::ZERO);
        let columns = panel * T::PANEL..self.place.width.min((panel + 1) * T::PANEL);
        for (row, k) in (0..step.rows.len()).flat_map(|row| (0..self.place.ids.width).map(move |k| (row, k))) {
            let id = self.place.id(ids, row, k);
            if rows.contains(&id) {
                let sums = &mut gradient[(id - rows.start) * T::PANEL..][..columns.len()];
                let at = |column| self.grad_output.at::<T>(row, k * self.place.width + column);
                sums.iter_mut().zip(columns.clone()).for_each(|(sum, column)| *sum += grad_output[at(column)]);
            }
        }
    }
}
