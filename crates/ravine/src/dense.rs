use crate::arena::{Block, Region};
use crate::dataset::Fold;
use crate::op::{Op, Reads, Step, Writes, taken};
use crate::parameter::Parameter;
use crate::spec::Dense;
use ravine_kernels::{
    Activation, Element, Out, Rows, activate, activate_backward, add_rows, fold, padded, product, transpose_square,
};

/// Rows of a forward tile where a layer has too few panels to share, or a multiple of them: a large batch is cut into so many parts.
const ROWS: usize = 24;
const SHARES: usize = 8;
/// Panels of inputs that one tile of a gradient or update takes.
const GROUP: usize = 8;
/// Panels from which every tile takes all rows.
const MANY_PANELS: usize = 8;

/// Where the numbers of one dense layer lie: parameters, velocities and gradients in panels, values as [panels][batch][PANEL].
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    /// Of the layer, from 0.
    pub(crate) number: usize,
    pub(crate) layer: Dense,
    pub(crate) weight: Parameter,
    pub(crate) bias: Option<Parameter>,
    pub(crate) input: Region,
    pub(crate) output: Region,
    pub(crate) batch: usize,
    /// Whether the layer alone takes the features, as they came.
    pub(crate) first: bool,
    /// Whether a normalisation of these is folded in.
    pub(crate) folded: bool,
}

impl Place {
    /// Panel `p` of the weight: [inputs][PANEL].
    pub(crate) fn weight_panel<T: Element>(&self, p: usize) -> std::ops::Range<usize> {
        let size = self.layer.inputs * T::PANEL;
        p * size..(p + 1) * size
    }

    /// Panel `p` of values of the batch, its first `rows` rows.
    pub(crate) fn value_panel<T: Element>(&self, p: usize, rows: usize) -> std::ops::Range<usize> {
        let start = p * self.batch * T::PANEL;
        start..start + rows * T::PANEL
    }

    /// Outputs of panel `p`.
    pub(crate) fn width<T: Element>(&self, p: usize) -> usize {
        T::PANEL.min(self.layer.outputs - p * T::PANEL)
    }

    pub(crate) fn output_panels<T: Element>(&self) -> usize {
        padded::<T>(self.layer.outputs) / T::PANEL
    }

    pub(crate) fn input_panels<T: Element>(&self) -> usize {
        padded::<T>(self.layer.inputs) / T::PANEL
    }

    /// Into how many tiles the gradient or update of the weight is cut: a panel of outputs and some panels of inputs each.
    pub(crate) fn weight_tiles<T: Element>(&self) -> usize {
        self.output_panels::<T>() * self.input_panels::<T>().div_ceil(GROUP)
    }

    /// (panel of outputs, inputs) of such a tile.
    pub(crate) fn weight_tile<T: Element>(&self, tile: usize) -> (usize, std::ops::Range<usize>) {
        let groups = self.input_panels::<T>().div_ceil(GROUP);
        let first = tile % groups * GROUP * T::PANEL;
        (tile / groups, first..self.layer.inputs.min(first + GROUP * T::PANEL))
    }

    /// Its part of a region that lies as the weight does.
    pub(crate) fn weight_block<T: Element>(&self, region: Region, tile: usize) -> Block {
        let (panel, inputs) = self.weight_tile::<T>(tile);
        region.block((panel * self.layer.inputs + inputs.start) * T::PANEL, inputs.len() * T::PANEL)
    }

    /// The regions of weight and bias.
    pub(crate) fn parameters(&self) -> impl Iterator<Item = Region> {
        [Some(self.weight), self.bias].into_iter().flatten().map(|parameter| parameter.value)
    }

    pub(crate) fn products(&self) -> usize {
        self.batch * self.layer.inputs * self.layer.outputs
    }
}

/// output ← activation(input·Wᵀ + b). A tile is some rows of a panel of outputs.
pub(crate) struct Forward(pub(crate) Place);

impl Forward {
    fn rows<T: Element>(&self) -> usize {
        let few = ROWS.max(self.0.batch.div_ceil(SHARES).next_multiple_of(ROWS));
        if self.0.output_panels::<T>() >= MANY_PANELS { self.0.batch } else { few.min(self.0.batch) }
    }

    /// (panel, first row) of a tile.
    fn place<T: Element>(&self, tile: usize) -> (usize, usize) {
        let blocks = self.0.batch.div_ceil(self.rows::<T>());
        (tile / blocks, tile % blocks * self.rows::<T>())
    }
}

impl<T: Element> Op<T> for Forward {
    fn tiles(&self) -> usize {
        self.0.output_panels::<T>() * self.0.batch.div_ceil(self.rows::<T>())
    }

    fn reads(&self) -> Vec<Region> {
        std::iter::once(self.0.input).chain(self.0.parameters()).collect()
    }

    fn writes(&self, tile: usize) -> Vec<Block> {
        let (panel, first) = self.place::<T>(tile);
        let rows = self.rows::<T>().min(self.0.batch - first);
        vec![self.0.output.block((panel * self.0.batch + first) * T::PANEL, rows * T::PANEL)]
    }

    fn name(&self) -> String {
        format!("forward {}", self.0.number)
    }

    fn run(&self, tile: usize, step: &Step<'_, T>, [input, weight, bias, _]: Reads<'_, T>, writes: Writes<'_, T>) {
        let (panel, first) = self.place::<T>(tile);
        let [mut output] = taken(writes);
        let rows = step.rows.len().saturating_sub(first).min(output.whole().len() / T::PANEL);
        let output = &mut output.whole()[..rows * T::PANEL];
        let weight = &weight[self.0.weight_panel::<T>(panel)];
        let bias = self.0.bias.map(|_| &bias[panel * T::PANEL..][..T::PANEL]);
        let start = if self.0.folded { None } else { bias };
        let rows_in = Rows { panels: input, capacity: self.0.batch, first };
        let width = self.0.width::<T>(panel);
        product(step.isa, rows_in, weight, start, Out { values: output, stride: T::PANEL, rows, width });
        if self.0.first {
            // The widest panel; f64 uses half of it.
            let mut sums = [T::ZERO; 32];
            let sums = &mut sums[..T::PANEL];
            if self.0.folded {
                add_rows(step.isa, sums, weight);
            }
            finish(step, sums, bias, output);
        }
        if self.0.layer.activation != Activation::Linear {
            activate(step.isa, output, self.0.layer.activation);
        }
    }

    fn work(&self) -> usize {
        self.0.products()
    }
}

/// y ← scale·y + (offset·Σₖ w + b) + 0 where the normalisation of raw features is folded in, else y + 0; `sums` are Σₖ w, for one
/// panel, and overwritten.
pub(crate) fn finish<T: Element>(step: &Step<'_, T>, sums: &mut [T], bias: Option<&[T]>, output: &mut [T]) {
    let Some(Fold { scale, offset }) = step.dataset.fold else {
        sums.fill(T::ZERO);
        return fold(step.isa, output, T::ONE, sums);
    };
    for (j, sum) in sums.iter_mut().enumerate() {
        *sum = offset.fma(*sum, bias.map_or(T::ZERO, |bias| bias[j]));
    }
    fold(step.isa, output, scale, sums);
}

/// gradInput ← (gradOutput·W)·activation′ of the layer before. A tile is a panel of inputs.
pub(crate) struct InputGradient {
    pub(crate) place: Place,
    /// Of the layer whose output the input is, where nobody else reads it.
    pub(crate) before: Activation,
    pub(crate) grad_output: Region,
    pub(crate) grad_input: Region,
    /// A panel's columns of the weight, turned: [input panels][padded outputs][PANEL].
    pub(crate) turned: Region,
}

impl<T: Element> Op<T> for InputGradient {
    fn tiles(&self) -> usize {
        self.place.input_panels::<T>()
    }

    fn reads(&self) -> Vec<Region> {
        vec![self.grad_output, self.place.weight.value, self.place.input]
    }

    fn writes(&self, tile: usize) -> Vec<Block> {
        let (values, turned) = (self.place.batch * T::PANEL, padded::<T>(self.place.layer.outputs) * T::PANEL);
        vec![self.grad_input.block(tile * values, values), self.turned.block(tile * turned, turned)]
    }

    fn name(&self) -> String {
        format!("input gradient {}", self.place.number)
    }

    fn run(&self, tile: usize, step: &Step<'_, T>, [gradient, weight, input, _]: Reads<'_, T>, writes: Writes<'_, T>) {
        let [mut grad_input, mut turned] = taken(writes);
        let (place, first) = (&self.place, tile * T::PANEL);
        let rows = T::PANEL.min(place.layer.inputs - first);
        for (p, square) in turned.whole().chunks_exact_mut(T::PANEL * T::PANEL).enumerate() {
            let panel = &weight[place.weight_panel::<T>(p)];
            transpose_square(step.isa, &panel[first * T::PANEL..], T::PANEL, rows, square);
        }
        let turned = &turned.whole()[..place.layer.outputs * T::PANEL];
        let values = place.value_panel::<T>(tile, step.rows.len());
        let output = &mut grad_input.whole()[..values.len()];
        let gradients = Rows { panels: gradient, capacity: place.batch, first: 0 };
        let out = Out { values: output, stride: T::PANEL, rows: step.rows.len(), width: rows };
        product(step.isa, gradients, turned, None, out);
        activate_backward(step.isa, output, &input[values], self.before);
    }

    fn work(&self) -> usize {
        self.place.products()
    }
}
