/// A prefetch of any address, by the hint that each architecture has; elsewhere nothing.
macro_rules! hint {
    ($source:expr, $x86_64:ident, $aarch64:literal) => {{
        let source: *const _ = $source;
        // SAFETY: a prefetch faults on no address.
        #[cfg(target_arch = "x86_64")]
        unsafe {
            use core::arch::x86_64::{_mm_prefetch, $x86_64};
            _mm_prefetch::<$x86_64>(source.cast());
        }
        // SAFETY: as above; the intrinsic is not stable.
        #[cfg(target_arch = "aarch64")]
        unsafe {
            core::arch::asm!(concat!("prfm ", $aarch64, ", [{}]"), in(reg) source, options(readonly, nostack, preserves_flags));
        }
        let _ = source;
    }};
}

/// Asks for the first cache line of a slice.
#[inline(always)]
pub fn prefetch<T>(slice: &[T]) {
    hint!(slice.as_ptr(), _MM_HINT_T1, "pldl2keep");
}

/// Asks for the cache line of `source`, which may be any address, to come as near as it can.
#[inline(always)]
pub(crate) fn prefetch_near<T>(source: *const T) {
    hint!(source, _MM_HINT_T0, "pldl1keep");
}
