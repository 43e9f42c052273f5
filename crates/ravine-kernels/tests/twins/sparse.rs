use crate::{bits, both, nan, numbers, panics};
use ravine_kernels::{
    Columns, Element, Isa, Momentum, Numbers, Out, Part, Rows, add_rows, padded, product, sift, sparse_product,
    sparse_update, update,
};

both! {
    a_sparse_product_is_the_dense_one a_sparse_update_is_the_dense_one every_store_gives_the_same_lists_and_panels
    lists_of_nonsense_stay_inside
}

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
        let start = numbers::<T>(panels * T::PANEL, 6);
        for (isa, start) in Isa::available().into_iter().flat_map(|isa| [(isa, None), (isa, Some(&start[..]))]) {
            let (mut out, mut sums) = (nan::<T>(panels * batch * T::PANEL), nan::<T>(panels * T::PANEL));
            let columns = Columns { lists: &lists, batch };
            sparse_product(isa, columns, inputs, &weight, start, rows, (&mut out, &mut sums));
            for p in 0..panels {
                let weight = &weight[p * inputs * T::PANEL..][..inputs * T::PANEL];
                let (mut expected, mut sum) = (vec![T::ZERO; rows * T::PANEL], vec![T::ZERO; T::PANEL]);
                let x = Rows { panels: &x, capacity: batch, first: 0 };
                let target = Out { values: &mut expected, stride: T::PANEL, rows, width: T::PANEL };
                product(isa, x, weight, start.map(|start| &start[p * T::PANEL..]), target);
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

/// A store of (row, columns) parts.
type Store<'a, T> = &'a dyn Fn(usize, std::ops::Range<usize>) -> Part<'a, T>;

fn every_store_gives_the_same_lists_and_panels<T: Element>() {
    for (rows, inputs, batch) in SHAPES {
        let bytes = bytes(rows, inputs);
        let floats: Vec<T> = bytes.iter().map(|&byte| T::from_byte(byte)).collect();
        // A zero may be listed, too.
        let listed = |place: &usize| bytes[*place] != 0 || place.is_multiple_of(5);
        let places: Vec<usize> = (0..rows * inputs).filter(listed).collect();
        let columns: Vec<u32> = places.iter().map(|place| (place % inputs) as u32).collect();
        let (few, fewer): (Vec<u8>, Vec<T>) = places.iter().map(|&place| (bytes[place], floats[place])).unzip();
        let entries = |row: usize, columns: &std::ops::Range<usize>| {
            let place = |column: usize| places.partition_point(|&place| place < row * inputs + column);
            place(columns.start)..place(columns.end)
        };
        let stores: [Store<'_, T>; 5] = [
            &|row, range| Part::Bytes(&bytes[row * inputs..][range]),
            &|row, range| Part::Floats(&floats[row * inputs..][range]),
            &|row, range| {
                let entries = entries(row, &range);
                Part::Listed(&columns[entries.clone()], range.start as u32, Numbers::Bytes(&few[entries]))
            },
            &|row, range| {
                let entries = entries(row, &range);
                Part::Listed(&columns[entries.clone()], range.start as u32, Numbers::Floats(&fewer[entries]))
            },
            &|row, range| {
                let entries = entries(row, &range);
                let places = columns[entries.clone()].iter().map(|&column| column as usize - range.start);
                Part::Masked(places.fold(0, |mask, place| mask | 1 << place), Numbers::Bytes(&few[entries.start..]))
            },
        ];
        for first in (0..inputs).step_by(T::PANEL) {
            let range = first..inputs.min(first + T::PANEL);
            let found = stores.map(|store| contents(&|row| store(row, range.clone()), (rows, range.len(), batch)));
            assert!(found.iter().all(|other| *other == found[0]), "{rows} rows, columns {range:?}");
        }
    }
}

/// (column, row, bits of the number) of every entry in the lists of some parts; the rows that are absent from each column; and the
/// bits of the parts as panels.
type Contents = (Vec<(usize, u32, u64)>, Vec<Vec<usize>>, Vec<u64>);

fn contents<'a, T: Element>(
    part: &dyn Fn(usize) -> Part<'a, T>,
    (rows, width, batch): (usize, usize, usize),
) -> Contents {
    let mut lists = nan::<T>(Columns::<T>::size(batch));
    sift((0..rows).map(part), &mut lists, batch);
    let (counts, pairs) = lists.split_at(T::PANEL);
    let column = |column: usize| pairs[column * 2 * (batch + 1)..].chunks(2).take(counts[column].index() as usize);
    let entry = |c: usize, pair: &[T]| (c, pair[0].index(), pair[1].to_f64().to_bits());
    let entries = (0..T::PANEL).flat_map(|c| column(c).map(move |pair| entry(c, pair)).collect::<Vec<_>>()).collect();
    let absent = (0..T::PANEL).map(|column| Columns { lists: &lists, batch }.absent(column, rows).collect()).collect();
    let mut panels = nan::<T>(rows * width);
    panels.chunks_mut(width).enumerate().for_each(|(row, panel)| part(row).scatter(Isa::SCALAR, panel));
    (entries, absent, bits(&panels))
}

fn lists_of_nonsense_stay_inside<T: Element>() {
    let (rows, inputs, batch) = (3, 40_usize, 5);
    let nonsense = vec![T::from_index(u32::MAX); inputs.div_ceil(T::PANEL) * Columns::<T>::size(batch)];
    let weight = numbers::<T>(inputs * T::PANEL, 1);
    for isa in Isa::available() {
        let (mut out, mut sums) = (vec![T::ZERO; batch * T::PANEL], vec![T::ZERO; T::PANEL]);
        let columns = Columns { lists: &nonsense, batch };
        sparse_product(isa, columns, inputs, &weight, None, rows, (&mut out, &mut sums));
        assert!(bits(&out[rows * T::PANEL..]).iter().all(|&word| word == 0), "rows beyond the batch are not written");
        assert!(panics(|| sparse_product(isa, columns, 2 * inputs, &weight, None, rows, (&mut out, &mut sums))));
        assert!(panics(|| sparse_product(isa, columns, inputs, &weight, None, batch + 1, (&mut out, &mut sums))));
    }
}
