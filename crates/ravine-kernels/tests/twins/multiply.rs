use crate::product::chain;
use crate::{bits, both, nan, numbers, panics};
use ravine_kernels::{Block, Element, Isa, Matrix, Start, multiply};

const ROWS: &[usize] = if cfg!(miri) { &[0, 1, 13] } else { &[0, 1, 5, 7, 11, 12, 13, 29] };
const STEPS: &[usize] = if cfg!(miri) { &[0, 3] } else { &[0, 1, 31, 33, 100, 4097, 8200] };

both! { a_product_of_matrices_is_a_chain a_chain_goes_on what_is_too_short_panics blocks_keep_apart }

/// A matrix [rows, steps] with a(row, step) at the place that its way says, `gap` between its stored rows, all else NaN.
fn lay<T: Element>(values: &[T], (rows, steps): (usize, usize), turned: bool, gap: usize) -> (Vec<T>, usize) {
    let (height, width) = if turned { (steps, rows) } else { (rows, steps) };
    let stride = width + gap;
    // Not one element more than the last row needs.
    let mut laid = nan(if width == 0 { 0 } else { height * stride - gap.min(height * stride) });
    for (i, &value) in values.iter().enumerate() {
        let (row, step) = (i / steps, i % steps);
        laid[if turned { step * stride + row } else { row * stride + step }] = value;
    }
    (laid, stride)
}

fn a_product_of_matrices_is_a_chain<T: Element>() {
    for &rows in ROWS {
        for &steps in STEPS {
            let widths = [T::PANEL / 2 + 1, T::PANEL, 1, T::PANEL / 2 - 1, T::PANEL - 1];
            for width in widths.into_iter().take(if cfg!(miri) { 2 } else { 5 }) {
                check::<T>(rows, steps, width);
            }
        }
    }
}

fn check<T: Element>(rows: usize, steps: usize, width: usize) {
    let (values, start) = (numbers::<T>(rows * steps, 1), numbers::<T>(width, 3));
    let (b, b_stride) = (numbers::<T>((steps * (T::PANEL + 3)).saturating_sub(3), 2), T::PANEL + 3);
    let packed: Vec<T> = (0..steps * T::PANEL).map(|i| b[i / T::PANEL * b_stride + i % T::PANEL]).collect();
    let twin = |i: usize| {
        let (r, j) = (i / width, i % width);
        chain(start[j], steps, |s| (values[r * steps + s], packed[s * T::PANEL + j]))
    };
    let expected: Vec<T> = (0..rows * width).map(twin).collect();
    for (isa, way) in Isa::available().into_iter().flat_map(|isa| (0..4).map(move |way| (isa, way))) {
        let (turned, raw) = (way % 2 == 1, way >= 2);
        let (a, stride) = lay(&values, (rows, steps), turned, 5);
        let mut panel = if raw { nan(packed.len()) } else { packed.clone() };
        let raw = raw.then_some((&b[..], b_stride));
        // The block lies in the middle of a wider matrix.
        let mut out = nan(rows * (width + 4));
        let (_, right) = Block::new(&mut out, rows, width + 4).split_columns(2);
        let (mut block, _) = right.split_columns(width);
        let a = Matrix { values: &a, stride, turned };
        multiply(isa, a, raw, &mut panel, Start::Row(&start), &mut block);
        let context = format!("{} {rows} × {steps} × {width}, way {way}", isa.name());
        for (row, expected) in out.chunks_exact(width + 4).zip(expected.chunks_exact(width)) {
            assert_eq!(bits(&row[2..width + 2]), bits(expected), "{context}");
            assert_eq!(row.iter().filter(|value| value.is_finite()).count(), width, "{context}: written beside");
        }
    }
}

/// In two parts as in one.
fn a_chain_goes_on<T: Element>() {
    let (rows, steps, cut) = if cfg!(miri) { (13, 5, 2) } else { (17, 90, 37) };
    let width = T::PANEL - 3;
    let (values, b) = (numbers::<T>(rows * steps, 1), numbers::<T>(steps * T::PANEL, 2));
    for isa in Isa::available() {
        for turned in [false, true] {
            let (a, stride) = lay(&values, (rows, steps), turned, 0);
            let a = Matrix { values: &a, stride, turned };
            let (mut once, mut twice, mut b) = (nan(rows * width), nan(rows * width), b.clone());
            multiply(isa, a, None, &mut b, Start::Zero, &mut Block::new(&mut once, rows, width));
            let (first, rest) = b.split_at_mut(cut * T::PANEL);
            multiply(isa, a, None, first, Start::Zero, &mut Block::new(&mut twice, rows, width));
            multiply(isa, a.from(0, cut), None, rest, Start::Out, &mut Block::new(&mut twice, rows, width));
            assert_eq!(bits(&once), bits(&twice), "{} {turned}", isa.name());
        }
    }
}

fn what_is_too_short_panics<T: Element>() {
    let values = numbers::<T>(8 * T::PANEL, 1);
    let refuses = |(len, stride, turned), raw: Option<(usize, usize)>, start: usize, width: usize| {
        let (mut panel, mut out) = (values[..3 * T::PANEL].to_vec(), nan(2 * width));
        let a = Matrix { values: &values[..len], stride, turned };
        let raw = raw.map(|(len, stride)| (&values[..len], stride));
        let start = Start::Row(&values[..start]);
        panics(|| multiply(Isa::chosen(), a, raw, &mut panel, start, &mut Block::new(&mut out, 2, width)))
    };
    let (panel, whole) = (T::PANEL, (8, 5, false));
    assert!(!refuses(whole, None, 9, 9) && !refuses((12, 5, true), Some((3 * panel, panel)), panel, panel));
    assert!(refuses((7, 5, false), None, 9, 9) && refuses((11, 5, true), None, 9, 9));
    assert!(refuses((8, usize::MAX, false), None, 9, 9) && refuses((8, usize::MAX, true), None, 9, 9));
    assert!(refuses(whole, Some((3 * panel - 1, panel)), 9, 9) && refuses(whole, Some((panel, usize::MAX)), 9, 9));
    assert!(refuses(whole, None, 8, 9) && refuses(whole, None, panel + 1, panel + 1));
    assert!(panics(|| _ = Block::new(&mut nan::<T>(5), 2, 3)));
    assert!(panics(|| _ = Block::new(&mut nan::<T>(5), usize::MAX, 2)));
}

/// Blocks of a matrix write each its own elements, and all of them are there.
fn blocks_keep_apart<T: Element>() {
    let mut values = nan::<T>(6 * 10);
    let (above, below) = Block::new(&mut values, 6, 10).split_rows(4);
    let (left, right) = above.split_columns(7);
    let (all, none) = below.split_columns(99);
    for (number, mut block) in [left, right, all, none].into_iter().enumerate() {
        block.rows_mut().for_each(|row| row.fill(T::from_f64(number as f64)));
    }
    let expected = |i: usize| if i >= 40 { 2.0 } else { f64::from(u8::from(i % 10 >= 7)) };
    assert!(values.iter().enumerate().all(|(i, value)| value.to_f64() == expected(i)));
}
