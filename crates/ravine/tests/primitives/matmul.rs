use crate::{bits, code, laid, naive, nan, numbers, seen};
use proptest::prelude::*;
use ravine::{Element, matmul};

const SIZES: [usize; 7] = [0, 1, 7, 33, 48, 49, 100];

/// A·B whichever way A, B and C lie; C is NaN before.
fn check_matmul<T: Element>(m: usize, k: usize, n: usize) {
    let (a, b) = (numbers::<T>((m, k), 1), numbers::<T>((k, n), 2));
    let expected = naive(&a, &b, |_| T::ZERO);
    for ways in 0..27 {
        let [way_a, way_b, way_c] = [ways / 9, ways / 3 % 3, ways % 3];
        let (a, b) = (laid(&a, way_a), laid(&b, way_b));
        let mut c = laid(&nan((m, n)), way_c);
        matmul(seen(a.view(), way_a), seen(b.view(), way_b), seen(c.view_mut(), way_c)).unwrap();
        assert!(bits(seen(c.view(), way_c)) == bits(expected.view()), "{m} × {k} × {n}, {way_a} {way_b} {way_c}");
        assert_eq!(c.iter().filter(|value| value.is_finite()).count(), m * n, "what lies between is left alone");
    }
}

fn check_sizes<T: Element>() {
    for m in SIZES {
        for k in SIZES {
            SIZES.into_iter().for_each(|n| check_matmul::<T>(m, k, n));
        }
    }
    check_matmul::<T>(3, 9000, 5);
}

#[test]
fn matmul_is_chains_in_f32() {
    check_sizes::<f32>();
}

#[test]
fn matmul_is_chains_in_f64() {
    check_sizes::<f64>();
}

/// Large enough to be shared among threads, with rows and columns left over.
#[test]
fn a_shared_matmul_is_chains_too() {
    check_matmul::<f32>(301, 239, 257);
    check_matmul::<f64>(259, 263, 249);
    // Few panels are cut between rows.
    check_matmul::<f32>(3001, 41, 37);
}

/// More steps than are summed at a time, and as many.
#[test]
fn long_chains_go_on() {
    for k in [512, 1024, 1025, 2500, 4096] {
        check_matmul::<f32>(5, k, 35);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn matmul_is_chains_whatever_the_shape(m in 0..80_usize, k in 0..300_usize, n in 0..80_usize) {
        check_matmul::<f32>(m, k, n);
    }
}

#[test]
fn shapes_that_disagree_are_refused() {
    let [small, wide] = [(2, 3), (3, 4)].map(|shape| numbers::<f32>(shape, 1));
    let (a, b) = (small.view(), wide.view());
    assert_eq!(code((2, 3), |c| matmul(a, a, c)), "ERR_RAVINE_SHAPE");
    assert_eq!(code((2, 3), |c| matmul(a, b, c)), "ERR_RAVINE_SHAPE");
}
