use super::typed;
use crate::error::coded;
use crate::views::{Floats, Scalar, Written, accepted, matrix, matrix_mut, vector, vector_mut};
use napi::Result;
use napi::bindgen_prelude::{Either, Uint32ArraySlice};
use napi_derive::napi;
use ndarray::Array1;
use ravine::{Drift, Momentum};

/// One momentum step in place, elementwise, by the coefficients (μ, κ, ρ, λ, ηλ): g ← g + λp; p ← p − ηλp; v ← μv + κg;
/// p ← p − ρ·(nesterov ? μv + κg : v). `parameter` and `velocity` [n] are updated by `gradient` [n], nothing else is. A velocity
/// below 1e-30 in magnitude becomes 0.
#[napi(
    catch_unwind,
    ts_generic_types = "T extends Float32Array | Float64Array",
    ts_args_type = "parameter: T, gradient: T, velocity: T, coefficients: Float64Array, nesterov: boolean",
    ts_return_type = "void"
)]
pub fn momentum_step(
    mut parameter: Written,
    gradient: Floats,
    mut velocity: Written,
    coefficients: &[f64],
    nesterov: bool,
) -> Result<()> {
    let row = row_of("momentumStep", coefficients)?;
    match &gradient {
        Either::A(_) => stepped::<f32>(&mut parameter, &gradient, &mut velocity, row, nesterov),
        Either::B(_) => stepped::<f64>(&mut parameter, &gradient, &mut velocity, row, nesterov),
    }
}

fn row_of(place: &str, coefficients: &[f64]) -> Result<[f64; 5]> {
    let others = |_| coded("ERR_RAVINE_SHAPE", &format!("{place}: expected five coefficients but received others"));
    coefficients.try_into().map_err(others)
}

fn stepped<T: Scalar>(
    parameter: &mut Written,
    gradient: &Floats,
    velocity: &mut Written,
    row: [f64; 5],
    nesterov: bool,
) -> Result<()> {
    let place = "momentumStep";
    let parameters = vector_mut::<T>(place, parameter, &[gradient, velocity])?;
    let velocities = vector_mut::<T>(place, velocity, &[gradient])?;
    accepted(ravine::momentum_step(parameters, vector(place, gradient)?, velocities, &Momentum::new(row, nesterov)))
}

/// One momentum step in place of the rows of `parameter` and `velocity` [count, width] that are listed in `rows` [n], by
/// `gradientRows` [n, width], those of one row summed first in the order of the list. The coefficients are those of momentumStep.
#[napi(
    catch_unwind,
    ts_generic_types = "T extends Float32Array | Float64Array",
    ts_args_type = "parameter: T, rows: Uint32Array, gradientRows: T, velocity: T, count: number, width: number, coefficients: Float64Array, nesterov: boolean",
    ts_return_type = "void"
)]
#[allow(clippy::too_many_arguments, reason = "the operands of momentumStep, the rows and two sizes")]
pub fn momentum_step_sparse(
    parameter: Written,
    listed: Uint32ArraySlice,
    gradient_rows: Floats,
    velocity: Written,
    count: u32,
    width: u32,
    coefficients: &[f64],
    nesterov: bool,
) -> Result<()> {
    let row = row_of("momentumStepSparse", coefficients)?;
    typed!(
        &gradient_rows,
        stepped_rows([parameter, velocity], &listed, &gradient_rows, (count, width), (row, nesterov))
    )
}

fn stepped_rows<T: Scalar>(
    [mut parameter, mut velocity]: [Written; 2],
    listed: &[u32],
    gradient_rows: &Floats,
    shape: (u32, u32),
    (row, nesterov): ([f64; 5], bool),
) -> Result<()> {
    let place = "momentumStepSparse";
    let listed = Array1::from_vec(listed.to_vec());
    let parameters = matrix_mut::<T>(place, &mut parameter, &[gradient_rows, &velocity], shape)?;
    let velocities = matrix_mut::<T>(place, &mut velocity, &[gradient_rows], shape)?;
    let gradients = matrix(place, gradient_rows, (listed.len() as u32, shape.1))?;
    accepted(ravine::momentum_step_sparse(
        parameters,
        listed.view(),
        gradients,
        velocities,
        &Momentum::new(row, nesterov),
    ))
}

/// (p, v) ← (ap + bv, cp + dv): what steps without a gradient come to, in place, for the rows of `parameter` and `velocity`
/// [count, width] that are listed in `rows` [n], each once. (a, b, c, d) is row `places[i]` of `drifts`.
#[napi(
    catch_unwind,
    ts_generic_types = "T extends Float32Array | Float64Array",
    ts_args_type = "parameter: T, velocity: T, rows: Uint32Array, places: Uint32Array, drifts: Float64Array, count: number, width: number",
    ts_return_type = "void"
)]
pub fn momentum_catch_up(
    parameter: Written,
    velocity: Written,
    rows: Uint32ArraySlice,
    places: Uint32ArraySlice,
    drifts: &[f64],
    count: u32,
    width: u32,
) -> Result<()> {
    match &*parameter {
        Either::A(_) => caught_up::<f32>([parameter, velocity], [&rows, &places], drifts, (count, width)),
        Either::B(_) => caught_up::<f64>([parameter, velocity], [&rows, &places], drifts, (count, width)),
    }
}

fn caught_up<T: Scalar>(
    [mut parameter, mut velocity]: [Written; 2],
    lists: [&[u32]; 2],
    drifts: &[f64],
    shape: (u32, u32),
) -> Result<()> {
    let place = "momentumCatchUp";
    let [rows, places] = lists.map(|list| Array1::from_vec(list.to_vec()));
    let (drifts, rest) = drifts.as_chunks();
    if !rest.is_empty() {
        return Err(coded("ERR_RAVINE_SHAPE", &"momentumCatchUp: expected drifts in rows of four but received others"));
    }
    let drifts: Vec<Drift<T>> = drifts.iter().map(|&row| Drift::new(row)).collect();
    let parameters = matrix_mut::<T>(place, &mut parameter, &[&velocity], shape)?;
    let velocities = matrix_mut::<T>(place, &mut velocity, &[], shape)?;
    accepted(ravine::momentum_catch_up(parameters, velocities, rows.view(), places.view(), &drifts))
}
