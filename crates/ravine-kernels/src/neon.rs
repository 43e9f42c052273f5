//! NEON: 32 registers of 16 bytes.

use crate::dispatch::kernels;
use crate::lanes::lanes;
use core::arch::aarch64::*;

lanes!(
    F32x4,
    float32x4_t,
    f32,
    4,
    4,
    6,
    || vdupq_n_f32(0.0),
    vdupq_n_f32,
    vld1q_f32,
    vst1q_f32,
    |a, b, c| vfmaq_f32(c, a, b),
    vaddq_f32,
    vmulq_f32,
    vdivq_f32,
    vsqrtq_f32,
    |value| vnegq_f32(value),
    |value, limit| vbslq_f32(vcaltq_f32(value, limit), vdupq_n_f32(0.0), value),
    |value, other, take: bool| vbslq_f32(vdupq_n_u32(if take { !0 } else { 0 }), other, value),
    |a, b| (vzip1q_f32(a, b), vzip2q_f32(a, b))
);
lanes!(
    F64x2,
    float64x2_t,
    f64,
    2,
    4,
    6,
    || vdupq_n_f64(0.0),
    vdupq_n_f64,
    vld1q_f64,
    vst1q_f64,
    |a, b, c| vfmaq_f64(c, a, b),
    vaddq_f64,
    vmulq_f64,
    vdivq_f64,
    vsqrtq_f64,
    |value| vnegq_f64(value),
    |value, limit| vbslq_f64(vcaltq_f64(value, limit), vdupq_n_f64(0.0), value),
    |value, other, take: bool| vbslq_f64(vdupq_n_u64(if take { !0 } else { 0 }), other, value),
    |a, b| (vzip1q_f64(a, b), vzip2q_f64(a, b))
);

kernels!(f32, super::F32x4, "neon");
kernels!(f64, super::F64x2, "neon");
