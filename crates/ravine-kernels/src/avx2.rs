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
    _mm256_add_ps
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
    _mm256_add_pd
);

kernels!(f32, super::F32x8, "avx2,fma");
kernels!(f64, super::F64x4, "avx2,fma");
