use crate::elementwise::Activation;
use crate::loss::Goal;
use crate::momentum_sparse::Drift;
use crate::multiply;
use crate::product::{Store, Tiles};
use crate::rule::Rule;
use crate::small::Small;
use crate::sparse::Forward;
use crate::sparse_update::{Backward, PANELS};
use crate::update::Target;

/// On (goal, rows, (width, batch), outputs, gradient, (losses, right)).
type Judge<T> = unsafe fn(&Goal<'_, T>, &[u32], (usize, usize), &[T], &mut [T], (&mut [f64], &mut [bool]));

/// On (step, state, work, (losses, right)).
type WholeStep<T> = unsafe fn(&Small<'_, T>, &mut [T], &mut [T], (&mut [f64], &mut [bool]));

/// A rule on (parameter, states, gradient).
type Apply<T> = unsafe fn(&Rule<T>, &mut [T], &mut [&mut [T]], &[T]);

/// The arithmetic of one instruction set for one element type.
///
/// # Safety
///
/// Every entry requires that the CPU has the set; those that take pointers also the bounds stated
/// where they are called.
#[doc(hidden)]
#[derive(Clone, Copy)]
pub struct Kernels<T> {
    pub(crate) product: unsafe fn(&Tiles<T>, &Store<T>),
    pub(crate) multiply_rows: unsafe fn(&Tiles<T>, &multiply::Target<T>),
    pub(crate) multiply_columns: unsafe fn(&Tiles<T>, &multiply::Target<T>),
    pub(crate) pack: unsafe fn(*const T, usize, (usize, usize), *mut T),
    pub(crate) gradient: unsafe fn(&Tiles<T>, &Store<T>),
    pub(crate) update: unsafe fn(&Tiles<T>, &Target<T>, &Rule<T>),
    pub(crate) apply: Apply<T>,
    pub(crate) drift: unsafe fn(&mut [T], &mut [T], &Drift<T>),
    pub(crate) activate: unsafe fn(&mut [T], Activation),
    pub(crate) activate_backward: unsafe fn(&mut [T], &[T], Activation),
    pub(crate) fold: unsafe fn(&mut [T], T, &[T]),
    pub(crate) add_rows: unsafe fn(*mut T, *const T, usize),
    pub(crate) sparse_product: unsafe fn(&Forward<'_, T>),
    pub(crate) sparse_update: unsafe fn(&Backward<'_, T>, &[Target<T>; PANELS], &Rule<T>),
    pub(crate) sparse_gradient: unsafe fn(&Backward<'_, T>, &[*mut T; PANELS]),
    pub(crate) widen: unsafe fn(&[u8], &mut [T]),
    pub(crate) judge: Judge<T>,
    pub(crate) small_step: WholeStep<T>,
    pub(crate) transpose: unsafe fn(*const T, usize, usize, *mut T),
    pub(crate) peak: unsafe fn(usize) -> usize,
}

/// Compiles the generic arithmetic for one element type and instruction set, as `$type::KERNELS`.
macro_rules! kernels {
    ($type:ident, $lanes:ty $(, $features:literal)?) => {
        pub(crate) mod $type {
            use crate::dispatch::Kernels;
            use crate::elementwise::{self, Activation};
            use crate::left::{InColumns, InPanels, InRows, OnePanel};
            use crate::momentum_sparse::{self, Drift};
            use crate::multiply;
            use crate::panels;
            use crate::product::{self, Store, Tiles};
            use crate::reduce;
            use crate::rule::{self, Rule};
            use crate::sparse::{self, Forward};
            use crate::sparse_update::{self, Backward, PANELS};
            use crate::update::{self, Target};

            pub(crate) static KERNELS: Kernels<$type> =
                Kernels {
                    product, multiply_rows, multiply_columns, pack, gradient, update, apply, drift, activate,
                    activate_backward, fold, add_rows, sparse_product, sparse_update, sparse_gradient, widen,
                    judge, small_step, transpose, peak,
                };

            $(#[target_feature(enable = $features)])?
            unsafe fn product(tiles: &Tiles<$type>, store: &Store<$type>) {
                // SAFETY: the caller vouches for the CPU and the bounds.
                unsafe { product::tiles::<$lanes, _, InPanels>(tiles, store) }
            }
            $(#[target_feature(enable = $features)])?
            unsafe fn multiply_rows(tiles: &Tiles<$type>, target: &multiply::Target<$type>) {
                // SAFETY: the caller vouches for the CPU and the bounds.
                unsafe { multiply::run::<$lanes, InRows>(tiles, target) }
            }
            $(#[target_feature(enable = $features)])?
            unsafe fn multiply_columns(tiles: &Tiles<$type>, target: &multiply::Target<$type>) {
                // SAFETY: the caller vouches for the CPU and the bounds.
                unsafe { multiply::run::<$lanes, InColumns>(tiles, target) }
            }
            $(#[target_feature(enable = $features)])?
            unsafe fn pack(source: *const $type, stride: usize, sizes: (usize, usize), panel: *mut $type) {
                // SAFETY: the caller vouches for the CPU and the bounds.
                unsafe { panels::run::<$lanes>(source, stride, sizes, panel) }
            }
            $(#[target_feature(enable = $features)])?
            unsafe fn gradient(tiles: &Tiles<$type>, store: &Store<$type>) {
                // SAFETY: the caller vouches for the CPU and the bounds.
                unsafe { product::tiles::<$lanes, _, OnePanel>(tiles, store) }
            }
            $(#[target_feature(enable = $features)])?
            unsafe fn update(tiles: &Tiles<$type>, target: &Target<$type>, rule: &Rule<$type>) {
                // SAFETY: the caller vouches for the CPU and the bounds.
                unsafe { update::run::<$lanes>(tiles, target, rule) }
            }
            $(#[target_feature(enable = $features)])?
            unsafe fn apply(rule: &Rule<$type>, parameter: &mut [$type], states: &mut [&mut [$type]], gradient: &[$type]) {
                rule::run(rule, parameter, states, gradient);
            }
            $(#[target_feature(enable = $features)])?
            unsafe fn drift(parameter: &mut [$type], velocity: &mut [$type], by: &Drift<$type>) {
                momentum_sparse::each(parameter, velocity, by);
            }
            $(#[target_feature(enable = $features)])?
            unsafe fn activate(values: &mut [$type], activation: Activation) {
                elementwise::apply(values, activation);
            }
            $(#[target_feature(enable = $features)])?
            unsafe fn activate_backward(gradient: &mut [$type], output: &[$type], activation: Activation) {
                elementwise::apply_backward(gradient, output, activation);
            }
            $(#[target_feature(enable = $features)])?
            unsafe fn fold(values: &mut [$type], scale: $type, base: &[$type]) {
                elementwise::apply_fold(values, scale, base);
            }
            $(#[target_feature(enable = $features)])?
            unsafe fn add_rows(sums: *mut $type, rows: *const $type, count: usize) {
                // SAFETY: the caller vouches for the CPU and the bounds.
                unsafe { reduce::accumulate::<$lanes>(sums, rows, count) }
            }
            $(#[target_feature(enable = $features)])?
            unsafe fn sparse_product(job: &Forward<'_, $type>) {
                // SAFETY: the caller vouches for the CPU and the bounds.
                unsafe { sparse::forward::<$lanes>(job) }
            }
            $(#[target_feature(enable = $features)])?
            unsafe fn sparse_update(job: &Backward<'_, $type>, targets: &[Target<$type>; PANELS], rule: &Rule<$type>) {
                // SAFETY: the caller vouches for the CPU and the bounds.
                unsafe { sparse_update::run::<$lanes>(job, targets, rule) }
            }
            $(#[target_feature(enable = $features)])?
            unsafe fn sparse_gradient(job: &Backward<'_, $type>, out: &[*mut $type; PANELS]) {
                // SAFETY: the caller vouches for the CPU and the bounds.
                unsafe { sparse_update::backward::<$lanes, _>(job, &sparse_update::Storing(out)) }
            }
            $(#[target_feature(enable = $features)])?
            unsafe fn widen(bytes: &[u8], values: &mut [$type]) {
                elementwise::apply_widen(bytes, values);
            }
            $(#[target_feature(enable = $features)])?
            unsafe fn judge(
                goal: &crate::loss::Goal<'_, $type>,
                rows: &[u32],
                sizes: (usize, usize),
                outputs: &[$type],
                gradient: &mut [$type],
                found: (&mut [f64], &mut [bool]),
            ) {
                crate::loss::judge_rows(goal, rows, sizes, outputs, gradient, found);
            }
            $(#[target_feature(enable = $features)])?
            unsafe fn small_step(
                step: &crate::small::Small<'_, $type>,
                state: &mut [$type],
                work: &mut [$type],
                found: (&mut [f64], &mut [bool]),
            ) {
                crate::small::run(step, state, work, found);
            }
            $(#[target_feature(enable = $features)])?
            unsafe fn transpose(source: *const $type, stride: usize, rows: usize, target: *mut $type) {
                // SAFETY: the caller vouches for the CPU and the bounds.
                unsafe { crate::transpose::square::<$lanes>(source, stride, rows, target) }
            }
            $(#[target_feature(enable = $features)])?
            unsafe fn peak(rounds: usize) -> usize {
                // SAFETY: the caller vouches for the CPU.
                unsafe { crate::peak::run::<$lanes>(rounds) }
            }
        }
    };
}
pub(crate) use kernels;
