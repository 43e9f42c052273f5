use crate::arena::{Block, Region};
use crate::op::{Op, Reads, Step, Writes, taken};
use crate::values::Values;
use ravine_kernels::Element;

/// output ← a + b: of what a node adds, or of gradients that meet. A tile is a panel.
pub(crate) struct Sum {
    pub(crate) number: usize,
    pub(crate) a: Values,
    pub(crate) b: Values,
    pub(crate) output: Values,
}

impl<T: Element> Op<T> for Sum {
    fn tiles(&self) -> usize {
        self.output.panels::<T>()
    }

    fn reads(&self) -> Vec<Region> {
        vec![self.a.region, self.b.region]
    }

    fn writes(&self, tile: usize) -> Vec<Block> {
        vec![self.output.panel_block::<T>(tile)]
    }

    fn name(&self) -> String {
        format!("sum {}", self.number)
    }

    fn run(&self, tile: usize, step: &Step<'_, T>, [a, b, ..]: Reads<'_, T>, writes: Writes<'_, T>) {
        let [mut output] = taken(writes);
        let panel = self.output.panel::<T>(tile, step.rows.len());
        let pairs = a[panel.clone()].iter().zip(&b[panel]);
        output.whole().iter_mut().zip(pairs).for_each(|(sum, (&a, &b))| *sum = a + b);
    }
}
