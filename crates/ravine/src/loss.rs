use crate::arena::{Block, Region};
use crate::error::{Error, Result, expect_shape};
use crate::op::{Op, Reads, Step, Writes, taken};
use ndarray::{ArrayView1, ArrayView2, ArrayViewMut2};
use ravine_kernels::{Activation, Answers, Element, Goal, Isa, Loss, activate_backward, judge, padded, sum16};
use std::ops::Range;

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
    /// A row of outputs as one slice and a row of gradients: for each tile [2][padded].
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
        let first = tile * ROWS;
        let count = step.rows.len().saturating_sub(first).min(ROWS);
        if count == 0 {
            return;
        }
        if self.width <= T::PANEL {
            // One panel: rows lie whole in it, and so do their gradients.
            let part = |first: usize| first * T::PANEL..(first + count) * T::PANEL;
            return self.judge(step, first..first + count, &outputs[part(first)], &mut gradients.whole()[part(0)]);
        }
        let (row, gradient) = rows.whole().split_at_mut(padded::<T>(self.width));
        for r in first..first + count {
            for (p, part) in row.chunks_exact_mut(T::PANEL).enumerate() {
                part.copy_from_slice(&outputs[(p * self.batch + r) * T::PANEL..][..T::PANEL]);
            }
            self.judge(step, r..r + 1, row, gradient);
            for (p, part) in gradient.chunks_exact(T::PANEL).enumerate() {
                gradients.run(p)[(r - first) * T::PANEL..][..T::PANEL].copy_from_slice(part);
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
    /// The losses of some rows, at most [`ROWS`], into the tally, their gradients into `gradient`.
    fn judge<T: Element>(&self, step: &Step<'_, T>, rows: Range<usize>, outputs: &[T], gradient: &mut [T]) {
        let Some(goal) = step.goal(self.loss) else { return };
        let (examples, sizes) = (&step.rows[rows.clone()], (self.width, step.rows.len()));
        let (mut losses, mut right) = ([f64::NAN; ROWS], [false; ROWS]);
        judge(step.isa, &goal, examples, sizes, outputs, gradient, (&mut losses, &mut right));
        if self.activation != Activation::Linear {
            activate_backward(step.isa, gradient, outputs, self.activation);
        }
        rows.zip(losses.into_iter().zip(right)).for_each(|(row, (loss, right))| step.tally.record(row, loss, right));
    }
}

/// What [`softmax_cross_entropy`] finds.
#[derive(Clone, Copy, Debug)]
pub struct CrossEntropy {
    /// Mean over the batch.
    pub loss: f64,
    /// Rows whose largest logit is the label's.
    pub correct: usize,
}

/// `loss = mean over rows of −log softmax(z)[label]`.  `logits` and `grad_logits` `[batch, classes]`, `labels` `[batch]`.
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
    let (logits, labels) = (logits.as_standard_layout(), labels.to_vec());
    let logits = logits.as_slice().expect("standard layout is contiguous");
    let mut gradient = vec![T::ZERO; batch * classes];
    let (mut losses, mut right) = (vec![0.0; batch], vec![false; batch]);
    let goal = Goal { loss: Loss::CROSS_ENTROPY, answers: Answers::Labels(&labels), weights: None };
    let (rows, found) = (in_order(batch), (&mut losses[..], &mut right[..]));
    judge(Isa::chosen(), &goal, &rows, (classes, batch), logits, &mut gradient, found);
    grad_logits.iter_mut().zip(gradient).for_each(|(to, from)| *to = from);
    let correct = right.into_iter().filter(|&right| right).count();
    Ok(CrossEntropy { loss: sum16(losses) / batch as f64, correct })
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
    let outputs = outputs.as_standard_layout();
    let outputs = outputs.as_slice().expect("standard layout is contiguous");
    let targets = targets.as_standard_layout();
    let answers = Answers::Values(targets.as_slice().expect("standard layout is contiguous"));
    let goal = Goal { loss: Loss::MeanSquaredError, answers, weights: None };
    let mut gradient = vec![T::ZERO; batch * width];
    let (mut losses, mut right) = (vec![0.0; batch], vec![false; batch]);
    let (rows, found) = (in_order(batch), (&mut losses[..], &mut right[..]));
    judge(Isa::chosen(), &goal, &rows, (width, batch), outputs, &mut gradient, found);
    grad_outputs.iter_mut().zip(gradient).for_each(|(to, from)| *to = from);
    Ok(sum16(losses) / batch as f64)
}

/// The numbers of all rows.
fn in_order(batch: usize) -> Vec<u32> {
    (0..batch as u32).collect()
}
