mod binary;
mod classes;
mod regression;

use crate::element::Element;
use crate::isa::Isa;
use crate::reduce::sum16;
use binary::binary;
use classes::{cross_entropy, kullback_leibler, multiclass_hinge};
use regression::regression;

/// What is minimised: the mean over the batch, and where outputs stand by themselves over the outputs too. y or z is an output of the
/// network, t its target.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Loss {
    /// (y − t)²
    MeanSquaredError,
    /// |y − t|
    MeanAbsoluteError,
    /// d²/2 where |d| ≤ δ, δ(|d| − δ/2) beyond; d = y − t
    Huber {
        /// δ
        delta: f64,
    },
    /// log cosh(y − t)
    LogCosh,
    /// −Σ t·log softmax(z), where t is (1 − ε)·target + ε/outputs; a label is a target of 1 in its place
    CrossEntropy {
        /// ε
        smoothing: f64,
    },
    /// −t·log σ(z) − (1 − t)·log(1 − σ(z))
    BinaryCrossEntropy,
    /// max(0, 1 − t·y) with t = ±1
    Hinge,
    /// max(0, 1 − t·y)²
    SquaredHinge,
    /// `Σ max(0, 1 − z[label] + zⱼ) / outputs` over the others
    MulticlassHinge,
    /// eʸ − t·y
    Poisson,
    /// Σ t·(log t − log softmax(z))
    KullbackLeibler,
}

impl Loss {
    /// Without smoothing.
    pub const CROSS_ENTROPY: Self = Self::CrossEntropy { smoothing: 0.0 };

    /// What labels have to be below; none where it takes no labels. A single output stands for two classes where outputs stand by
    /// themselves.
    pub fn classes(self, outputs: usize) -> Option<usize> {
        match self {
            Self::CrossEntropy { .. } | Self::MulticlassHinge => Some(outputs),
            Self::BinaryCrossEntropy | Self::Hinge | Self::SquaredHinge => Some(outputs.max(2)),
            _ => None,
        }
    }
}

/// What the network should have said, of all examples.
#[derive(Clone, Copy)]
pub enum Answers<'a, T> {
    /// `[examples]`
    Labels(&'a [u32]),
    /// [examples, outputs]
    Values(&'a [T]),
}

/// What a network is judged by.
#[derive(Clone, Copy)]
pub struct Goal<'a, T> {
    /// Of each row.
    pub loss: Loss,
    /// That it takes.
    pub answers: Answers<'a, T>,
    /// Of each example; they multiply its loss.
    pub weights: Option<&'a [f64]>,
}

/// The answer of one example.
#[derive(Clone, Copy)]
enum Answer<'a, T> {
    Label(usize),
    Targets(&'a [T]),
}

/// `losses[r] ← weight·loss of row r`;  `right[r] ←` whether it is answered rightly, of losses that say so;
/// `gradient[r] ← weight·∂loss/∂outputs[r] / batch`.
///
/// Row r of `outputs` and `gradient` is of example `rows[r]` and begins at r·stride, where stride is the length by the number of rows;
/// of it `width` columns are read and written.
///
/// # Panics
/// When a slice is too short for its rows, or an example has no answer or one that is no class.
pub fn judge<T: Element>(
    isa: Isa,
    goal: &Goal<'_, T>,
    rows: &[u32],
    sizes: (usize, usize),
    outputs: &[T],
    gradient: &mut [T],
    found: (&mut [f64], &mut [bool]),
) {
    // SAFETY: the set is one that the CPU has.
    unsafe { (T::kernels(isa).judge)(goal, rows, sizes, outputs, gradient, found) }
}

#[inline(always)]
pub(crate) fn judge_rows<T: Element>(
    goal: &Goal<'_, T>,
    rows: &[u32],
    (width, batch): (usize, usize),
    outputs: &[T],
    gradient: &mut [T],
    (losses, right): (&mut [f64], &mut [bool]),
) {
    let stride = outputs.len() / rows.len().max(1);
    for (r, &example) in rows.iter().enumerate() {
        let (outputs, gradient) = (&outputs[r * stride..][..width], &mut gradient[r * stride..][..width]);
        let answer = match goal.answers {
            Answers::Labels(labels) => Answer::Label(labels[example as usize] as usize),
            Answers::Values(values) => Answer::Targets(&values[example as usize * width..][..width]),
        };
        (losses[r], right[r]) = row(goal.loss, answer, batch, outputs, gradient);
        if let Some(weights) = goal.weights {
            losses[r] *= weights[example as usize];
            let weight = T::from_f64(weights[example as usize]);
            gradient.iter_mut().for_each(|g| *g = *g * weight);
        }
    }
}

/// The loss of a row, and whether it is answered rightly; NaN where the loss does not take such an answer.
#[inline(always)]
fn row<T: Element>(loss: Loss, answer: Answer<'_, T>, batch: usize, outputs: &[T], gradient: &mut [T]) -> (f64, bool) {
    use Answer::{Label, Targets};
    match (loss, answer) {
        (Loss::CrossEntropy { smoothing }, answer) => cross_entropy(outputs, answer, smoothing, batch, gradient),
        (Loss::KullbackLeibler, Targets(targets)) => kullback_leibler(outputs, targets, batch, gradient),
        (Loss::MulticlassHinge, Label(label)) => multiclass_hinge(outputs, label, batch, gradient),
        (Loss::BinaryCrossEntropy | Loss::Hinge | Loss::SquaredHinge, answer) => {
            binary(loss, outputs, answer, batch, gradient)
        }
        (loss, Targets(targets)) => (regression(loss, outputs, targets, batch, gradient), false),
        (_, Label(_)) => (f64::NAN, false),
    }
}

/// loss = Σ f(y, t) / outputs;  gradient ← f′(y, t) / (batch·outputs), where `function` gives f and its slope.
#[inline(always)]
fn each<T: Element>(
    outputs: &[T],
    target: impl Fn(usize) -> f64,
    batch: usize,
    gradient: &mut [T],
    function: impl Fn(f64, f64) -> (f64, f64),
) -> f64 {
    let count = T::from_f64((batch * outputs.len()) as f64);
    let mut at = |j: usize, y: T| {
        let (loss, slope) = function(y.to_f64(), target(j));
        gradient[j] = T::from_f64(slope) / count;
        loss
    };
    match outputs {
        [y] => at(0, *y),
        _ => sum16(outputs.iter().enumerate().map(|(j, &y)| at(j, y))) / outputs.len() as f64,
    }
}
