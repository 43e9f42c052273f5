use crate::arena::{Block, Region};
use crate::dataset::Targets;
use crate::error::{Error, Result, expect_shape};
use crate::op::{Op, Reads, Step, Writes, taken};
use crate::spec::Loss;
use ndarray::{ArrayView1, ArrayView2, ArrayViewMut2};
use ravine_kernels::math::{exp64, log64};
use ravine_kernels::{Activation, Element, activate_backward, argmax, max, sum16};

/// Rows of a tile.
const ROWS: usize = 16;

/// gradOutput ← ∂loss/∂outputs·activation′ of the mean over the batch, and the loss of each row into the tally. A tile is some rows.
pub(crate) struct LossOp {
    pub(crate) loss: Loss,
    pub(crate) outputs: Region,
    pub(crate) grad_outputs: Region,
    /// Of the last layer: the gradient is of its result before it.
    pub(crate) activation: Activation,
    /// Outputs of the network, not padded.
    pub(crate) width: usize,
    /// A row of outputs as one slice, a row of gradients, and a row of exponentials: for each tile [3][padded].
    pub(crate) rows: Region,
    pub(crate) batch: usize,
}

impl LossOp {
    pub(crate) fn tiles(batch: usize) -> usize {
        batch.div_ceil(ROWS)
    }
}

impl<T: Element> Op<T> for LossOp {
    fn tiles(&self) -> usize {
        Self::tiles(self.batch)
    }

    fn reads(&self) -> Vec<Region> {
        vec![self.outputs]
    }

    fn writes(&self, tile: usize) -> Vec<Block> {
        let (first, stride) = (tile * ROWS * T::PANEL, self.batch * T::PANEL);
        let len = ROWS.min(self.batch - tile * ROWS) * T::PANEL;
        let (count, own) = (self.grad_outputs.len / stride, self.rows.len / Self::tiles(self.batch));
        let start = self.grad_outputs.start + first;
        let gradients = Block { space: self.grad_outputs.space, start, count, stride, len };
        vec![gradients, self.rows.block(tile * own, own)]
    }

    fn run(&self, tile: usize, step: &Step<'_, T>, [outputs, ..]: Reads<'_, T>, writes: Writes<'_, T>) {
        let [mut gradients, mut rows] = taken(writes);
        let rows = rows.whole();
        let (row, rest) = rows.split_at_mut(rows.len() / 3);
        let (gradient, exponentials) = rest.split_at_mut(rest.len() / 2);
        for r in tile * ROWS..step.rows.len().min((tile + 1) * ROWS) {
            if self.width <= T::PANEL {
                // One panel: the row lies whole in it, and so does its gradient.
                let output = &outputs[r * T::PANEL..][..self.width];
                let gradient = &mut gradients.whole()[r % ROWS * T::PANEL..][..self.width];
                self.row(r, step, output, gradient, exponentials);
                continue;
            }
            for (p, part) in row.chunks_exact_mut(T::PANEL).enumerate() {
                part.copy_from_slice(&outputs[(p * self.batch + r) * T::PANEL..][..T::PANEL]);
            }
            self.row(r, step, &row[..self.width], &mut gradient[..self.width], exponentials);
            for (p, part) in gradient.chunks_exact(T::PANEL).enumerate() {
                gradients.run(p)[r % ROWS * T::PANEL..][..T::PANEL].copy_from_slice(part);
            }
        }
    }

    fn name(&self) -> String {
        "loss".into()
    }

    fn tallies(&self) -> bool {
        true
    }
}

impl LossOp {
    /// The loss of one row into the tally, its gradient into `gradient`.
    fn row<T: Element>(
        &self,
        row: usize,
        step: &Step<'_, T>,
        outputs: &[T],
        gradient: &mut [T],
        exponentials: &mut [T],
    ) {
        let (example, batch) = (step.rows[row] as usize, step.rows.len());
        let (loss, right) = match (self.loss, &step.dataset.targets) {
            (Loss::CrossEntropy, Targets::Labels(labels)) => {
                let exponentials = &mut exponentials[..self.width];
                cross_entropy_row(outputs, labels[example] as usize, batch, gradient, exponentials)
            }
            (_, Targets::Values(values)) => {
                let targets = &values[example * self.width..][..self.width];
                (squared_error_row(outputs, targets, batch, gradient), false)
            }
            // Checked before a run begins.
            _ => (f64::NAN, false),
        };
        if self.activation != Activation::Linear {
            activate_backward(step.isa, gradient, outputs, self.activation);
        }
        step.tally.record(row, loss, right);
    }
}

/// (−log softmax(z)[label], whether the label is the largest); gradient ← (softmax(z) − onehot)/batch.
fn cross_entropy_row<T: Element>(
    logits: &[T],
    label: usize,
    batch: usize,
    gradient: &mut [T],
    exponentials: &mut [T],
) -> (f64, bool) {
    let largest = max(logits);
    for (e, &z) in exponentials.iter_mut().zip(logits) {
        *e = T::from_f64(exp64((z - largest).to_f64()));
    }
    let sum = sum16(exponentials.iter().copied());
    let count = T::from_f64(batch as f64);
    for (j, (g, &e)) in gradient.iter_mut().zip(exponentials.iter()).enumerate() {
        let hit = if j == label { T::ONE } else { T::ZERO };
        *g = (e / sum - hit) / count;
    }
    (log64(sum.to_f64()) - (logits[label].to_f64() - largest.to_f64()), argmax(logits) == label)
}

/// Σ (y − t)² / outputs; gradient ← 2(y − t)/(batch·outputs).
fn squared_error_row<T: Element>(outputs: &[T], targets: &[T], batch: usize, gradient: &mut [T]) -> f64 {
    let two = T::ONE + T::ONE;
    let count = T::from_f64((batch * outputs.len()) as f64);
    for ((g, &y), &t) in gradient.iter_mut().zip(outputs).zip(targets) {
        *g = two * (y - t) / count;
    }
    let squares = outputs.iter().zip(targets).map(|(y, t)| {
        let difference = y.to_f64() - t.to_f64();
        difference * difference
    });
    sum16(squares) / outputs.len() as f64
}

/// What [`softmax_cross_entropy`] finds.
#[derive(Clone, Copy, Debug)]
pub struct CrossEntropy {
    /// Mean over the batch.
    pub loss: f64,
    /// Rows whose largest logit is the label's.
    pub correct: usize,
}

/// loss = mean over rows of −log softmax(z)[label].  `logits` and `grad_logits` [batch, classes], `labels` [batch].
///
/// # Errors
/// [`Error::Shape`] when the lengths differ, [`Error::Data`] for a label that is no class.
pub fn softmax_cross_entropy<T: Element>(
    logits: ArrayView2<'_, T>,
    labels: ArrayView1<'_, u32>,
    mut grad_logits: ArrayViewMut2<'_, T>,
) -> Result<CrossEntropy> {
    let (batch, classes) = logits.dim();
    expect_shape("softmaxCrossEntropy", "labels", &[batch], labels.shape())?;
    expect_shape("softmaxCrossEntropy", "gradLogits", &[batch, classes], grad_logits.shape())?;
    if let Some(label) = labels.iter().find(|&&label| label as usize >= classes) {
        let message = format!("softmaxCrossEntropy: expected labels below {classes} but received {label}");
        return Err(Error::Data(message));
    }
    let (mut gradient, mut exponentials) = (vec![T::ZERO; classes], vec![T::ZERO; classes]);
    let mut correct = 0;
    let losses = logits.rows().into_iter().zip(grad_logits.rows_mut()).zip(labels).map(|((row, to), &label)| {
        let row = (row.to_vec(), label as usize);
        let (loss, hit) = cross_entropy_row(&row.0, row.1, batch, &mut gradient, &mut exponentials);
        to.into_iter().zip(&gradient).for_each(|(to, from)| *to = *from);
        correct += usize::from(hit);
        loss
    });
    let total = sum16(losses);
    Ok(CrossEntropy { loss: total / batch as f64, correct })
}

/// loss = mean over all elements of (y − t)².  `outputs`, `targets` and `grad_outputs` [batch, outputs].
///
/// # Errors
/// [`Error::Shape`] when the shapes differ.
pub fn mean_squared_error<T: Element>(
    outputs: ArrayView2<'_, T>,
    targets: ArrayView2<'_, T>,
    mut grad_outputs: ArrayViewMut2<'_, T>,
) -> Result<f64> {
    expect_shape("meanSquaredError", "targets", outputs.shape(), targets.shape())?;
    expect_shape("meanSquaredError", "gradOutputs", outputs.shape(), grad_outputs.shape())?;
    let (batch, width) = outputs.dim();
    let mut gradient = vec![T::ZERO; width];
    let losses = outputs.rows().into_iter().zip(targets.rows()).zip(grad_outputs.rows_mut()).map(|((y, t), to)| {
        let loss = squared_error_row(&y.to_vec(), &t.to_vec(), batch, &mut gradient);
        to.into_iter().zip(&gradient).for_each(|(to, from)| *to = *from);
        loss
    });
    Ok(sum16(losses) / batch as f64)
}
