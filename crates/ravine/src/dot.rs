use crate::arena::{Block, Region};
use crate::op::{Op, Reads, Step, Writes, taken};
use crate::values::{ROWS, Values, rows_of};
use ravine_kernels::Element;

/// output[r] ← Σⱼ a[r][j]·b[r][j]: one chain in f64 over ascending j, rounded at its end. A tile is some rows.
pub(crate) struct Dot {
    pub(crate) number: usize,
    pub(crate) a: Values,
    pub(crate) b: Values,
    pub(crate) output: Values,
}

impl<T: Element> Op<T> for Dot {
    fn tiles(&self) -> usize {
        self.output.batch.div_ceil(ROWS)
    }

    fn reads(&self) -> Vec<Region> {
        vec![self.a.region, self.b.region]
    }

    fn writes(&self, tile: usize) -> Vec<Block> {
        vec![self.output.rows_block::<T>(tile * ROWS, ROWS.min(self.output.batch - tile * ROWS))]
    }

    fn name(&self) -> String {
        format!("dot {}", self.number)
    }

    fn run(&self, tile: usize, step: &Step<'_, T>, [a, b, ..]: Reads<'_, T>, writes: Writes<'_, T>) {
        let [mut output] = taken(writes);
        for (row, out) in rows_of(tile, step.rows.len()).zip(output.whole().chunks_exact_mut(T::PANEL)) {
            let product = |column| {
                let place = self.a.at::<T>(row, column);
                a[place].to_f64() * b[place].to_f64()
            };
            out[0] = T::from_f64((0..self.a.width).map(product).fold(0.0, |sum, product| sum + product));
        }
    }
}

/// gradA[r][j] ← gradOutput[r]·b[r][j]. A tile is a panel.
pub(crate) struct DotGradient {
    pub(crate) number: usize,
    pub(crate) grad_output: Values,
    pub(crate) other: Values,
    pub(crate) grad_input: Values,
}

impl<T: Element> Op<T> for DotGradient {
    fn tiles(&self) -> usize {
        self.grad_input.panels::<T>()
    }

    fn reads(&self) -> Vec<Region> {
        vec![self.grad_output.region, self.other.region]
    }

    fn writes(&self, tile: usize) -> Vec<Block> {
        vec![self.grad_input.panel_block::<T>(tile)]
    }

    fn name(&self) -> String {
        format!("dot gradient {}", self.number)
    }

    fn run(&self, tile: usize, step: &Step<'_, T>, [grad_output, other, ..]: Reads<'_, T>, writes: Writes<'_, T>) {
        let [mut grad_input] = taken(writes);
        let other = &other[self.other.panel::<T>(tile, step.rows.len())];
        let rows = grad_input.whole().chunks_exact_mut(T::PANEL).zip(other.chunks_exact(T::PANEL));
        for ((to, other), gradient) in rows.zip(grad_output.iter().step_by(T::PANEL)) {
            to.iter_mut().zip(other).for_each(|(to, &other)| *to = *gradient * other);
        }
    }
}
