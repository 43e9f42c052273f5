use super::Answer;
use crate::element::Element;
use crate::math::{exp64, log64};
use crate::reduce::{argmax, sum16};

/// −Σ t·log softmax(z), t = (1 − ε)·target + ε/outputs;  gradient ← (softmax(z)·Σt − t)/batch. Right is a row whose largest output is
/// that of its largest target.
///
/// With e = exp(z − max) and s = Σe, softmax(z) = e/s and −log softmax(z) = log s − (z − max).
#[inline(always)]
pub(super) fn cross_entropy<T: Element>(
    logits: &[T],
    answer: Answer<'_, T>,
    smoothing: f64,
    batch: usize,
    gradient: &mut [T],
) -> (f64, bool) {
    let base = smoothing / logits.len() as f64;
    let share = |target: f64| (1.0 - smoothing) * target + base;
    let best = argmax(logits);
    match answer {
        Answer::Label(label) => {
            let [hit, miss] = [1.0, 0.0].map(|target| T::from_f64(share(target)));
            let log = softmax(logits, best, |j| if j == label { hit } else { miss }, 1.0, batch, gradient);
            let own = log.of(logits[label]);
            let smooth = |own| (1.0 - smoothing) * own + base * sum16(logits.iter().map(|&z| log.of(z)));
            (if smoothing == 0.0 { own } else { smooth(own) }, best == label)
        }
        Answer::Targets(targets) => {
            let share = |j: usize| share(targets[j].to_f64());
            let total = sum16((0..targets.len()).map(share));
            let log = softmax(logits, best, |j| T::from_f64(share(j)), total, batch, gradient);
            (sum16(logits.iter().enumerate().map(|(j, &z)| share(j) * log.of(z))), best == argmax(targets))
        }
    }
}

/// Σ t·(log t − log softmax(z)), where 0·log 0 = 0;  gradient and right as of [`cross_entropy`].
#[inline(always)]
pub(super) fn kullback_leibler<T: Element>(
    logits: &[T],
    targets: &[T],
    batch: usize,
    gradient: &mut [T],
) -> (f64, bool) {
    let (cross, right) = cross_entropy(logits, Answer::Targets(targets), 0.0, batch, gradient);
    let term = |t: f64| if t == 0.0 { 0.0 } else { t * log64(t) };
    (cross + sum16(targets.iter().map(|t| term(t.to_f64()))), right)
}

/// −log softmax of one row.
struct NegativeLog {
    /// log s
    log: f64,
    largest: f64,
}

impl NegativeLog {
    #[inline(always)]
    fn of<T: Element>(&self, z: T) -> f64 {
        self.log - (z.to_f64() - self.largest)
    }
}

/// gradient ← (softmax(z)·total − share)/batch
#[inline(always)]
fn softmax<T: Element>(
    logits: &[T],
    best: usize,
    share: impl Fn(usize) -> T,
    total: f64,
    batch: usize,
    gradient: &mut [T],
) -> NegativeLog {
    let (largest, total, count) = (logits[best], T::from_f64(total), T::from_f64(batch as f64));
    for (e, &z) in gradient.iter_mut().zip(logits) {
        *e = T::from_f64(exp64((z - largest).to_f64()));
    }
    let sum = sum16(gradient.iter().copied());
    for (j, g) in gradient.iter_mut().enumerate() {
        *g = (*g / sum * total - share(j)) / count;
    }
    NegativeLog { log: log64(sum.to_f64()), largest: largest.to_f64() }
}

/// Σ max(0, 1 − z[label] + zⱼ) / outputs over the others. Right is a row whose largest output is its label's.
#[inline(always)]
pub(super) fn multiclass_hinge<T: Element>(
    outputs: &[T],
    label: usize,
    batch: usize,
    gradient: &mut [T],
) -> (f64, bool) {
    let (own, count) = (outputs[label].to_f64(), T::from_f64((batch * outputs.len()) as f64));
    let mut slope = 0.0;
    let mut over = |j: usize, z: T| {
        let margin = 1.0 - own + z.to_f64();
        let within = j == label || margin <= 0.0;
        gradient[j] = if within { T::ZERO } else { T::ONE / count };
        slope -= if within { 0.0 } else { 1.0 };
        if within { 0.0 } else { margin }
    };
    let sum = sum16(outputs.iter().enumerate().map(|(j, &z)| over(j, z)));
    gradient[label] = T::from_f64(slope) / count;
    (sum / outputs.len() as f64, argmax(outputs) == label)
}
