//! What is done to all gradients together, once they are written and before any is used.

use crate::arena::{Block, Region};
use crate::op::{Op, Reads, Step, Writes, taken};
use crate::parameter::Parameter;
use crate::scalar;
use crate::sums::{Total, panel_of, write_sums};
use ravine_kernels::Element;

/// Numbers of a tile.
const PIECE: usize = 1 << 13;
/// Is added to a norm before it divides, as PyTorch does.
const EPSILON: f64 = 1e-6;

/// Bounds for the gradients of a step, for each where it is given: first of each element, then of all together.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Clip {
    /// −c ≤ g ≤ c
    pub value: Option<f64>,
    /// ‖g‖ ≤ c over all parameters that are updated
    pub norm: Option<f64>,
}

/// g ← min(max(g, −c), c); NaN stays. A tile is a piece.
pub(crate) struct ClipValue(pub(crate) Parameter);

impl<T: Element> Op<T> for ClipValue {
    fn tiles(&self) -> usize {
        pieces(self.0.gradient)
    }

    fn reads(&self) -> Vec<Region> {
        Vec::new()
    }

    fn writes(&self, tile: usize) -> Vec<Block> {
        vec![piece(self.0.gradient, tile)]
    }

    fn name(&self) -> String {
        "clip by value".into()
    }

    fn run(&self, _: usize, step: &Step<'_, T>, _: Reads<'_, T>, writes: Writes<'_, T>) {
        let [mut gradient] = taken(writes);
        let Some(limit) = step.clip.value.map(T::from_f64) else { return };
        let clip = |g: T| if g > limit { limit } else { g };
        gradient.whole().iter_mut().for_each(|g| *g = -clip(-clip(*g)));
    }
}

/// Σ g² over the inputs of each output, in f64. A tile is a panel of outputs.
pub(crate) struct Squares {
    pub(crate) parameter: Parameter,
    /// A number for each output, padded.
    pub(crate) sums: Region,
}

impl<T: Element> Op<T> for Squares {
    fn tiles(&self) -> usize {
        self.sums.len / (T::PANEL * scalar::ELEMENTS)
    }

    fn reads(&self) -> Vec<Region> {
        vec![self.parameter.gradient]
    }

    fn writes(&self, tile: usize) -> Vec<Block> {
        let size = T::PANEL * scalar::ELEMENTS;
        vec![self.sums.block(tile * size, size)]
    }

    fn name(&self) -> String {
        "squares of gradients".into()
    }

    fn run(&self, tile: usize, step: &Step<'_, T>, [gradient, ..]: Reads<'_, T>, writes: Writes<'_, T>) {
        let [mut out] = taken(writes);
        let mut sums = [0.0; 32];
        // What stays as it is has no part in it.
        if step.rules.of(self.parameter.number).is_some() {
            let panel = panel_of(gradient, tile, <Self as Op<T>>::tiles(self));
            for row in gradient[panel].chunks_exact(T::PANEL) {
                sums.iter_mut().zip(row).for_each(|(sum, g)| *sum += g.to_f64() * g.to_f64());
            }
        }
        write_sums(&mut out, &sums);
    }
}

/// factor ← min(1, c / (‖g‖ + ε)). One tile.
pub(crate) struct Norm {
    pub(crate) squares: Total,
    pub(crate) factor: Region,
}

impl<T: Element> Op<T> for Norm {
    fn tiles(&self) -> usize {
        1
    }

    fn reads(&self) -> Vec<Region> {
        vec![self.squares.sums]
    }

    fn writes(&self, _: usize) -> Vec<Block> {
        vec![self.factor.block(0, self.factor.len)]
    }

    fn name(&self) -> String {
        "norm of gradients".into()
    }

    fn run(&self, _: usize, step: &Step<'_, T>, [sums, ..]: Reads<'_, T>, writes: Writes<'_, T>) {
        let [mut factor] = taken(writes);
        let Some(limit) = step.clip.norm else { return };
        let ratio = limit / (self.squares.of(sums).sqrt() + EPSILON);
        // NaN stays.
        scalar::write(factor.whole(), &[if ratio >= 1.0 { 1.0 } else { ratio }]);
    }
}

/// g ← factor·g. A tile is a piece.
pub(crate) struct Scale {
    pub(crate) parameter: Parameter,
    pub(crate) factor: Region,
}

impl<T: Element> Op<T> for Scale {
    fn tiles(&self) -> usize {
        pieces(self.parameter.gradient)
    }

    fn reads(&self) -> Vec<Region> {
        vec![self.factor]
    }

    fn writes(&self, tile: usize) -> Vec<Block> {
        vec![piece(self.parameter.gradient, tile)]
    }

    fn name(&self) -> String {
        "clip by norm".into()
    }

    fn run(&self, _: usize, _: &Step<'_, T>, [factor, ..]: Reads<'_, T>, writes: Writes<'_, T>) {
        let [mut gradient] = taken(writes);
        let factor = T::from_f64(scalar::read(factor, 0));
        gradient.whole().iter_mut().for_each(|g| *g = factor * *g);
    }
}

fn pieces(gradient: Region) -> usize {
    gradient.len.div_ceil(PIECE)
}

fn piece(gradient: Region, tile: usize) -> Block {
    let start = tile * PIECE;
    gradient.block(start, PIECE.min(gradient.len - start))
}
