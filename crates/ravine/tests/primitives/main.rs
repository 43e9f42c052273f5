//! The primitives against naive loops to the bit, and their gradients against central differences.

mod activation;
mod linear;
mod loss;
mod matmul;

use ndarray::{Array2, ArrayBase, ArrayView2, ArrayViewMut2, Ix2, RawData, s};
use ravine::{Activation, Element};

/// Those whose output tells their derivative.
const ACTIVATIONS: [Activation; 7] = [
    Activation::Linear,
    Activation::Relu,
    Activation::Sigmoid,
    Activation::Tanh,
    Activation::LeakyRelu,
    Activation::Elu,
    Activation::Softplus,
];
/// Where chains are cut.
const CHAIN: usize = 4096;
/// Half the way of a central difference in f64, and how near it comes.
const STEP: f64 = 1e-5;
const NEAR: f64 = 1e-8;

/// Numbers in [−1, 1) with full mantissas; another `salt` gives others.
fn numbers<T: Element>(shape: (usize, usize), salt: usize) -> Array2<T> {
    let number = |i: usize| ((i * 7919 + salt * 104_729) % 20_011) as f64 / 10_005.5 - 1.0;
    Array2::from_shape_fn(shape, |(r, c)| T::from_f64(number(r * shape.1 + c)))
}

fn nan<T: Element>(shape: (usize, usize)) -> Array2<T> {
    Array2::from_elem(shape, T::from_f64(f64::NAN))
}

fn bits<T: Element>(matrix: ArrayView2<'_, T>) -> Vec<u64> {
    matrix.iter().map(|value| value.to_f64().to_bits()).collect()
}

/// A matrix out of the array in which it lies: row by row, column by column, or with gaps between its elements.
fn seen<S: RawData>(laid: ArrayBase<S, Ix2>, way: usize) -> ArrayBase<S, Ix2> {
    match way {
        0 => laid,
        1 => laid.reversed_axes(),
        _ => laid.slice_move(s![1..;3, 1..;2]),
    }
}

/// The array in which a matrix lies, for [`seen`]; the gaps are NaN.
fn laid<T: Element>(matrix: &Array2<T>, way: usize) -> Array2<T> {
    let (rows, columns) = matrix.dim();
    let shape = [(rows, columns), (columns, rows), (3 * rows + 1, 2 * columns + 1)][way];
    let mut laid = nan(shape);
    seen(laid.view_mut(), way).assign(matrix);
    laid
}

/// Cᵢⱼ = start + Σₖ aᵢₖ·bₖⱼ by one chain over ascending k, cut.
fn naive<T: Element>(a: &Array2<T>, b: &Array2<T>, start: impl Fn(usize) -> T) -> Array2<T> {
    let part = |(i, j), start: T, first: usize| {
        (first..a.ncols().min(first + CHAIN)).fold(start, |sum, k| a[(i, k)].fma(b[(k, j)], sum))
    };
    Array2::from_shape_fn((a.nrows(), b.ncols()), |(i, j)| {
        let rest = (CHAIN..a.ncols()).step_by(CHAIN);
        rest.fold(part((i, j), start(j), 0), |total, first| total + part((i, j), T::ZERO, first))
    })
}

/// ∂f/∂x by central differences.
fn slopes(x: &Array2<f64>, mut f: impl FnMut(&Array2<f64>) -> f64) -> Array2<f64> {
    Array2::from_shape_fn(x.dim(), |place| {
        let mut moved = |step: f64| {
            let mut x = x.clone();
            x[place] += step;
            f(&x)
        };
        (moved(STEP) - moved(-STEP)) / (2.0 * STEP)
    })
}

#[track_caller]
fn assert_near(found: &Array2<f64>, expected: &Array2<f64>) {
    assert_eq!(found.dim(), expected.dim());
    assert!(found.iter().zip(expected).all(|(a, b)| (a - b).abs() <= NEAR), "{found} is not {expected}");
}

/// The code of a refusal, after which `out` is as it was.
fn code<R>(shape: (usize, usize), call: impl FnOnce(ArrayViewMut2<'_, f32>) -> ravine::Result<R>) -> &'static str {
    let mut out = Array2::from_elem(shape, 7.0);
    let refusal = call(out.view_mut()).err().expect("a refusal");
    assert!(out.iter().all(|&value| value == 7.0), "{refusal}");
    refusal.code()
}
