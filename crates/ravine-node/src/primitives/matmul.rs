use super::typed;
use crate::views::{Floats, Scalar, Written, accepted, matrix, matrix_mut};
use napi::Result;
use napi::bindgen_prelude::Either;
use napi_derive::napi;

/// out[m, n] = op(A)·op(B), row-major, on all threads where the size pays; op(A) is [m, k], or A is stored as [k, m] and
/// transposed. Every element is one chain of fused multiply–adds over ascending k, so that the bits depend on neither threads
/// nor CPU. The old numbers of `out`, even NaN, are never read.
#[napi(
    catch_unwind,
    ts_generic_types = "T extends Float32Array | Float64Array",
    ts_args_type = "a: T, b: T, out: T, m: number, k: number, n: number, transposeA: boolean, transposeB: boolean",
    ts_return_type = "void"
)]
#[allow(clippy::too_many_arguments, reason = "the names of the field: C[m, n] = op(A)·op(B)")]
pub fn matmul(
    a: Floats,
    b: Floats,
    out: Written,
    m: u32,
    k: u32,
    n: u32,
    transpose_a: bool,
    transpose_b: bool,
) -> Result<()> {
    typed!(&a, product(&a, &b, out, (m, k, n), (transpose_a, transpose_b)))
}

fn product<T: Scalar>(
    a: &Floats,
    b: &Floats,
    mut out: Written,
    (m, k, n): (u32, u32, u32),
    turned: (bool, bool),
) -> Result<()> {
    let left = matrix::<T>("matmul", a, if turned.0 { (k, m) } else { (m, k) })?;
    let right = matrix::<T>("matmul", b, if turned.1 { (n, k) } else { (k, n) })?;
    let left = if turned.0 { left.reversed_axes() } else { left };
    let right = if turned.1 { right.reversed_axes() } else { right };
    accepted(ravine::matmul(left, right, matrix_mut("matmul", &mut out, &[a, b], (m, n))?))
}
