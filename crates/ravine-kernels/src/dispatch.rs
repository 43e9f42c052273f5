use crate::elementwise::Activation;
use crate::momentum::Momentum;
use crate::product::Tiles;

/// On (parameter, velocity, gradient) by a rule.
type Update<T> = unsafe fn(&mut [T], &mut [T], &[T], &Momentum<T>);

/// The arithmetic of one instruction set for one element type.
///
/// # Safety
///
/// Every entry requires that the CPU has the set; `product` and `gradient` also the bounds stated at [`Tiles`].
#[doc(hidden)]
#[derive(Clone, Copy)]
pub struct Kernels<T> {
    pub(crate) product: unsafe fn(&Tiles<T>),
    pub(crate) gradient: unsafe fn(&Tiles<T>),
    pub(crate) momentum: Update<T>,
    pub(crate) activate: unsafe fn(&mut [T], Activation),
    pub(crate) activate_backward: unsafe fn(&mut [T], &[T], Activation),
    pub(crate) fold: unsafe fn(&mut [T], T, &[T]),
    pub(crate) add_rows: unsafe fn(&mut [T], &[T]),
    pub(crate) peak: unsafe fn(usize) -> usize,
}

/// Compiles the generic arithmetic for one element type and instruction set, as `$type::KERNELS`.
macro_rules! kernels {
    ($type:ident, $lanes:ty $(, $features:literal)?) => {
        pub(crate) mod $type {
            use crate::dispatch::Kernels;
            use crate::elementwise::{self, Activation};
            use crate::momentum::{self, Momentum};
            use crate::product::{self, Tiles};
            use crate::reduce;

            pub(crate) static KERNELS: Kernels<$type> =
                Kernels { product, gradient, momentum, activate, activate_backward, fold, add_rows, peak };

            $(#[target_feature(enable = $features)])?
            unsafe fn product(tiles: &Tiles<$type>) {
                // SAFETY: the caller vouches for the CPU and the bounds.
                unsafe { product::tiles::<$lanes, false>(tiles) }
            }
            $(#[target_feature(enable = $features)])?
            unsafe fn gradient(tiles: &Tiles<$type>) {
                // SAFETY: the caller vouches for the CPU and the bounds.
                unsafe { product::tiles::<$lanes, true>(tiles) }
            }
            $(#[target_feature(enable = $features)])?
            unsafe fn momentum(parameter: &mut [$type], velocity: &mut [$type], gradient: &[$type], rule: &Momentum<$type>) {
                momentum::update(parameter, velocity, gradient, rule);
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
            unsafe fn add_rows(sums: &mut [$type], rows: &[$type]) {
                reduce::accumulate(sums, rows);
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
