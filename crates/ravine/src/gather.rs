use crate::arena::{Block, Region, Runs};
use crate::dataset::Fold;
use crate::op::{Op, Reads, Step, Writes, taken};
use ravine_kernels::{Element, Isa, Row, fold, padded, widen};
use std::ops::Range;

/// Examples of a tile at least; a large batch is cut into so many parts.
const ROWS: usize = 8;
const SHARES: usize = 16;

/// input ← some columns of the features of the batch's examples, in panels. A tile is some examples.
pub(crate) struct Gather {
    pub(crate) input: Region,
    /// The first of them.
    pub(crate) first: usize,
    pub(crate) width: usize,
    pub(crate) batch: usize,
    /// Whether their normalisation is applied, scale·p + offset, rather than left to a layer.
    pub(crate) normalised: bool,
}

impl Gather {
    fn rows(&self) -> usize {
        ROWS.max(self.batch.div_ceil(SHARES))
    }
}

impl<T: Element> Op<T> for Gather {
    fn tiles(&self) -> usize {
        self.batch.div_ceil(self.rows())
    }

    fn reads(&self) -> Vec<Region> {
        Vec::new()
    }

    fn writes(&self, tile: usize) -> Vec<Block> {
        let (first, stride) = (tile * self.rows(), self.batch * T::PANEL);
        let (count, len) = (padded::<T>(self.width) / T::PANEL, self.rows().min(self.batch - first) * T::PANEL);
        vec![Block { space: self.input.space, start: self.input.start + first * T::PANEL, count, stride, len }]
    }

    fn name(&self) -> String {
        "gather".into()
    }

    fn run(&self, tile: usize, step: &Step<'_, T>, _: Reads<'_, T>, writes: Writes<'_, T>) {
        let [mut panels] = taken(writes);
        let [rows, next] = [step.rows, step.next].map(|rows| rows.chunks(self.rows()).nth(tile).unwrap_or_default());
        for (r, &example) in rows.iter().enumerate() {
            let columns = self.first..self.first + self.width;
            spread(step.isa, step.dataset.row(example), columns, &mut panels, r * T::PANEL);
        }
        if let Some(Fold { scale, offset }) = step.dataset.fold.filter(|_| self.normalised) {
            let base = [offset; 32];
            panels.all().for_each(|panel| fold(step.isa, &mut panel[..rows.len() * T::PANEL], scale, &base));
        }
        // Rows lie anywhere in memory: those of the next step are asked for while this one works.
        next.iter().for_each(|&example| step.dataset.expect(example));
    }
}

/// panels[j / PANEL][place + j % PANEL] ← number of column j of those given, zeros elsewhere.
fn spread<T: Element>(isa: Isa, row: Row<'_, T>, columns: Range<usize>, panels: &mut Runs<'_, T>, place: usize) {
    match row {
        Row::Bytes(bytes) => bytes[columns].chunks(T::PANEL).zip(panels.all()).for_each(|(part, panel)| {
            widen(isa, part, &mut panel[place..][..part.len()]);
        }),
        Row::Floats(floats) => floats[columns].chunks(T::PANEL).zip(panels.all()).for_each(|(part, panel)| {
            let panel = &mut panel[place..][..T::PANEL];
            match part.len() == T::PANEL {
                // A length that is known is copied without a call.
                true => panel.copy_from_slice(&part[..T::PANEL]),
                false => panel[..part.len()].copy_from_slice(part),
            }
        }),
        row => {
            panels.all().for_each(|panel| panel[place..][..T::PANEL].fill(T::ZERO));
            row.each(|column, number| {
                if columns.contains(&column) {
                    let j = column - columns.start;
                    panels.run(j / T::PANEL)[place + j % T::PANEL] = number;
                }
            });
        }
    }
}
