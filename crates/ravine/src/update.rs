use crate::arena::{Block, Region};
use crate::dataset::Fold;
use crate::dense::Place;
use crate::op::{Op, Reads, Step, Writes, part};
use crate::parameter::Parameter;
use crate::tune::Tuned;
use ravine_kernels::{Element, Isa, MOST_STATES, Part, Rule, add_rows, fold, gradient, update};

/// Numbers that a tile of an update by a written gradient takes.
const PIECE: usize = 1 << 13;

/// g ← gradOutputᵀ·input; then the optimizer's rule on W and its states, tile by tile while g is in registers or, of rules that
/// do not fuse, in the nearest cache.
pub(crate) struct WeightUpdate {
    pub(crate) place: Place,
    pub(crate) grad_output: Region,
}

impl<T: Element> Op<T> for WeightUpdate {
    fn tiles(&self) -> usize {
        self.place.weight_tiles::<T>()
    }

    fn reads(&self) -> Vec<Region> {
        vec![self.place.input, self.grad_output]
    }

    fn writes(&self, tile: usize) -> Vec<Block> {
        self.place.weight.parts().map(|region| self.place.weight_block::<T>(region, tile)).collect()
    }

    fn name(&self) -> String {
        format!("weight update {}", self.place.number)
    }

    fn run(&self, tile: usize, step: &Step<'_, T>, [input, grad_output, ..]: Reads<'_, T>, mut writes: Writes<'_, T>) {
        let Some(rule) = step.rules.of(self.place.weight.number) else { return };
        let mut whole = part(&mut writes, 0);
        let (panel, inputs) = self.place.weight_tile::<T>(tile);
        let delta = &grad_output[self.place.value_panel::<T>(panel, step.rows.len())];
        let mut sums = [T::ZERO; 32];
        let sums = &mut sums[..T::PANEL];
        if self.place.folded {
            add_rows(step.isa, sums, delta);
        }
        let fold = step.dataset.fold.filter(|_| self.place.folded).map(|fold| shifted(fold, sums));
        let squares = Squares { isa: step.isa, delta, fold, width: self.place.width::<T>(panel) };
        let size = T::PANEL * T::PANEL;
        for first in (0..whole.value.len()).step_by(size) {
            let values = self.place.value_panel::<T>((inputs.start + first / T::PANEL) / T::PANEL, step.rows.len());
            let mut part = whole.within(first..whole.value.len().min(first + size));
            let input = &input[values];
            match self.place.layer.outputs {
                1 => squares.single(input, &mut part, rule),
                _ if rule.fuses() => update(step.isa, input, delta, &mut part, rule, fold, squares.width),
                _ => squares.near(input, &mut part, rule),
            }
        }
    }

    fn work(&self) -> usize {
        self.place.products()
    }
}

/// Squares of a weight's gradient [columns][PANEL] of one panel of outputs, of which the first `width` count.
struct Squares<'a, T> {
    isa: Isa,
    delta: &'a [T],
    fold: Option<(T, &'a [T])>,
    width: usize,
}

impl<T: Element> Squares<'_, T> {
    /// The gradient is written into the nearest cache, and taken from there.
    fn near(&self, input: &[T], part: &mut Part<'_, T>, rule: &Rule<T>) {
        let mut gradients = [T::ZERO; 32 * 32];
        let gradients = &mut gradients[..part.value.len()];
        gradient(self.isa, input, 0, self.delta, gradients);
        if let Some((scale, shift)) = self.fold {
            fold(self.isa, gradients, scale, shift);
        }
        part.take(self.isa, rule, gradients);
    }

    /// Of a single output, by the same chains with the inputs side by side in vectors: the panel of outputs has but one column.
    fn single(&self, input: &[T], part: &mut Part<'_, T>, rule: &Rule<T>) {
        let (mut g, mut columns) = ([T::ZERO; 32], [[T::ZERO; 32]; 1 + MOST_STATES]);
        let (g, count) = (&mut g[..T::PANEL], part.value.len() / T::PANEL);
        gradient(self.isa, self.delta, 0, &input[..self.delta.len()], g);
        if let Some((scale, shift)) = self.fold {
            g.iter_mut().for_each(|g| *g = scale.fma(*g, shift[0]));
        }
        let [value, states @ ..] = columns.each_mut().map(|column| &mut column[..count]);
        let mut own = Part { value, states };
        copy((&mut own, 1), (part, T::PANEL));
        own.take(self.isa, rule, &g[..count]);
        copy((part, T::PANEL), (&own, 1));
    }
}

/// Numbers of a part, which stand so far apart, to another.
fn copy<T: Element>((target, to): (&mut Part<'_, T>, usize), (source, from): (&Part<'_, T>, usize)) {
    let copy = |target: &mut [T], source: &[T]| {
        target.iter_mut().step_by(to).zip(source.iter().step_by(from)).for_each(|(target, source)| *target = *source);
    };
    copy(target.value, source.value);
    target.states.iter_mut().zip(&source.states).for_each(|(target, source)| copy(target, source));
}

/// (scale, offset·Σδ) of a folded layer's weight gradient; `sums` are Σδ, for one panel.
pub(crate) fn shifted<T: Element>(fold: Fold<T>, sums: &mut [T]) -> (T, &[T]) {
    sums.iter_mut().for_each(|sum| *sum = fold.offset * *sum);
    (fold.scale, sums)
}

/// g ← Σ gradOutput over the batch; then the optimizer's rule on b and its states. A tile is a panel of outputs.
pub(crate) struct BiasUpdate {
    pub(crate) place: Place,
    pub(crate) bias: Parameter,
    pub(crate) grad_output: Region,
}

impl<T: Element> Op<T> for BiasUpdate {
    fn tiles(&self) -> usize {
        self.place.output_panels::<T>()
    }

    fn reads(&self) -> Vec<Region> {
        vec![self.grad_output]
    }

    fn writes(&self, tile: usize) -> Vec<Block> {
        self.bias.blocks(tile * T::PANEL, T::PANEL)
    }

    fn name(&self) -> String {
        format!("bias update {}", self.place.number)
    }

    fn run(&self, tile: usize, step: &Step<'_, T>, [grad_output, ..]: Reads<'_, T>, mut writes: Writes<'_, T>) {
        let Some(rule) = step.rules.of(self.bias.number) else { return };
        let mut sums = [T::ZERO; 32];
        let sums = &mut sums[..T::PANEL];
        add_rows(step.isa, sums, &grad_output[self.place.value_panel::<T>(tile, step.rows.len())]);
        part(&mut writes, 0).take(step.isa, rule, sums);
    }
}

/// The optimizer's rule on a parameter and its states, by the gradient that [`crate::gradient`] wrote. A tile is a piece of each.
pub(crate) struct Update {
    pub(crate) name: String,
    pub(crate) parameter: Parameter,
    /// Where a tuner has written.
    pub(crate) tuned: Option<Region>,
}

impl<T: Element> Op<T> for Update {
    fn tiles(&self) -> usize {
        self.parameter.value.len.div_ceil(PIECE)
    }

    fn reads(&self) -> Vec<Region> {
        std::iter::once(self.parameter.gradient).chain(self.tuned).collect()
    }

    fn writes(&self, tile: usize) -> Vec<Block> {
        let start = tile * PIECE;
        self.parameter.blocks(start, PIECE.min(self.parameter.value.len - start))
    }

    fn name(&self) -> String {
        self.name.clone()
    }

    fn run(&self, tile: usize, step: &Step<'_, T>, [gradient, tuned, ..]: Reads<'_, T>, mut writes: Writes<'_, T>) {
        let Some(rule) = step.rules.of(self.parameter.number) else { return };
        let (mut part, start) = (part(&mut writes, 0), tile * PIECE);
        let tuned = self.tuned.map(|_| Tuned::read(tuned));
        for range in self.parameter.moving(gradient, start..start + part.value.len()) {
            let (mut part, gradient) = (part.within(range.start - start..range.end - start), &gradient[range]);
            match &tuned {
                Some(tuned) => take_tuned(step.isa, tuned, rule, gradient, &mut part),
                None => part.take(step.isa, rule, gradient),
            }
        }
        if tuned.is_some_and(|tuned| tuned.restarts) {
            part.states[0].fill(T::ZERO);
        }
    }
}

/// A tuned rule on gradients times its factor, some at a time.
fn take_tuned<T: Element>(isa: Isa, tuned: &Tuned, rule: &Rule<T>, gradient: &[T], part: &mut Part<'_, T>) {
    let (rule, factor, mut scaled) = (tuned.rule(rule), T::from_f64(tuned.factor), [T::ZERO; 256]);
    for (i, gradient) in gradient.chunks(scaled.len()).enumerate() {
        let scaled = &mut scaled[..gradient.len()];
        scaled.iter_mut().zip(gradient).for_each(|(scaled, &g)| *scaled = factor * g);
        part.within(i * 256..i * 256 + gradient.len()).take(isa, &rule, scaled);
    }
}
