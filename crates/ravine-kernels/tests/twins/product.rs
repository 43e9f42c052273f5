use crate::{CHAIN, bits, both, nan, numbers, panics};
use ravine_kernels::{Element, Isa, gradient, padded, product};

const ROWS: [usize; 10] = [0, 1, 2, 3, 5, 11, 12, 13, 25, 64];
const STEPS: [usize; 10] = [0, 1, 31, 32, 33, 100, 4095, 4096, 4097, 9000];

both! { a_product_is_a_chain a_gradient_is_a_chain what_is_too_short_panics }

/// start + Σ aₛ·bₛ, cut at multiples of [`CHAIN`].
fn chain<T: Element>(start: T, steps: usize, term: impl Fn(usize) -> (T, T)) -> T {
    let part = |start, first| {
        (first..steps.min(first + CHAIN)).fold(start, |sum, s| {
            let (a, b) = term(s);
            a.fma(b, sum)
        })
    };
    (CHAIN..steps).step_by(CHAIN).fold(part(start, 0), |total, first| total + part(T::ZERO, first))
}

fn a_product_is_a_chain<T: Element>() {
    for rows in ROWS {
        for steps in STEPS {
            // The first rows of a larger matrix, and the last.
            for (first, started) in [(0, false), (7, true)] {
                check_product::<T>((rows, steps), first, started.then(|| numbers(T::PANEL, 3)));
            }
        }
    }
}

fn check_product<T: Element>((rows, steps): (usize, usize), first: usize, start: Option<Vec<T>>) {
    let (capacity, values, b) = (rows + 7, numbers::<T>(rows * steps, 1), numbers::<T>(steps * T::PANEL, 2));
    // What should not be read is NaN.
    let mut a = nan(padded::<T>(steps) * capacity);
    for (i, &value) in values.iter().enumerate() {
        let (r, s) = (first + i / steps, i % steps);
        a[(s / T::PANEL * capacity + r) * T::PANEL + s % T::PANEL] = value;
    }
    let twin = |i: usize| {
        let (r, j) = (i / T::PANEL, i % T::PANEL);
        let start = start.as_ref().map_or(T::ZERO, |start| start[j]);
        chain(start, steps, |s| (values[r * steps + s], b[s * T::PANEL + j]))
    };
    let expected: Vec<T> = (0..rows * T::PANEL).map(twin).collect();
    for isa in Isa::available() {
        let mut out = nan(rows * T::PANEL);
        product(isa, &a, capacity, first, &b, start.as_deref(), &mut out);
        assert_eq!(bits(&out), bits(&expected), "{} {rows} × {steps} from {first}", isa.name());
    }
}

fn a_gradient_is_a_chain<T: Element>() {
    for steps in STEPS {
        for columns in ROWS.map(|columns| columns.min(T::PANEL)) {
            for first in [0, T::PANEL - columns] {
                check_gradient::<T>(steps, first, columns);
            }
        }
    }
}

fn check_gradient<T: Element>(steps: usize, first: usize, columns: usize) {
    let (a, b) = (numbers::<T>(steps * T::PANEL, 1), numbers::<T>(steps * T::PANEL, 2));
    let twin = |i: usize| {
        let (c, j) = (i / T::PANEL, i % T::PANEL);
        chain(T::ZERO, steps, |r| (a[r * T::PANEL + first + c], b[r * T::PANEL + j]))
    };
    let expected: Vec<T> = (0..columns * T::PANEL).map(twin).collect();
    for isa in Isa::available() {
        let mut out = nan(columns * T::PANEL);
        gradient(isa, &a, first, &b, &mut out);
        assert_eq!(bits(&out), bits(&expected), "{} {steps} × {columns} from {first}", isa.name());
    }
}

fn what_is_too_short_panics<T: Element>() {
    let values = numbers::<T>(3 * T::PANEL, 0);
    let refuses = |a: usize, capacity: usize, first: usize, start: Option<usize>| {
        let (a, start) = (&values[..a], start.map(|start| &values[..start]));
        let (steps, mut out) = (&values[..2 * T::PANEL], nan(T::PANEL));
        panics(|| product(Isa::chosen(), a, capacity, first, steps, start, &mut out))
    };
    assert!(!refuses(T::PANEL, 1, 0, Some(T::PANEL)));
    assert!(refuses(T::PANEL - 1, 1, 0, None));
    assert!(refuses(T::PANEL, 1, 0, Some(T::PANEL - 1)));
    assert!(refuses(T::PANEL, 1, 1, None));
    assert!(refuses(T::PANEL, 1, usize::MAX, None));
    // capacity·PANEL would be 0 if it wrapped.
    assert!(refuses(0, usize::MAX / T::PANEL + 1, 0, None));

    let refuses = |a: usize, first: usize| {
        let mut out = nan(T::PANEL);
        panics(|| gradient(Isa::chosen(), &values[..a], first, &values[..2 * T::PANEL], &mut out))
    };
    assert!(!refuses(2 * T::PANEL, T::PANEL - 1));
    assert!(refuses(2 * T::PANEL - 1, 0));
    assert!(refuses(2 * T::PANEL, T::PANEL));
    assert!(refuses(2 * T::PANEL, usize::MAX));
}

/// A layer without inputs is its bias, whichever rows of nothing are asked for.
#[test]
fn no_steps_read_nothing() {
    let mut out = nan::<f32>(64);
    product(Isa::chosen(), &[], 5, 3, &[], Some(&[1.5; 32]), &mut out);
    assert_eq!(out, [1.5; 64]);
    gradient(Isa::chosen(), &[], 30, &[], &mut out);
    assert_eq!(out, [0.0; 64]);
}
