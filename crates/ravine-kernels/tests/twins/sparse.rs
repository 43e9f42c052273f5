use crate::{bits, both, nan, numbers, panics};
use ravine_kernels::{
    BLOCK, Columns, Element, Isa, Lists, Numbers, Out, Part, Row, Rows, Rule, add_rows, gradient, list, padded,
    product, sift, sparse_gradient, sparse_product, sparse_update, update,
};

both! { a_sparse_product_is_the_dense_one a_sparse_update_is_the_dense_one a_sparse_gradient_is_the_dense_one every_store_gives_the_same_lists_and_panels lists_of_nonsense_stay_inside }

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
    let mut lists = nan(batch * Lists::<T>::size(inputs, inputs));
    let targets = lists.chunks_exact_mut(Lists::<T>::size(inputs, inputs));
    bytes.chunks_exact(inputs).take(rows).zip(targets).for_each(|(row, target)| list(Row::Bytes(row), target, inputs));
    lists
}

fn columns<T: Element>(bytes: &[u8], shape: (usize, usize, usize)) -> Vec<T> {
    sifted(&lists(bytes, shape), shape)
}

fn sifted<T: Element>(rows_in: &[T], (rows, inputs, batch): (usize, usize, usize)) -> Vec<T> {
    let mut columns = nan(inputs.div_ceil(T::PANEL) * Columns::<T>::size(batch));
    for (block, columns) in columns.chunks_mut(BLOCK / T::PANEL * Columns::<T>::size(batch)).enumerate() {
        sift(Lists { rows: rows_in, inputs, most: inputs }, rows, block, columns, batch);
    }
    columns
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

/// (rows, inputs, batch); the last has chains that are cut.
const SHAPES: &[(usize, usize, usize)] = if cfg!(miri) {
    &[(1, 1, 1), (3, 33, 4)]
} else {
    &[(1, 1, 1), (5, 33, 8), (64, 100, 64), (13, 50, 20), (3, 784, 4), (2, 8300, 3)]
};

fn a_sparse_product_is_the_dense_one<T: Element>() {
    for (shape @ (rows, inputs, batch), panels) in SHAPES.iter().copied().zip([1, 2, 3, 5, 4, 2]) {
        let bytes = bytes(rows, inputs);
        let (lists, x) = (lists::<T>(&bytes, shape), dense::<T>(&bytes, shape));
        let weight = numbers::<T>(panels * inputs * T::PANEL, 1);
        let start = numbers::<T>(panels * T::PANEL, 6);
        for (isa, start) in Isa::available().into_iter().flat_map(|isa| [(isa, None), (isa, Some(&start[..]))]) {
            let (mut out, mut sums) = (nan::<T>(panels * batch * T::PANEL), nan::<T>(panels * T::PANEL));
            let lists = Lists { rows: &lists, inputs, most: inputs };
            sparse_product(isa, lists, &weight, start, (rows, batch), (&mut out, &mut sums));
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
    let nesterov = Rule::new("nesterov", &[0.9, 1.0, 0.1, 0.01, 0.0]).expect("a row of five");
    let adam = Rule::new("adam", &[0.9, 0.1, 0.99, 0.01, 0.1, 1.5, 1e-8, 0.01, 0.0]).expect("a row of nine");
    for (shape, panels) in SHAPES.iter().copied().zip([1, 2, 3, 4, 4, 2]) {
        for rule in [nesterov, adam] {
            Isa::available().into_iter().for_each(|isa| check_update::<T>(isa, shape, panels, &rule));
        }
    }
}

fn check_update<T: Element>(isa: Isa, shape: (usize, usize, usize), panels: usize, rule: &Rule<T>) {
    let ((rows, inputs, batch), size) = (shape, shape.1 * T::PANEL);
    let bytes = bytes(rows, inputs);
    let (columns, x) = (columns::<T>(&bytes, shape), dense::<T>(&bytes, shape));
    let (scale, shift) = (T::from_f64(0.3), numbers::<T>(panels * T::PANEL, 3));
    let delta = numbers::<T>(panels * batch * T::PANEL, 2);
    let held = || [4, 5, 6].map(|seed| numbers::<T>(panels * size, seed).iter().map(|number| number.abs()).collect());
    let (mut sparse, mut whole): ([Vec<T>; 3], [Vec<T>; 3]) = (held(), held());
    let columns = Columns { lists: &columns, batch };
    sparse_update(isa, columns, 0..inputs, &delta, &mut parts(&mut sparse, size), rule, (scale, &shift));
    for (p, part) in parts(&mut whole, size).iter_mut().enumerate() {
        let (delta, shift) = (&delta[p * batch * T::PANEL..][..rows * T::PANEL], &shift[p * T::PANEL..]);
        for (k, first) in (0..size).step_by(T::PANEL * T::PANEL).enumerate() {
            let x = &x[k * batch * T::PANEL..][..rows * T::PANEL];
            let mut part = part.within(first..size.min(first + T::PANEL * T::PANEL));
            update(isa, x, delta, &mut part, rule, Some((scale, shift)), T::PANEL);
        }
    }
    assert_eq!(sparse.map(|array| bits(&array)), whole.map(|array| bits(&array)), "{} {shape:?} {rule:?}", isa.name());
}

/// A weight and two states, panel by panel.
fn parts<T: Element>([weight, first, second]: &mut [Vec<T>; 3], size: usize) -> Vec<Part<'_, T>> {
    let states = first.chunks_exact_mut(size).zip(second.chunks_exact_mut(size));
    weight.chunks_exact_mut(size).zip(states).map(|(weight, (m, v))| Part::new(weight, [m, v])).collect()
}

fn a_sparse_gradient_is_the_dense_one<T: Element>() {
    for (shape @ (rows, inputs, batch), panels) in SHAPES.iter().copied().zip([1, 2, 3, 4, 4, 2]) {
        let bytes = bytes(rows, inputs);
        let (columns, x) = (columns::<T>(&bytes, shape), dense::<T>(&bytes, shape));
        let delta = numbers::<T>(panels * batch * T::PANEL, 2);
        for isa in Isa::available() {
            let columns = Columns { lists: &columns, batch };
            let [mut found, mut expected] = [(); 2].map(|()| nan::<T>(panels * inputs * T::PANEL));
            let mut outs: Vec<_> = found.chunks_exact_mut(inputs * T::PANEL).collect();
            sparse_gradient(isa, columns, 0..inputs, &delta, &mut outs);
            assert!(panics(|| sparse_gradient(isa, columns, 0..inputs + 1, &delta, &mut outs)));
            for (p, expected) in expected.chunks_exact_mut(inputs * T::PANEL).enumerate() {
                let delta = &delta[p * batch * T::PANEL..][..rows * T::PANEL];
                for (k, square) in expected.chunks_mut(T::PANEL * T::PANEL).enumerate() {
                    gradient(isa, &x[k * batch * T::PANEL..][..rows * T::PANEL], 0, delta, square);
                }
            }
            assert_eq!(bits(&found), bits(&expected), "{} {shape:?}", isa.name());
        }
    }
}

/// What each row has.
type Store<'a, T> = &'a dyn Fn(usize) -> Row<'a, T>;

fn every_store_gives_the_same_lists_and_panels<T: Element>() {
    for &shape @ (rows, inputs, _) in SHAPES {
        let bytes = bytes(rows, inputs);
        let floats: Vec<T> = bytes.iter().map(|&byte| T::from_byte(byte)).collect();
        // A zero may be listed, too.
        let listed = |place: &usize| bytes[*place] != 0 || place.is_multiple_of(5);
        let places: Vec<usize> = (0..rows * inputs).filter(listed).collect();
        let columns: Vec<u32> = places.iter().map(|place| (place % inputs) as u32).collect();
        let (few, fewer): (Vec<u8>, Vec<T>) = places.iter().map(|&place| (bytes[place], floats[place])).unzip();
        let entries = |row: usize| {
            let place = |row: usize| places.partition_point(|&place| place < row * inputs);
            place(row)..place(row + 1)
        };
        let of_bytes = |row: usize| Row::Bytes(&bytes[row * inputs..][..inputs]);
        let of_floats = |row: usize| Row::Floats(&floats[row * inputs..][..inputs]);
        let of_few = |row: usize| Row::Listed(&columns[entries(row)], Numbers::Bytes(&few[entries(row)]));
        let of_fewer = |row: usize| Row::Listed(&columns[entries(row)], Numbers::Floats(&fewer[entries(row)]));
        let masks = |row: &[u8]| row.iter().enumerate().fold(0, |mask, (i, &byte)| mask | u64::from(byte != 0) << i);
        let masks: Vec<Vec<u64>> = bytes.chunks(inputs).map(|row| row.chunks(64).map(masks).collect()).collect();
        let packed: Vec<Vec<u8>> =
            bytes.chunks(inputs).map(|row| row.iter().copied().filter(|&byte| byte != 0).collect()).collect();
        let of_packed = |row: usize| Row::Masked(&masks[row], Numbers::Bytes(&packed[row]));
        let stores: [Store<'_, T>; 5] = [&of_bytes, &of_floats, &of_few, &of_fewer, &of_packed];
        let found = stores.map(|store| contents(store, shape));
        assert!(found.iter().all(|other| *other == found[0]), "{shape:?}");
    }
}

/// What [`contents`] finds.
type Contents = (Vec<(usize, u32, u64)>, Vec<Vec<usize>>, Vec<u64>);

/// (column, row, bits of the number) of every entry in the lists of some rows, absent rows by both lists, and the rows as they were.
fn contents<T: Element>(row: Store<'_, T>, (rows, inputs, batch): (usize, usize, usize)) -> Contents {
    let size = Lists::<T>::size(inputs, inputs);
    let mut lists = nan::<T>(batch * size);
    lists.chunks_exact_mut(size).take(rows).enumerate().for_each(|(r, to)| list(row(r), to, inputs));
    let (lists, columns) = (Lists { rows: &lists, inputs, most: inputs }, sifted(&lists, (rows, inputs, batch)));
    let panels = columns.chunks_exact(Columns::<T>::size(batch)).map(|panel| panel.split_at(T::PANEL));
    let entries = panels.enumerate().flat_map(|(p, (counts, pairs))| {
        let column = move |c: usize| pairs[c * 2 * batch..].chunks(2).take(counts[c].index() as usize);
        let entry = move |c: usize, pair: &[T]| (p * T::PANEL + c, pair[0].index(), pair[1].to_f64().to_bits());
        (0..T::PANEL).flat_map(move |c| column(c).map(move |pair| entry(c, pair)))
    });
    let by_columns = Columns { lists: &columns, batch };
    let absent: Vec<Vec<usize>> = (0..inputs).map(|column| by_columns.absent(column, rows).collect()).collect();
    assert!((0..inputs).all(|column| lists.absent(column, rows).eq(absent[column].iter().copied())));
    let mut dense = nan::<T>(rows * inputs);
    dense.chunks_mut(inputs).enumerate().for_each(|(r, to)| row(r).write(Isa::SCALAR, to));
    (entries.collect(), absent, bits(&dense))
}

fn lists_of_nonsense_stay_inside<T: Element>() {
    let (rows, inputs, batch): (usize, usize, usize) = (3, if cfg!(miri) { 33 } else { 100 }, 5);
    for word in [u32::MAX, 7, inputs as u32, 2 * inputs as u32] {
        let nonsense = vec![T::from_index(word); 4 * batch * Lists::<T>::size(inputs, inputs)];
        let weight = numbers::<T>(inputs * T::PANEL, 1);
        for isa in Isa::available() {
            let (mut out, mut sums) = (vec![T::ZERO; batch * T::PANEL], vec![T::ZERO; T::PANEL]);
            let lists = Lists { rows: &nonsense, inputs, most: inputs };
            sparse_product(isa, lists, &weight, None, (rows, batch), (&mut out, &mut sums));
            assert!(
                bits(&out[rows * T::PANEL..]).iter().all(|&word| word == 0),
                "rows beyond the batch are not written"
            );
            let (mut w, mut v) = (weight.clone(), weight.clone());
            let columns = Columns { lists: &nonsense, batch };
            let delta = numbers::<T>(batch * T::PANEL, 2);
            let rule = Rule::new("momentum", &[0.0; 5]).expect("a row of five");
            let mut update = |range| {
                sparse_update(
                    isa,
                    columns,
                    range,
                    &delta,
                    &mut [Part::new(&mut w, [&mut v[..]])],
                    &rule,
                    (T::ONE, &weight),
                );
            };
            update(0..inputs);
            assert!(panics(|| update(0..inputs + 1)));
            let wide = Lists { inputs: 2 * inputs, ..lists };
            assert!(panics(|| sparse_product(isa, wide, &weight, None, (rows, batch), (&mut out, &mut sums))));
            assert!(panics(|| sparse_product(isa, lists, &weight, None, (batch + 1, batch), (&mut out, &mut sums))));
        }
    }
}
