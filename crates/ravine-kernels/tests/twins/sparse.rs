use crate::{bits, both, nan, numbers, panics};
use ravine_kernels::{
    Columns, Element, Isa, Momentum, Out, Part, Rows, add_rows, padded, product, sift, sparse_product, sparse_update,
    update,
};

both! { a_sparse_product_is_the_dense_one a_sparse_update_is_the_dense_one lists_of_nonsense_stay_inside }

/// Bytes [rows][inputs] of which few are not zero; some columns have none, some are full.
fn bytes(rows: usize, inputs: usize) -> Vec<u8> {
    let byte = |i: usize| match (i % inputs % 7, i * 7919 % 11) {
        (3, _) => 0,
        (5, _) => (i % 255 + 1) as u8,
        (_, 0 | 4) => (i * 31 % 256) as u8,
        _ => 0,
    };
    (0..rows * inputs).map(byte).collect()
}

fn lists<T: Element>(bytes: &[u8], (rows, inputs, batch): (usize, usize, usize)) -> Vec<T> {
    let mut lists = nan(inputs.div_ceil(T::PANEL) * Columns::<T>::size(batch));
    for (p, lists) in lists.chunks_exact_mut(Columns::<T>::size(batch)).enumerate() {
        let columns = p * T::PANEL..inputs.min((p + 1) * T::PANEL);
        sift((0..rows).map(|r| Part::Bytes(&bytes[r * inputs..][columns.clone()])), lists, batch);
    }
    lists
}

/// The same features as panels.
fn dense<T: Element>(bytes: &[u8], (rows, inputs, batch): (usize, usize, usize)) -> Vec<T> {
    let mut panels = vec![T::ZERO; padded::<T>(inputs) * batch];
    for (i, &byte) in bytes.iter().enumerate().take(rows * inputs) {
        let (r, k) = (i / inputs, i % inputs);
        panels[(k / T::PANEL * batch + r) * T::PANEL + k % T::PANEL] = T::from_byte(byte);
    }
    panels
}

const SHAPES: [(usize, usize, usize); 5] = [(1, 1, 1), (5, 33, 8), (64, 100, 64), (13, 50, 20), (3, 784, 4)];

fn a_sparse_product_is_the_dense_one<T: Element>() {
    for (shape @ (rows, inputs, batch), panels) in SHAPES.into_iter().zip([1, 2, 3, 5, 4]) {
        let bytes = bytes(rows, inputs);
        let (lists, x) = (lists::<T>(&bytes, shape), dense::<T>(&bytes, shape));
        let weight = numbers::<T>(panels * inputs * T::PANEL, 1);
        for isa in Isa::available() {
            let (mut out, mut sums) = (nan::<T>(panels * batch * T::PANEL), nan::<T>(panels * T::PANEL));
            let columns = Columns { lists: &lists, batch };
            sparse_product(isa, columns, inputs, &weight, rows, (&mut out, &mut sums));
            for p in 0..panels {
                let weight = &weight[p * inputs * T::PANEL..][..inputs * T::PANEL];
                let (mut expected, mut sum) = (vec![T::ZERO; rows * T::PANEL], vec![T::ZERO; T::PANEL]);
                let x = Rows { panels: &x, capacity: batch, first: 0 };
                let target = Out { values: &mut expected, stride: T::PANEL, rows, width: T::PANEL };
                product(isa, x, weight, None, target);
                add_rows(isa, &mut sum, weight);
                let context = format!("{} {shape:?} panel {p}", isa.name());
                assert_eq!(bits(&out[p * batch * T::PANEL..][..rows * T::PANEL]), bits(&expected), "{context}");
                assert_eq!(bits(&sums[p * T::PANEL..][..T::PANEL]), bits(&sum), "{context}");
            }
        }
    }
}

fn a_sparse_update_is_the_dense_one<T: Element>() {
    let rule = Momentum::new([0.9, 1.0, 0.1, 0.01, 0.0], true);
    let (scale, shift) = (T::from_f64(0.3), numbers::<T>(T::PANEL, 3));
    for shape @ (rows, inputs, batch) in SHAPES {
        let bytes = bytes(rows, inputs);
        let (lists, x) = (lists::<T>(&bytes, shape), dense::<T>(&bytes, shape));
        let delta = numbers::<T>(batch * T::PANEL, 2);
        for isa in Isa::available() {
            let states = || (numbers::<T>(inputs * T::PANEL, 4), numbers::<T>(inputs * T::PANEL, 5));
            let ((mut w, mut v), (mut dense_w, mut dense_v)) = (states(), states());
            let columns = Columns { lists: &lists, batch };
            sparse_update(isa, columns, 0..inputs, &delta, (&mut w, &mut v), &rule, (scale, &shift));
            let blocks = dense_w.chunks_mut(T::PANEL * T::PANEL).zip(dense_v.chunks_mut(T::PANEL * T::PANEL));
            for (p, states) in blocks.enumerate() {
                let x = &x[p * batch * T::PANEL..][..rows * T::PANEL];
                update(isa, x, &delta[..rows * T::PANEL], states, &rule, Some((scale, &shift)), T::PANEL);
            }
            assert_eq!((bits(&w), bits(&v)), (bits(&dense_w), bits(&dense_v)), "{} {shape:?}", isa.name());
        }
    }
}

fn lists_of_nonsense_stay_inside<T: Element>() {
    let (rows, inputs, batch) = (3, 40_usize, 5);
    let nonsense = vec![T::from_index(u32::MAX); inputs.div_ceil(T::PANEL) * Columns::<T>::size(batch)];
    let weight = numbers::<T>(inputs * T::PANEL, 1);
    for isa in Isa::available() {
        let (mut out, mut sums) = (vec![T::ZERO; batch * T::PANEL], vec![T::ZERO; T::PANEL]);
        let columns = Columns { lists: &nonsense, batch };
        sparse_product(isa, columns, inputs, &weight, rows, (&mut out, &mut sums));
        assert!(bits(&out[rows * T::PANEL..]).iter().all(|&word| word == 0), "rows beyond the batch are not written");
        assert!(panics(|| sparse_product(isa, columns, 2 * inputs, &weight, rows, (&mut out, &mut sums))));
        assert!(panics(|| sparse_product(isa, columns, inputs, &weight, batch + 1, (&mut out, &mut sums))));
    }
}
