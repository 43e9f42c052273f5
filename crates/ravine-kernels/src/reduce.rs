use crate::element::Element;
use crate::isa::Isa;
use crate::product::CHAIN;

/// Σ values by 16 virtual lanes and a fixed tree, so that neither the vector width nor the thread count can change a bit.
pub fn sum16<T: Copy + Default + std::ops::AddAssign>(values: impl IntoIterator<Item = T>) -> T {
    let mut lanes = [T::default(); 16];
    values.into_iter().enumerate().for_each(|(i, value)| lanes[i % 16] += value);
    for width in [8, 4, 2, 1] {
        for i in 0..width {
            let other = lanes[i + width];
            lanes[i] += other;
        }
    }
    lanes[0]
}

/// The largest value by `>`, the first of equals; NaN never wins.
pub fn max<T: Element>(values: &[T]) -> T {
    values[argmax(values)]
}

/// The place of the largest value by `>`, the first of equals.
pub fn argmax<T: Element>(values: &[T]) -> usize {
    let mut best = 0;
    for (i, value) in values.iter().enumerate() {
        if *value > values[best] {
            best = i;
        }
    }
    best
}

/// sums[j] ← Σᵣ rows[r][j]: a chain of additions over ascending rows of one panel, cut at multiples of [`CHAIN`].
///
/// # Panics
/// When `sums` is not one panel wide.
pub fn add_rows<T: Element>(isa: Isa, sums: &mut [T], rows: &[T]) {
    assert_eq!(sums.len(), T::PANEL, "sums are one panel");
    // SAFETY: the set is one that the CPU has.
    unsafe { (T::kernels(isa).add_rows)(sums, rows) }
}

#[inline(always)]
pub(crate) fn accumulate<T: Element>(sums: &mut [T], rows: &[T]) {
    let mut parts = rows.chunks(CHAIN * T::PANEL);
    sums.fill(T::ZERO);
    add_part(sums, parts.next().unwrap_or_default());
    for part in parts {
        // The widest panel; f64 uses half of it.
        let mut sum = [T::ZERO; 32];
        add_part(&mut sum[..T::PANEL], part);
        sums.iter_mut().zip(sum).for_each(|(total, sum)| *total += sum);
    }
}

#[inline(always)]
fn add_part<T: Element>(sums: &mut [T], rows: &[T]) {
    for row in rows.chunks_exact(T::PANEL) {
        sums.iter_mut().zip(row).for_each(|(sum, &value)| *sum += value);
    }
}
