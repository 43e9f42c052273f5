//! AVX-512F: 32 registers of 64 bytes.

use crate::dispatch::kernels;
use crate::lanes::lanes;
use core::arch::x86_64::*;

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
    _mm512_add_ps
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
    _mm512_add_pd
);

kernels!(f32, super::F32x16, "avx512f");
kernels!(f64, super::F64x8, "avx512f");
