use crate::element::Element;
use crate::isa::Isa;
use crate::math::{exp64, log64};
use crate::reduce::{argmax, sum16};

/// losses[r] ← −log softmax(z[r])[label];  right[r] ← whether the label is the largest;  gradient[r] ← (softmax(z[r]) − onehot)/batch.
///
/// Row r of `logits` and `gradient` begins at r·stride, where stride is the length by the number of labels; of it `width` columns are
/// read and written.
///
/// # Panics
/// When a slice is too short for its rows, or a label is no column.
pub fn cross_entropy<T: Element>(
    isa: Isa,
    logits: &[T],
    labels: &[u32],
    (width, batch): (usize, usize),
    gradient: &mut [T],
    (losses, right): (&mut [f64], &mut [bool]),
) {
    assert!(labels.len() <= losses.len() && labels.len() <= right.len(), "fewer places than rows");
    // SAFETY: the set is one that the CPU has.
    unsafe { (T::kernels(isa).cross_entropy)(logits, labels, (width, batch), gradient, (losses, right)) }
}

/// losses[r] ← Σ (y[r] − t[r])² / width;  gradient[r] ← 2(y[r] − t[r])/(batch·width), where t[r] was.
///
/// Row r of `outputs` and `gradient` begins at r·stride, where stride is the length by the number of losses.
///
/// # Panics
/// When a slice is too short for its rows.
pub fn squared_error<T: Element>(
    isa: Isa,
    outputs: &[T],
    (width, batch): (usize, usize),
    gradient: &mut [T],
    losses: &mut [f64],
) {
    // SAFETY: the set is one that the CPU has.
    unsafe { (T::kernels(isa).squared_error)(outputs, (width, batch), gradient, losses) }
}

#[inline(always)]
pub(crate) fn cross_entropies<T: Element>(
    logits: &[T],
    labels: &[u32],
    (width, batch): (usize, usize),
    gradient: &mut [T],
    (losses, right): (&mut [f64], &mut [bool]),
) {
    let stride = logits.len() / labels.len().max(1);
    let count = T::from_f64(batch as f64);
    for (r, &label) in labels.iter().enumerate() {
        let (logits, gradient) = (&logits[r * stride..][..width], &mut gradient[r * stride..][..width]);
        let (label, best) = (label as usize, argmax(logits));
        let largest = logits[best];
        for (e, &z) in gradient.iter_mut().zip(logits) {
            *e = T::from_f64(exp64((z - largest).to_f64()));
        }
        let sum = sum16(gradient.iter().copied());
        for (j, g) in gradient.iter_mut().enumerate() {
            let hit = if j == label { T::ONE } else { T::ZERO };
            *g = (*g / sum - hit) / count;
        }
        losses[r] = log64(sum.to_f64()) - (logits[label].to_f64() - largest.to_f64());
        right[r] = best == label;
    }
}

#[inline(always)]
pub(crate) fn squared_errors<T: Element>(
    outputs: &[T],
    (width, batch): (usize, usize),
    gradient: &mut [T],
    losses: &mut [f64],
) {
    let stride = outputs.len() / losses.len().max(1);
    let (two, count) = (T::ONE + T::ONE, T::from_f64((batch * width) as f64));
    for (r, loss) in losses.iter_mut().enumerate() {
        let (outputs, gradient) = (&outputs[r * stride..][..width], &mut gradient[r * stride..][..width]);
        let square = |(y, t): (&T, &T)| {
            let difference = y.to_f64() - t.to_f64();
            difference * difference
        };
        *loss = match (outputs, &*gradient) {
            ([y], [t]) => square((y, t)),
            _ => sum16(outputs.iter().zip(&*gradient).map(square)) / width as f64,
        };
        gradient.iter_mut().zip(outputs).for_each(|(g, &y)| *g = two * (y - *g) / count);
    }
}
