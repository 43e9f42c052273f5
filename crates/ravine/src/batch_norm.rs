use crate::arena::{Block, Region};
use crate::layer_norm::sums;
use crate::op::{Op, Reads, Step, Writes, taken};
use crate::values::Values;
use ravine_kernels::Element;

/// Where the numbers of a batch normalisation lie.
#[derive(Clone, Copy)]
pub(crate) struct BatchNorm {
    pub(crate) number: usize,
    pub(crate) epsilon: f64,
    pub(crate) momentum: f64,
    pub(crate) weight: Region,
    pub(crate) bias: Region,
    /// Mean and variance.
    pub(crate) running: [Region; 2],
    pub(crate) input: Values,
    pub(crate) output: Values,
    /// (x − mean)/√(variance + ε), kept for the gradient.
    pub(crate) normal: Values,
    /// Of the batch, rows of the width: mean, unbiased variance, 1/√(variance + ε).
    pub(crate) statistics: Values,
}

/// Rows of the statistics.
pub(crate) const STATISTICS: usize = 3;

/// output ← normal·w + b, normal = (x − mean)·inverse, inverse = 1/√(variance + ε). A tile is a panel.
///
/// mean = Σx/n and variance = Σ(x − mean)²/n of each column of the batch in f64, a chain each; normal and the product are rounded.
pub(crate) struct BatchNormForward(pub(crate) BatchNorm);

impl<T: Element> Op<T> for BatchNormForward {
    fn tiles(&self) -> usize {
        self.0.output.panels::<T>()
    }

    fn reads(&self) -> Vec<Region> {
        vec![self.0.input.region, self.0.weight, self.0.bias]
    }

    fn writes(&self, tile: usize) -> Vec<Block> {
        [self.0.output, self.0.normal, self.0.statistics].map(|values| values.panel_block::<T>(tile)).to_vec()
    }

    fn name(&self) -> String {
        format!("batch norm {}", self.0.number)
    }

    fn run(&self, tile: usize, step: &Step<'_, T>, [input, weight, bias, _]: Reads<'_, T>, writes: Writes<'_, T>) {
        let [mut output, mut normal, mut statistics] = taken(writes);
        let rows = step.rows.len();
        let x = &input[self.0.input.panel::<T>(tile, rows)];
        let (means, variances) = moments(x, rows as f64);
        let scales = variances.map(|variance| 1.0 / (variance + self.0.epsilon).sqrt());
        let unbiased = rows as f64 / (rows.max(2) - 1) as f64;
        let kept = [means, variances.map(|variance| variance * unbiased), scales];
        for (to, from) in statistics.whole().chunks_exact_mut(T::PANEL).zip(kept) {
            to.iter_mut().zip(from).for_each(|(to, number)| *to = T::from_f64(number));
        }
        let [weight, bias] = [weight, bias].map(|region| &region[tile * T::PANEL..][..T::PANEL]);
        normalise(x, normal.whole(), (&means, &scales));
        scale(&normal.whole()[..x.len()], output.whole(), weight, bias);
    }
}

/// (mean, variance) of the columns of one panel.
fn moments<T: Element>(x: &[T], count: f64) -> ([f64; 32], [f64; 32]) {
    let [mut means, mut variances] = [[0.0; 32]; 2];
    for row in x.chunks_exact(T::PANEL) {
        means.iter_mut().zip(row).for_each(|(sum, x)| *sum += x.to_f64());
    }
    means.iter_mut().for_each(|sum| *sum /= count);
    for row in x.chunks_exact(T::PANEL) {
        let differences = row.iter().zip(&means).map(|(x, mean)| x.to_f64() - mean);
        variances.iter_mut().zip(differences).for_each(|(sum, difference)| *sum += difference * difference);
    }
    variances.iter_mut().for_each(|sum| *sum /= count);
    (means, variances)
}

/// normal ← (x − mean)·scale over rows of one panel.
fn normalise<T: Element>(x: &[T], normal: &mut [T], (means, scales): (&[f64], &[f64])) {
    for (x, normal) in x.chunks_exact(T::PANEL).zip(normal.chunks_exact_mut(T::PANEL)) {
        for (j, (x, normal)) in x.iter().zip(normal).enumerate() {
            *normal = T::from_f64((x.to_f64() - means[j]) * scales[j]);
        }
    }
}

/// output ← normal·w + b over rows of one panel.
fn scale<T: Element>(normal: &[T], output: &mut [T], weight: &[T], bias: &[T]) {
    for (normal, output) in normal.chunks_exact(T::PANEL).zip(output.chunks_exact_mut(T::PANEL)) {
        for (j, (&normal, output)) in normal.iter().zip(output).enumerate() {
            *output = normal * weight[j] + bias[j];
        }
    }
}

/// As [`BatchNormForward`] by the running mean and variance: where nothing is learnt. Of a panel two operations, since a tile reads
/// little: this one writes normal.
pub(crate) struct RunningNormal(pub(crate) BatchNorm);

impl<T: Element> Op<T> for RunningNormal {
    fn tiles(&self) -> usize {
        self.0.normal.panels::<T>()
    }

    fn reads(&self) -> Vec<Region> {
        vec![self.0.input.region, self.0.running[0], self.0.running[1]]
    }

    fn writes(&self, tile: usize) -> Vec<Block> {
        vec![self.0.normal.panel_block::<T>(tile)]
    }

    fn name(&self) -> String {
        format!("batch norm {}", self.0.number)
    }

    fn run(&self, tile: usize, step: &Step<'_, T>, [input, mean, variance, _]: Reads<'_, T>, writes: Writes<'_, T>) {
        let [mut normal] = taken(writes);
        let [mut means, mut scales] = [[0.0; 32]; 2];
        means.iter_mut().zip(&mean[tile * T::PANEL..]).for_each(|(to, mean)| *to = mean.to_f64());
        let inverse = |variance: T| 1.0 / (variance.to_f64() + self.0.epsilon).sqrt();
        scales.iter_mut().zip(&variance[tile * T::PANEL..]).for_each(|(to, &variance)| *to = inverse(variance));
        normalise(&input[self.0.input.panel::<T>(tile, step.rows.len())], normal.whole(), (&means, &scales));
    }
}

/// output ← normal·w + b, the end of [`RunningNormal`]. A tile is a panel.
pub(crate) struct Scale(pub(crate) BatchNorm);

impl<T: Element> Op<T> for Scale {
    fn tiles(&self) -> usize {
        self.0.output.panels::<T>()
    }

    fn reads(&self) -> Vec<Region> {
        vec![self.0.normal.region, self.0.weight, self.0.bias]
    }

    fn writes(&self, tile: usize) -> Vec<Block> {
        vec![self.0.output.panel_block::<T>(tile)]
    }

    fn name(&self) -> String {
        format!("scale {}", self.0.number)
    }

    fn run(&self, tile: usize, step: &Step<'_, T>, [normal, weight, bias, _]: Reads<'_, T>, writes: Writes<'_, T>) {
        let [mut output] = taken(writes);
        let [weight, bias] = [weight, bias].map(|region| &region[tile * T::PANEL..][..T::PANEL]);
        scale(&normal[self.0.normal.panel::<T>(tile, step.rows.len())], output.whole(), weight, bias);
    }
}

/// gradInput ← (w·inverse)·((g − Σg/n) − normal·Σ(g·normal)/n) in f64, a chain over the rows for each sum. A tile is a panel.
pub(crate) struct BatchNormGradient {
    pub(crate) place: BatchNorm,
    pub(crate) grad_output: Values,
    pub(crate) grad_input: Values,
}

impl<T: Element> Op<T> for BatchNormGradient {
    fn tiles(&self) -> usize {
        self.grad_input.panels::<T>()
    }

    fn reads(&self) -> Vec<Region> {
        vec![self.grad_output.region, self.place.weight, self.place.normal.region, self.place.statistics.region]
    }

    fn writes(&self, tile: usize) -> Vec<Block> {
        vec![self.grad_input.panel_block::<T>(tile)]
    }

    fn name(&self) -> String {
        format!("batch norm gradient {}", self.place.number)
    }

    fn run(
        &self,
        tile: usize,
        step: &Step<'_, T>,
        [gradient, weight, normal, statistics]: Reads<'_, T>,
        writes: Writes<'_, T>,
    ) {
        let [mut grad_input] = taken(writes);
        let (panel, count) = (self.grad_input.panel::<T>(tile, step.rows.len()), step.rows.len() as f64);
        let (gradient, normal) = (&gradient[panel.clone()], &normal[panel]);
        let scales = &statistics[self.place.statistics.panel::<T>(tile, STATISTICS)][2 * T::PANEL..];
        let [along, total] = sums(gradient, normal).map(|sums| sums.map(|sum| sum / count));
        let factor = |j: usize| weight[tile * T::PANEL + j].to_f64() * scales[j].to_f64();
        let rows = gradient.chunks_exact(T::PANEL).zip(normal.chunks_exact(T::PANEL));
        for (to, (g, n)) in grad_input.whole().chunks_exact_mut(T::PANEL).zip(rows) {
            for (j, (to, (g, n))) in to.iter_mut().zip(g.iter().zip(n)).enumerate() {
                *to = T::from_f64(factor(j) * ((g.to_f64() - total[j]) - n.to_f64() * along[j]));
            }
        }
    }
}

/// running ← (1 − momentum)·running + momentum·batch, of mean and unbiased variance. A tile is a panel.
pub(crate) struct Running {
    pub(crate) place: BatchNorm,
    /// Read for its being there: nothing moves before the loss is known to be finite.
    pub(crate) grad_output: Values,
}

impl<T: Element> Op<T> for Running {
    fn tiles(&self) -> usize {
        self.place.output.panels::<T>()
    }

    fn reads(&self) -> Vec<Region> {
        vec![self.place.statistics.region, self.grad_output.region]
    }

    fn writes(&self, tile: usize) -> Vec<Block> {
        self.place.running.map(|region| region.block(tile * T::PANEL, T::PANEL)).to_vec()
    }

    fn name(&self) -> String {
        format!("running statistics {}", self.place.number)
    }

    fn run(&self, tile: usize, _: &Step<'_, T>, [statistics, ..]: Reads<'_, T>, writes: Writes<'_, T>) {
        let [mut mean, mut variance] = taken(writes);
        let statistics = &statistics[self.place.statistics.panel::<T>(tile, STATISTICS)];
        let [old, new] = [1.0 - self.place.momentum, self.place.momentum].map(T::from_f64);
        let columns = self.place.output.columns::<T>(tile);
        for (running, batch) in [mean.whole(), variance.whole()].into_iter().zip(statistics.chunks_exact(T::PANEL)) {
            running[..columns]
                .iter_mut()
                .zip(batch)
                .for_each(|(running, &batch)| *running = old * *running + new * batch);
        }
    }
}
