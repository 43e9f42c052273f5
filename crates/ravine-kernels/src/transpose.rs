use crate::element::Element;
use crate::isa::Isa;
use crate::lanes::Lanes;

/// target[j][r] ← source[r][j] of one square of panels; `source` has up to PANEL rows, and the columns of `target` beyond them
/// become 0.
///
/// # Panics
/// When the target is not a whole square, or the source has more rows.
pub fn transpose_square<T: Element>(isa: Isa, source: &[T], target: &mut [T]) {
    let rows = source.len() / T::PANEL;
    assert!(rows <= T::PANEL && target.len() == T::PANEL * T::PANEL, "not a square");
    // SAFETY: the set is one that the CPU has; the assertion is the bounds.
    unsafe { (T::kernels(isa).transpose)(source.as_ptr(), rows, target.as_mut_ptr()) }
}

/// Blocks as high as a vector is wide, transposed in registers.
///
/// # Safety
/// The CPU has the set of `L`; `source` may be read for `rows ≤ PANEL` rows of a panel, `target` written for PANEL rows.
#[inline(always)]
pub(crate) unsafe fn square<L: Lanes>(source: *const L::Element, rows: usize, target: *mut L::Element) {
    for row in (0..L::Element::PANEL).step_by(L::LANES) {
        for column in (0..L::Element::PANEL).step_by(L::LANES) {
            let (from, to) = (row * L::Element::PANEL + column, column * L::Element::PANEL + row);
            let left = rows.saturating_sub(row);
            // SAFETY: the block lies within the square; of the source only its rows are read.
            unsafe {
                match L::LANES {
                    16 => block::<L, 16>(source.add(from), left, target.add(to)),
                    8 => block::<L, 8>(source.add(from), left, target.add(to)),
                    4 => block::<L, 4>(source.add(from), left, target.add(to)),
                    _ => block::<L, 1>(source.add(from), left, target.add(to)),
                }
            }
        }
    }
}

/// N×N by log₂N rounds of a perfect shuffle: row i is zipped with row i + N/2.
///
/// # Safety
/// As [`square`]; N is the number of lanes.
#[inline(always)]
unsafe fn block<L: Lanes, const N: usize>(source: *const L::Element, rows: usize, target: *mut L::Element) {
    // SAFETY: by the contract: rows below `rows` may be read, all N may be written.
    unsafe {
        let mut lanes = [L::zero(); N];
        for (r, row) in lanes.iter_mut().enumerate().take(rows) {
            *row = L::load(source.wrapping_add(r * L::Element::PANEL));
        }
        for _ in 0..N.ilog2() {
            let before = lanes;
            for i in 0..N / 2 {
                (lanes[2 * i], lanes[2 * i + 1]) = before[i].zip(before[i + N / 2]);
            }
        }
        for (r, row) in lanes.into_iter().enumerate() {
            row.store(target.add(r * L::Element::PANEL));
        }
    }
}
