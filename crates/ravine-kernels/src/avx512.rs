//! AVX-512F: 32 registers of 64 bytes.

use crate::dispatch::kernels;
use crate::lanes::lanes;
use core::arch::x86_64::*;

/// A mask of the first lanes, as many as there are.
#[inline(always)]
fn first(count: usize) -> u32 {
    (1 << count.min(16)) - 1
}

lanes!(
    F32x16,
    __m512,
    f32,
    16,
    2,
    12,
    _mm512_setzero_ps,
    _mm512_set1_ps,
    _mm512_loadu_ps,
    _mm512_storeu_ps,
    _mm512_fmadd_ps,
    _mm512_add_ps,
    _mm512_mul_ps,
    _mm512_div_ps,
    _mm512_sqrt_ps,
    |value| _mm512_sub_ps(_mm512_set1_ps(-0.0), value),
    |value, limit| _mm512_maskz_mov_ps(_mm512_cmp_ps_mask::<_CMP_NLT_UQ>(_mm512_abs_ps(value), limit), value),
    |value, other, take: bool| _mm512_mask_blend_ps(if take { !0 } else { 0 }, value, other),
    |a, b| {
        let low = _mm512_setr_epi32(0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
        let high = _mm512_setr_epi32(8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
        (_mm512_permutex2var_ps(a, low, b), _mm512_permutex2var_ps(a, high, b))
    },
    |source, count| _mm512_maskz_loadu_ps(first(count) as u16, source),
    |target, count, lanes| _mm512_mask_storeu_ps(target, first(count) as u16, lanes)
);
lanes!(
    F64x8,
    __m512d,
    f64,
    8,
    2,
    12,
    _mm512_setzero_pd,
    _mm512_set1_pd,
    _mm512_loadu_pd,
    _mm512_storeu_pd,
    _mm512_fmadd_pd,
    _mm512_add_pd,
    _mm512_mul_pd,
    _mm512_div_pd,
    _mm512_sqrt_pd,
    |value| _mm512_sub_pd(_mm512_set1_pd(-0.0), value),
    |value, limit| _mm512_maskz_mov_pd(_mm512_cmp_pd_mask::<_CMP_NLT_UQ>(_mm512_abs_pd(value), limit), value),
    |value, other, take: bool| _mm512_mask_blend_pd(if take { !0 } else { 0 }, value, other),
    |a, b| {
        let (low, high) = (_mm512_setr_epi64(0, 8, 1, 9, 2, 10, 3, 11), _mm512_setr_epi64(4, 12, 5, 13, 6, 14, 7, 15));
        (_mm512_permutex2var_pd(a, low, b), _mm512_permutex2var_pd(a, high, b))
    },
    |source, count| _mm512_maskz_loadu_pd(first(count) as u8, source),
    |target, count, lanes| _mm512_mask_storeu_pd(target, first(count) as u8, lanes)
);

kernels!(f32, super::F32x16, "avx512f");
kernels!(f64, super::F64x8, "avx512f");
