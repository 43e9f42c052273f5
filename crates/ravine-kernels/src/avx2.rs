//! AVX2 with FMA: 16 registers of 32 bytes.

use crate::dispatch::kernels;
use crate::lanes::lanes;
use core::arch::x86_64::*;

lanes!(
    F32x8,
    __m256,
    f32,
    8,
    2,
    6,
    _mm256_setzero_ps,
    _mm256_set1_ps,
    _mm256_loadu_ps,
    _mm256_storeu_ps,
    _mm256_fmadd_ps,
    _mm256_add_ps,
    _mm256_mul_ps,
    _mm256_div_ps,
    _mm256_sqrt_ps,
    |value| _mm256_sub_ps(_mm256_set1_ps(-0.0), value),
    |value, limit| {
        let size = _mm256_andnot_ps(_mm256_set1_ps(-0.0), value);
        _mm256_and_ps(_mm256_cmp_ps::<_CMP_NLT_UQ>(size, limit), value)
    },
    |value, other, take: bool| _mm256_blendv_ps(value, other, _mm256_set1_ps(if take { -1.0 } else { 0.0 })),
    |a, b| {
        let (even, odd) = (_mm256_unpacklo_ps(a, b), _mm256_unpackhi_ps(a, b));
        (_mm256_permute2f128_ps::<0x20>(even, odd), _mm256_permute2f128_ps::<0x31>(even, odd))
    }
);
lanes!(
    F64x4,
    __m256d,
    f64,
    4,
    2,
    6,
    _mm256_setzero_pd,
    _mm256_set1_pd,
    _mm256_loadu_pd,
    _mm256_storeu_pd,
    _mm256_fmadd_pd,
    _mm256_add_pd,
    _mm256_mul_pd,
    _mm256_div_pd,
    _mm256_sqrt_pd,
    |value| _mm256_sub_pd(_mm256_set1_pd(-0.0), value),
    |value, limit| {
        let size = _mm256_andnot_pd(_mm256_set1_pd(-0.0), value);
        _mm256_and_pd(_mm256_cmp_pd::<_CMP_NLT_UQ>(size, limit), value)
    },
    |value, other, take: bool| _mm256_blendv_pd(value, other, _mm256_set1_pd(if take { -1.0 } else { 0.0 })),
    |a, b| {
        let (even, odd) = (_mm256_unpacklo_pd(a, b), _mm256_unpackhi_pd(a, b));
        (_mm256_permute2f128_pd::<0x20>(even, odd), _mm256_permute2f128_pd::<0x31>(even, odd))
    }
);

kernels!(f32, super::F32x8, "avx2,fma");
kernels!(f64, super::F64x4, "avx2,fma");
