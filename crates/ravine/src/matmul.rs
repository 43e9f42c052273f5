use crate::error::{Result, expect_shape};
use crate::pool::{available_threads, share};
use crate::spare::Spare;
use ndarray::{ArrayView2, ArrayViewMut2, CowArray, Ix2};
use ravine_kernels::{Block, CHAIN, Element, Isa, Matrix, Start, multiply, pack_panel, transpose_rows};

/// Multiply–adds from which a second thread pays for being woken, and costs little where it sleeps.
const SHARED: usize = 1 << 22;
/// Parts of C for each thread: one that wakes late takes fewer.
const PARTS: usize = 4;
/// Rows between which C is cut.
const HEIGHT: usize = 24;
/// Steps of A that are summed at a time: of more, a panel of B leaves the second cache; of columns, other rows push them out of it.
const DEPTH: usize = 1024;
const TURNED: usize = 512;

/// C ← A·B.  `a` [m, k], `b` [k, n] (transposes are views), `c` [m, n] overwritten; its old values, even NaN, are never read.
///
/// # Errors
/// [`crate::Error::Shape`] when the sizes disagree.
pub fn matmul<T: Element>(a: ArrayView2<'_, T>, b: ArrayView2<'_, T>, mut c: ArrayViewMut2<'_, T>) -> Result<()> {
    let ((m, k), (_, n)) = (a.dim(), b.dim());
    expect_shape("matmul", "b", &[k, n], b.shape())?;
    expect_shape("matmul", "out", &[m, n], c.shape())?;
    if m == 0 || n == 0 {
        return Ok(());
    }
    match c.as_slice_mut() {
        Some(out) => affine(a, b, None, out, |_| {}),
        None => {
            let mut out = vec![T::ZERO; m * n];
            affine(a, b, None, &mut out, |_| {})?;
            c.iter_mut().zip(out).for_each(|(to, from)| *to = from);
            Ok(())
        }
    }
}

/// out[r] ← finish(start + A[r]·B); `out` row-major [m, n].  The threads take parts of it as they come.
pub(crate) fn affine<T: Element>(
    a: ArrayView2<'_, T>,
    b: ArrayView2<'_, T>,
    start: Option<&[T]>,
    out: &mut [T],
    finish: impl Fn(&mut [T]) + Sync,
) -> Result<()> {
    let (m, k, n) = (a.nrows(), a.ncols(), b.ncols());
    let threads = if m * n * k < SHARED { 1 } else { available_threads() };
    let (a, b) = (laid(a), laid(b));
    let (a, b) = (lying(a.view()), lying(b.view()));
    let work = |(row, column, mut out): (usize, usize, Block<'_, T>)| {
        let start = start.map_or(Start::Zero, |start| Start::Row(&start[column..]));
        let (a, b) = (a.from(row, 0), b.from(0, column));
        if b.turned && (T::PANEL / 2..=out.dim().1 / 2).contains(&out.dim().0) {
            crosswise(a, b, k, start, &mut out)
        } else {
            part(a, b, k, start, &mut out)
        }
        out.rows_mut().for_each(&finish);
    };
    if threads == 1 {
        work((0, 0, Block::new(out, m, n)));
        return Ok(());
    }
    share(threads, parts(Block::new(out, m, n), threads).into_iter(), work)
}

/// Some parts for each thread, cut between panels or, where these are few, between rows: (row, column, part).
fn parts<T: Element>(out: Block<'_, T>, threads: usize) -> Vec<(usize, usize, Block<'_, T>)> {
    let ((m, n), wanted) = (out.dim(), threads * PARTS);
    let wide = n.div_ceil(T::PANEL) >= 2 * threads;
    let (size, unit) = if wide { (n, T::PANEL) } else { (m, HEIGHT) };
    let step = (size / wanted).next_multiple_of(unit).max(unit);
    let mut rest = out;
    let cut = |first: usize| {
        let part;
        let out = std::mem::replace(&mut rest, Block::new(&mut [], 0, 0));
        (part, rest) = if wide { out.split_columns(step) } else { out.split_rows(step) };
        if wide { (0, first, part) } else { (first, 0, part) }
    };
    (0..size).step_by(step).map(cut).collect()
}

/// out ← (start + Bᵀ·Aᵀ)ᵀ: where the columns of B are contiguous and A has fewer rows, these and C are less to transpose.
fn crosswise<T: Element>(a: Matrix<'_, T>, b: Matrix<'_, T>, k: usize, start: Start<'_, T>, out: &mut Block<'_, T>) {
    let (m, n) = out.dim();
    let mut sums = Spare::new(m * n);
    let start = if let Start::Row(row) = start {
        sums.chunks_exact_mut(m).zip(row).for_each(|(sums, &start)| sums.fill(start));
        Start::Out
    } else {
        start
    };
    part(b.transposed(), a.transposed(), k, start, &mut Block::new(&mut sums, n, m));
    let (mut panel, mut rest) = (Spare::new(m * T::PANEL), out.reborrow());
    for sums in sums.chunks(m * T::PANEL) {
        let mut part;
        (part, rest) = rest.split_columns(T::PANEL);
        transpose_rows(Isa::chosen(), sums, m, part.dim().1, &mut panel);
        part.rows_mut()
            .zip(panel.chunks_exact(T::PANEL))
            .for_each(|(row, sums)| row.copy_from_slice(&sums[..row.len()]));
    }
}

/// out ← A·B on the thread that calls; `A` [rows, k], `B` [k, columns].
pub(crate) fn product<T: Element>(a: Matrix<'_, T>, b: Matrix<'_, T>, k: usize, out: &mut Block<'_, T>) {
    part(a, b, k, Start::Zero, out);
}

/// out ← start + A·B, some steps after the others: `A` from the part's first row on, `B` from its first column on.
fn part<T: Element>(a: Matrix<'_, T>, b: Matrix<'_, T>, k: usize, start: Start<'_, T>, out: &mut Block<'_, T>) {
    let depth = match (k > CHAIN, a.turned) {
        // A chain that is cut adds its parts in registers.
        (true, _) => k,
        (_, true) => TURNED,
        _ => DEPTH,
    };
    let mut panel = Spare::new(k.min(depth) * T::PANEL);
    for first in (0..k.max(1)).step_by(depth) {
        let panel = &mut panel[..depth.min(k - first) * T::PANEL];
        let start = if first > 0 { Start::Out } else { start };
        panels(a.from(0, first), b.from(first, 0), start, panel, out.reborrow());
    }
}

/// out ← start + A·B, panel by panel of B, which is packed on the way.
fn panels<T: Element>(a: Matrix<'_, T>, b: Matrix<'_, T>, start: Start<'_, T>, panel: &mut [T], mut out: Block<'_, T>) {
    for first in (0..out.dim().1).step_by(T::PANEL) {
        let mut part;
        (part, out) = out.split_columns(T::PANEL);
        let raw = raw_or_packed(b.from(0, first), part.dim().1, panel);
        let start = if let Start::Row(start) = start { Start::Row(&start[first..]) } else { start };
        multiply(Isa::chosen(), a, raw, panel, start, &mut part);
    }
}

/// The matrix, copied if neither its rows nor its columns lie one after the other.
fn laid<T: Element>(matrix: ArrayView2<'_, T>) -> CowArray<'_, T, Ix2> {
    match matrix.is_standard_layout() || matrix.t().is_standard_layout() {
        true => matrix.into(),
        false => matrix.as_standard_layout().into_owned().into(),
    }
}

/// How a matrix lies of which either the rows or the columns lie one after the other.
fn lying<T: Element>(matrix: ArrayView2<'_, T>) -> Matrix<'_, T> {
    let turned = !matrix.is_standard_layout();
    let values = if turned { matrix.reversed_axes().to_slice() } else { matrix.to_slice() };
    let stride = if turned { matrix.nrows() } else { matrix.ncols() };
    Matrix { values: values.expect("laid"), stride, turned }
}

/// The rows of a panel of B as they lie if they can be packed on the way; else the panel is packed.
fn raw_or_packed<'a, T: Element>(b: Matrix<'a, T>, width: usize, panel: &mut [T]) -> Option<(&'a [T], usize)> {
    match b {
        _ if panel.is_empty() => {}
        Matrix { turned: true, .. } => transpose_rows(Isa::chosen(), b.values, b.stride, width, panel),
        _ if width < T::PANEL => pack_panel(Isa::chosen(), b.values, b.stride, width, panel),
        _ => return Some((b.values, b.stride)),
    }
    None
}
