use crate::element::Element;
use crate::isa::Isa;
use crate::lanes::Lanes;
use crate::product::CHAIN;

/// Σ values by 16 virtual lanes and a fixed tree, so that neither the vector width nor the thread count can change a bit.
pub fn sum16<T: Copy + Default + std::ops::AddAssign>(values: impl IntoIterator<Item = T>) -> T {
    let (mut lanes, mut count) = ([T::default(); 16], 0);
    for value in values {
        lanes[count % 16] += value;
        count += 1;
    }
    for width in [8, 4, 2, 1] {
        // Lanes that nothing was added to are +0, which changes nothing.
        for i in 0..width.min(count.saturating_sub(width)) {
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

/// `sums[j] ← Σᵣ rows[r][j]`: a chain of additions over ascending rows of one panel, cut at multiples of [`CHAIN`].
///
/// # Panics
/// When `sums` is not one panel wide.
pub fn add_rows<T: Element>(isa: Isa, sums: &mut [T], rows: &[T]) {
    assert_eq!(sums.len(), T::PANEL, "sums are one panel");
    // SAFETY: the set is one that the CPU has.
    unsafe { (T::kernels(isa).add_rows)(sums.as_mut_ptr(), rows.as_ptr(), rows.len() / T::PANEL) }
}

/// # Safety
/// The CPU has the set of `L`; `sums` may be written for one panel, `rows` read for `count` rows of one.
#[inline(always)]
pub(crate) unsafe fn accumulate<L: Lanes>(sums: *mut L::Element, rows: *const L::Element, count: usize) {
    let width = L::LANES * L::VECTORS;
    for column in (0..L::Element::PANEL).step_by(width) {
        // No rows, no memory: their pointer may go nowhere.
        let rows = rows.wrapping_add(column);
        // SAFETY: the columns lie within the panel, and VECTORS is one of these.
        unsafe {
            match L::VECTORS {
                2 => columns::<L, 2>(sums.add(column), rows, count),
                4 => columns::<L, 4>(sums.add(column), rows, count),
                _ => unreachable!("tiles are two or four vectors wide"),
            }
        }
    }
}

/// `V` vectors of columns.
///
/// # Safety
/// As [`accumulate`].
#[inline(always)]
unsafe fn columns<L: Lanes, const V: usize>(sums: *mut L::Element, rows: *const L::Element, count: usize) {
    // SAFETY: by the contract of `accumulate`.
    unsafe {
        let mut total = chain::<L, V>(rows, 0, count);
        for first in (CHAIN..count).step_by(CHAIN) {
            let part = chain::<L, V>(rows, first, count);
            total.iter_mut().zip(part).for_each(|(total, part)| *total = *total + part);
        }
        total.into_iter().enumerate().for_each(|(v, total)| total.store(sums.add(v * L::LANES)));
    }
}

/// Σ of the rows from `first` to the next cut.
///
/// # Safety
/// As [`accumulate`].
#[inline(always)]
unsafe fn chain<L: Lanes, const V: usize>(rows: *const L::Element, first: usize, count: usize) -> [L; V] {
    // SAFETY: by the contract of `accumulate`.
    unsafe {
        let mut sums = [L::zero(); V];
        for row in first..count.min(first + CHAIN) {
            let row = rows.add(row * L::Element::PANEL);
            for (v, sum) in sums.iter_mut().enumerate() {
                *sum = *sum + L::load(row.add(v * L::LANES));
            }
        }
        sums
    }
}
