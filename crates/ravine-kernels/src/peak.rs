use crate::element::Element;
use crate::isa::Isa;
use crate::lanes::Lanes;

/// The machine's roof: runs `rounds` of independent fused multiply–adds in registers and returns how many flops they were, two
/// for each multiply–add.
pub fn peak<T: Element>(isa: Isa, rounds: usize) -> f64 {
    // SAFETY: the set is one that the CPU has.
    let per_round = unsafe { (T::kernels(isa).peak)(rounds) };
    (2 * per_round * rounds) as f64
}

/// As many accumulators as the tallest tile has; returns multiply–adds of a round.
///
/// # Safety
/// The CPU has the set of `L`.
#[inline(always)]
pub(crate) unsafe fn run<L: Lanes>(rounds: usize) -> usize {
    // SAFETY: the pointers are to locals, read for one element and written for one vector.
    unsafe {
        match L::ROWS * L::VECTORS {
            24 => accumulate::<L, 24>(rounds),
            12 => accumulate::<L, 12>(rounds),
            _ => accumulate::<L, 8>(rounds),
        }
    }
}

/// # Safety
/// As [`run`].
#[inline(always)]
unsafe fn accumulate<L: Lanes, const N: usize>(rounds: usize) -> usize {
    let (factor, term) = (L::Element::from_f64(0.999), L::Element::from_f64(0.001));
    // SAFETY: the CPU has the set; the pointers are to locals, the sink has room for the widest vector.
    unsafe {
        let (factor, term) = (L::splat(&factor), L::splat(&term));
        let mut sums = [term; N];
        for _ in 0..rounds {
            for sum in &mut sums {
                *sum = factor.fma(term, *sum);
            }
        }
        let total = sums.into_iter().fold(L::zero(), |total, sum| total + sum);
        let mut sink = [L::Element::ZERO; 32];
        total.store(sink.as_mut_ptr());
        std::hint::black_box(sink);
    }
    N * L::LANES
}
