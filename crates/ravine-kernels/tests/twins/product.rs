use crate::{CHAIN, bits, both, nan, numbers, panics};
use ravine_kernels::{Element, Isa, Out, Rows, gradient, padded, product};

const HEIGHTS: &[usize] = if cfg!(miri) { &[0, 1, 13] } else { &[0, 1, 2, 3, 5, 11, 12, 13, 25, 64] };
const STEPS: &[usize] = if cfg!(miri) { &[0, 17] } else { &[0, 1, 31, 32, 33, 100, 4095, 4096, 4097, 9000] };

/// How much wider than a panel rows are, and what part of a panel counts.
const SHAPES: [(usize, usize); 4] = [(0, 1), (5, 2), (1, 3), (0, 16)];

both! { a_product_is_a_chain a_gradient_is_a_chain what_is_too_short_panics }

/// start + Σ aₛ·bₛ, cut at multiples of [`CHAIN`].
pub(crate) fn chain<T: Element>(start: T, steps: usize, term: impl Fn(usize) -> (T, T)) -> T {
    let part = |start, first| {
        (first..steps.min(first + CHAIN)).fold(start, |sum, s| {
            let (a, b) = term(s);
            a.fma(b, sum)
        })
    };
    (CHAIN..steps).step_by(CHAIN).fold(part(start, 0), |total, first| total + part(T::ZERO, first))
}

fn a_product_is_a_chain<T: Element>() {
    for &rows in HEIGHTS {
        for &steps in STEPS {
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
    let a = Rows { panels: &a, capacity, first };
    for (isa, (stride, width)) in Isa::available().into_iter().flat_map(|isa| SHAPES.map(|shape| (isa, shape))) {
        let (stride, width) = (T::PANEL + stride, T::PANEL / width);
        let mut values = nan(rows * stride);
        product(isa, a, &b, start.as_deref(), Out { values: &mut values, stride, rows, width });
        for (row, expected) in values.chunks_exact(stride).zip(expected.chunks_exact(T::PANEL)) {
            let context = format!("{} {rows} × {steps} from {first}, {width} columns, {stride} apart", isa.name());
            assert_eq!(bits(&row[..width]), bits(&expected[..width]), "{context}");
            assert!(row[T::PANEL..].iter().all(|value| !value.is_finite()), "{context}: written between the rows");
        }
    }
}

fn a_gradient_is_a_chain<T: Element>() {
    for &steps in STEPS {
        for columns in HEIGHTS.iter().map(|&columns| columns.min(T::PANEL)) {
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
        let out = Out { values: &mut out, stride: T::PANEL, rows: 1, width: T::PANEL };
        panics(|| product(Isa::chosen(), Rows { panels: a, capacity, first }, steps, start, out))
    };
    assert!(!refuses(T::PANEL, 1, 0, Some(T::PANEL)));
    assert!(refuses(T::PANEL - 1, 1, 0, None));
    assert!(refuses(T::PANEL, 1, 0, Some(T::PANEL - 1)));
    assert!(refuses(T::PANEL, 1, 1, None));
    assert!(refuses(T::PANEL, 1, usize::MAX, None));
    // capacity·PANEL would be 0 if it wrapped.
    assert!(refuses(0, usize::MAX / T::PANEL + 1, 0, None));

    let refuses = |len: usize, stride: usize, rows: usize, width: usize| {
        let (mut out, a) = (nan(len), Rows { panels: &values, capacity: 3, first: 0 });
        panics(|| product(Isa::chosen(), a, &values, None, Out { values: &mut out, stride, rows, width }))
    };
    let panel = T::PANEL;
    assert!(!refuses(2 * panel, panel, 2, panel) && !refuses(2 * panel + 3, panel + 3, 2, 1));
    assert!(refuses(2 * panel - 1, panel, 2, panel) && refuses(2 * panel + 2, panel + 3, 2, 1));
    assert!(refuses(2 * panel, panel - 1, 2, panel) && refuses(2 * panel, panel, 2, panel + 1));
    assert!(refuses(2 * panel, usize::MAX, 3, panel));

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
    let nothing = Rows { panels: &[], capacity: 5, first: 3 };
    product(Isa::chosen(), nothing, &[], Some(&[1.5; 32]), Out { values: &mut out, stride: 32, rows: 2, width: 32 });
    assert_eq!(out, [1.5; 64]);
    gradient(Isa::chosen(), &[], 30, &[], &mut out);
    assert_eq!(out, [0.0; 64]);
}
