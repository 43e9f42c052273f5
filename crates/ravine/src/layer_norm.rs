use crate::arena::{Block, Region};
use crate::op::{Op, Reads, Step, Writes, taken};
use crate::values::{ROWS, Values, rows_of};
use ravine_kernels::{Element, sum16};

/// Where the numbers of a layer normalisation lie.
#[derive(Clone, Copy)]
pub(crate) struct LayerNorm {
    pub(crate) number: usize,
    pub(crate) epsilon: f64,
    pub(crate) weight: Region,
    pub(crate) bias: Region,
    pub(crate) input: Values,
    pub(crate) output: Values,
    /// (x − mean)/√(variance + ε), kept for the gradient.
    pub(crate) normal: Values,
    /// 1/√(variance + ε) of each row, kept likewise: a column.
    pub(crate) inverse: Values,
}

/// output ← normal·w + b, normal = (x − mean)·inverse, inverse = 1/√(variance + ε). A tile is some rows.
///
/// mean = Σx/n and variance = Σ(x − mean)²/n of each row in f64, sums by [`sum16`]; normal and the product are rounded.
pub(crate) struct LayerNormForward(pub(crate) LayerNorm);

impl<T: Element> Op<T> for LayerNormForward {
    fn tiles(&self) -> usize {
        self.0.output.batch.div_ceil(ROWS)
    }

    fn reads(&self) -> Vec<Region> {
        vec![self.0.input.region, self.0.weight, self.0.bias]
    }

    fn writes(&self, tile: usize) -> Vec<Block> {
        let rows = ROWS.min(self.0.output.batch - tile * ROWS);
        let each = [self.0.output, self.0.normal, self.0.inverse];
        each.map(|values| values.rows_block::<T>(tile * ROWS, rows)).to_vec()
    }

    fn name(&self) -> String {
        format!("layer norm {}", self.0.number)
    }

    fn run(&self, tile: usize, step: &Step<'_, T>, [input, weight, bias, _]: Reads<'_, T>, writes: Writes<'_, T>) {
        let [mut output, mut normal, mut inverse] = taken(writes);
        let (LayerNorm { input: values, epsilon, .. }, count) = (self.0, self.0.input.width as f64);
        for (place, row) in rows_of(tile, step.rows.len()).enumerate() {
            let x = |column: usize| input[values.at::<T>(row, column)].to_f64();
            let mean = sum16((0..values.width).map(x)) / count;
            let square = |column| (x(column) - mean) * (x(column) - mean);
            let scale = 1.0 / (sum16((0..values.width).map(square)) / count + epsilon).sqrt();
            inverse.whole()[place * T::PANEL] = T::from_f64(scale);
            for column in 0..values.width {
                let (panel, place) = (column / T::PANEL, place * T::PANEL + column % T::PANEL);
                let number = T::from_f64((x(column) - mean) * scale);
                normal.run(panel)[place] = number;
                output.run(panel)[place] = number * weight[column] + bias[column];
            }
        }
    }
}

/// gradInput ← inverse·((h − Σh/n) − normal·Σ(h·normal)/n) with h = gradOutput·w, in f64 but for h, sums by [`sum16`]. A tile is some
/// rows.
pub(crate) struct LayerNormGradient {
    pub(crate) place: LayerNorm,
    pub(crate) grad_output: Values,
    pub(crate) grad_input: Values,
}

impl<T: Element> Op<T> for LayerNormGradient {
    fn tiles(&self) -> usize {
        self.grad_input.batch.div_ceil(ROWS)
    }

    fn reads(&self) -> Vec<Region> {
        vec![self.grad_output.region, self.place.weight, self.place.normal.region, self.place.inverse.region]
    }

    fn writes(&self, tile: usize) -> Vec<Block> {
        vec![self.grad_input.rows_block::<T>(tile * ROWS, ROWS.min(self.grad_input.batch - tile * ROWS))]
    }

    fn name(&self) -> String {
        format!("layer norm gradient {}", self.place.number)
    }

    fn run(
        &self,
        tile: usize,
        step: &Step<'_, T>,
        [gradient, weight, normal, inverse]: Reads<'_, T>,
        writes: Writes<'_, T>,
    ) {
        let [mut grad_input] = taken(writes);
        let (values, count) = (self.grad_input, self.grad_input.width as f64);
        for (place, row) in rows_of(tile, step.rows.len()).enumerate() {
            let at = |column| values.at::<T>(row, column);
            let h = |column: usize| (gradient[at(column)] * weight[column]).to_f64();
            let n = |column: usize| normal[at(column)].to_f64();
            let mean = sum16((0..values.width).map(h)) / count;
            let along = sum16((0..values.width).map(|column| h(column) * n(column))) / count;
            let scale = inverse[row * T::PANEL].to_f64();
            for column in 0..values.width {
                let number = scale * ((h(column) - mean) - n(column) * along);
                grad_input.run(column / T::PANEL)[place * T::PANEL + column % T::PANEL] = T::from_f64(number);
            }
        }
    }
}

/// gradWeight ← Σ gradOutput·normal, gradBias ← Σ gradOutput over the rows: of a normalisation, each column a chain in f64 that is
/// rounded at its end. A tile is a panel.
pub(crate) struct ScaleGradient {
    pub(crate) number: usize,
    pub(crate) normal: Values,
    pub(crate) grad_output: Values,
    pub(crate) grad_weight: Region,
    pub(crate) grad_bias: Region,
}

impl<T: Element> Op<T> for ScaleGradient {
    fn tiles(&self) -> usize {
        self.normal.panels::<T>()
    }

    fn reads(&self) -> Vec<Region> {
        vec![self.grad_output.region, self.normal.region]
    }

    fn writes(&self, tile: usize) -> Vec<Block> {
        [self.grad_weight, self.grad_bias].map(|region| region.block(tile * T::PANEL, T::PANEL)).to_vec()
    }

    fn name(&self) -> String {
        format!("scale gradient {}", self.number)
    }

    fn run(&self, tile: usize, step: &Step<'_, T>, [gradient, normal, ..]: Reads<'_, T>, writes: Writes<'_, T>) {
        let [mut grad_weight, mut grad_bias] = taken(writes);
        let panel = self.normal.panel::<T>(tile, step.rows.len());
        let [weights, biases] = sums(&gradient[panel.clone()], &normal[panel]);
        let columns = self.normal.columns::<T>(tile);
        let write = |to: &mut [T], sums: &[f64]| {
            to[..columns].iter_mut().zip(sums).for_each(|(to, &sum)| *to = T::from_f64(sum));
        };
        write(grad_weight.whole(), &weights);
        write(grad_bias.whole(), &biases);
    }
}

/// [Σ g·normal, Σ g] over the rows of one panel, column by column.
pub(crate) fn sums<T: Element>(gradient: &[T], normal: &[T]) -> [[f64; 32]; 2] {
    let [mut along, mut total] = [[0.0; 32]; 2];
    for (g, n) in gradient.chunks_exact(T::PANEL).zip(normal.chunks_exact(T::PANEL)) {
        for (((along, total), g), n) in along.iter_mut().zip(&mut total).zip(g).zip(n) {
            *along += g.to_f64() * n.to_f64();
            *total += g.to_f64();
        }
    }
    [along, total]
}
