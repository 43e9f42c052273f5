//! Every instruction set of this CPU against naive twins, on hostile sizes, equal to the bit.

mod elementwise;
mod isa;
mod math;
mod momentum;
mod momentum_sparse;
mod multiply;
mod panels;
mod product;
mod reduce;
mod rules;
mod sparse;
mod update;

use ravine_kernels::Element;

/// Where chains are cut: a part of the contract, so it is said here again.
const CHAIN: usize = 4096;

/// Around tiles, vectors and panels. Sizes are few under Miri, which sees every access and takes thousands of times as long.
const LENGTHS: &[usize] = if cfg!(miri) { &[0, 1, 9, 33] } else { &[0, 1, 2, 7, 8, 9, 15, 16, 17, 31, 32, 33, 100] };

/// Tests of generic functions for both element types.
macro_rules! both {
    ($($test:ident)*) => {
        $(mod $test {
            #[test]
            fn f32() {
                super::$test::<f32>();
            }
            #[test]
            fn f64() {
                super::$test::<f64>();
            }
        })*
    };
}
use both;

/// Numbers in [−1, 1) with full mantissas; another `salt` gives others.
fn numbers<T: Element>(len: usize, salt: usize) -> Vec<T> {
    let number = |i: usize| ((i * 7919 + salt * 104_729) % 20_011) as f64 / 10_005.5 - 1.0;
    (0..len).map(|i| T::from_f64(number(i))).collect()
}

fn nan<T: Element>(len: usize) -> Vec<T> {
    vec![T::from_f64(f64::NAN); len]
}

/// −0 is not 0; one NaN is as good as another.
fn bits<T: Element>(values: &[T]) -> Vec<u64> {
    let word = |value: f64| if value.is_nan() { u64::MAX } else { value.to_bits() };
    values.iter().map(|value| word(value.to_f64())).collect()
}

fn panics(work: impl FnOnce()) -> bool {
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(work)).is_err()
}
