use crate::{bits, both, nan, numbers, panics};
use ravine_kernels::{
    Element, Isa, pack, pack_panel, padded, transpose_panel, transpose_square, unpack, untranspose_panel,
};

both! { packing_goes_forth_and_back vectors_pack_alike transposing_goes_forth_and_back a_square_is_turned columns_are_padded_to_panels }

fn shapes() -> impl Iterator<Item = (usize, usize)> {
    let sides: &[usize] = if cfg!(miri) { &[1, 17, 33] } else { &[1, 2, 15, 16, 17, 31, 32, 33, 70] };
    sides.iter().flat_map(move |&rows| sides.iter().map(move |&columns| (rows, columns)))
}

/// The panels that `side` numbers across make, each [height][PANEL], by `fill(first, panel)`.
fn panels<T: Element>(side: usize, height: usize, fill: impl Fn(usize, &mut [T])) -> Vec<Vec<T>> {
    let panel = |first| {
        let mut panel = nan(height * T::PANEL);
        fill(first, &mut panel);
        panel
    };
    (0..side).step_by(T::PANEL).map(panel).collect()
}

/// Whether panels hold value(row, column) of a matrix `side` wide, and zeros beyond it.
fn hold<T: Element>(panels: &[Vec<T>], side: usize, value: impl Fn(usize, usize) -> T) -> bool {
    let panels = panels.iter().enumerate();
    let mut values = panels.flat_map(|(p, panel)| panel.iter().enumerate().map(move |(i, value)| (p, i, value)));
    values.all(|(p, i, &found)| {
        let (row, column) = (i / T::PANEL, p * T::PANEL + i % T::PANEL);
        found == if column < side { value(row, column) } else { T::ZERO }
    })
}

fn vectors_pack_alike<T: Element>() {
    for (rows, columns) in shapes() {
        let matrix = numbers::<T>(rows * columns, 1);
        for isa in Isa::available() {
            let packed = panels(columns, rows, |first, panel| {
                pack_panel(isa, &matrix[first..], columns, T::PANEL.min(columns - first), panel);
            });
            assert!(hold(&packed, columns, |row, column| matrix[row * columns + column]), "{rows} × {columns}");
        }
    }
    let mut panel = nan::<T>(2 * T::PANEL);
    let mut refuses =
        |len, stride, width| panics(|| pack_panel(Isa::chosen(), &numbers(len, 1), stride, width, &mut panel));
    assert!(!refuses(8, 5, 3) && refuses(7, 5, 3));
    assert!(refuses(8, usize::MAX, 3) && refuses(200, 100, T::PANEL + 1));
}

fn packing_goes_forth_and_back<T: Element>() {
    for (rows, columns) in shapes() {
        let matrix = numbers::<T>(rows * columns, 1);
        let packed = panels(columns, rows, |first, panel| pack(&matrix, columns, first, panel));
        assert!(hold(&packed, columns, |row, column| matrix[row * columns + column]), "{rows} × {columns}");
        let mut back = nan(matrix.len());
        packed.iter().enumerate().for_each(|(p, panel)| unpack(panel, &mut back, columns, p * T::PANEL));
        assert_eq!(bits(&back), bits(&matrix), "{rows} × {columns}");
    }
}

fn transposing_goes_forth_and_back<T: Element>() {
    for (rows, columns) in shapes() {
        let matrix = numbers::<T>(rows * columns, 1);
        let turned =
            panels(rows, columns, |first, panel| transpose_panel(Isa::chosen(), &matrix, columns, first, panel));
        assert!(hold(&turned, rows, |column, row| matrix[row * columns + column]), "{rows} × {columns}");
        let mut back = nan(matrix.len());
        turned.iter().enumerate().for_each(|(p, panel)| untranspose_panel(panel, &mut back, columns, p * T::PANEL));
        assert_eq!(bits(&back), bits(&matrix), "{rows} × {columns}");
    }
}

fn a_square_is_turned<T: Element>() {
    for rows in [0, 1, T::PANEL - 1, T::PANEL] {
        let source = numbers::<T>(rows * T::PANEL, 1);
        for isa in Isa::available() {
            let mut target = nan(T::PANEL * T::PANEL);
            transpose_square(isa, &source, T::PANEL, rows, &mut target);
            assert!(hold(&[target], rows, |j, r| source[r * T::PANEL + j]), "{} {rows}", isa.name());
        }
    }
}

fn columns_are_padded_to_panels<T: Element>() {
    let panel = T::PANEL;
    assert_eq!(panel * size_of::<T>(), 128);
    assert_eq!([0, 1, panel, panel + 1].map(padded::<T>), [0, panel, panel, 2 * panel]);
}
