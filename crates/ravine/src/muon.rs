//! Muon's update of a whole weight.

use crate::arena::{Block, Region};
use crate::matmul::product;
use crate::op::{Op, Reads, Step, Writes, taken};
use crate::parameter::{Allocator, Parameter};
use ravine_kernels::{Block as Out, Element, Matrix, Rule, sum16, transpose_panel, untranspose_panel};

/// X ← aX + (bA + cA²)X with A = XXᵀ, which takes singular values near 1 in a few steps.
const COEFFICIENTS: [f64; 3] = [3.4445, -4.775, 2.0315];
/// Is added to the norm that X is divided by.
const EPSILON: f64 = 1e-7;

/// The rule of [`ravine_kernels::Muon`] on a weight [outputs, inputs] and its velocity, where that is the parameter's. One tile.
pub(crate) struct Orthogonal {
    pub(crate) parameter: Parameter,
    pub(crate) sides: (usize, usize),
    pub(crate) work: Region,
}

impl Orthogonal {
    pub(crate) fn new(parameter: Parameter, sides: (usize, usize), work: &mut Allocator) -> Self {
        let (size, least) = (sides.0 * sides.1, sides.0.min(sides.1));
        // u in panels; X twice; A, A².
        Self { parameter, sides, work: work.take(parameter.value.len + 2 * size + 2 * least * least, 1) }
    }
}

impl<T: Element> Op<T> for Orthogonal {
    fn tiles(&self) -> usize {
        1
    }

    fn reads(&self) -> Vec<Region> {
        vec![self.parameter.gradient]
    }

    fn writes(&self, _: usize) -> Vec<Block> {
        let mut blocks = self.parameter.blocks(0, self.parameter.value.len);
        blocks.truncate(2);
        blocks.push(self.work.block(0, self.work.len));
        blocks
    }

    fn name(&self) -> String {
        format!("orthogonal update {}", self.parameter.number)
    }

    fn run(&self, _: usize, step: &Step<'_, T>, [gradient, ..]: Reads<'_, T>, writes: Writes<'_, T>) {
        let Some(Rule::Muon(rule)) = step.rules.of(self.parameter.number) else { return };
        let [mut weight, mut velocity, mut work] = taken(writes);
        let (panels, rest) = work.whole().split_at_mut(self.parameter.value.len);
        for ((u, m), &g) in panels.iter_mut().zip(velocity.whole()).zip(gradient) {
            (*m, *u) = rule.moved(*m, g);
        }
        let (outputs, inputs) = self.sides;
        let (x, rest) = rest.split_at_mut(outputs * inputs);
        each_panel::<T>(panels, inputs, |p, panel| untranspose_panel(panel, x, inputs, p * T::PANEL));
        normalise(x, inputs);
        orthogonalise(x, self.sides, rule.steps, rest);
        for (p, panel) in panels.chunks_exact_mut(inputs * T::PANEL).enumerate() {
            transpose_panel(step.isa, x, inputs, p * T::PANEL, panel);
        }
        let rate = rule.scaled(outputs, inputs);
        for (w, &u) in weight.whole().iter_mut().zip(&*panels) {
            *w = (-rate).fma(u, (-rule.decoupled).fma(*w, *w));
        }
    }
}

fn each_panel<T: Element>(panels: &[T], inputs: usize, mut work: impl FnMut(usize, &[T])) {
    panels.chunks_exact(inputs * T::PANEL).enumerate().for_each(|(p, panel)| work(p, panel));
}

/// X ← X / (‖X‖ + ε), the norm summed in f64 row by row.
fn normalise<T: Element>(x: &mut [T], columns: usize) {
    let square = |row: &[T]| row.iter().fold(0.0, |sum, x| sum + x.to_f64() * x.to_f64());
    let norm = T::from_f64(sum16(x.chunks_exact(columns).map(square)).sqrt() + EPSILON);
    x.iter_mut().for_each(|x| *x = *x / norm);
}

/// X of `sides`, turned while it has more rows than columns, made nearly orthogonal; `work` is as large as X and two squares.
fn orthogonalise<T: Element>(x: &mut [T], (rows, columns): (usize, usize), steps: usize, work: &mut [T]) {
    let (least, most) = (rows.min(columns), rows.max(columns));
    let (next, squares) = work.split_at_mut(x.len());
    let (square, fourth) = squares.split_at_mut(least * least);
    let tall = rows > columns;
    if tall {
        turn(x, columns, next);
        x.copy_from_slice(next);
    }
    let [a, b, c] = COEFFICIENTS.map(T::from_f64);
    for _ in 0..steps {
        product(matrix(x, most), matrix(x, most).transposed(), most, &mut Out::new(square, least, least));
        product(matrix(square, least), matrix(square, least), least, &mut Out::new(fourth, least, least));
        fourth.iter_mut().zip(&*square).for_each(|(fourth, &square)| *fourth = c.fma(*fourth, b * square));
        product(matrix(fourth, least), matrix(x, most), least, &mut Out::new(next, least, most));
        x.iter_mut().zip(&*next).for_each(|(x, &next)| *x = a.fma(*x, next));
    }
    if tall {
        turn(x, rows, next);
        x.copy_from_slice(next);
    }
}

fn matrix<T>(values: &[T], stride: usize) -> Matrix<'_, T> {
    Matrix { values, stride, turned: false }
}

/// The transpose of a row-major matrix of so many columns.
fn turn<T: Element>(matrix: &[T], columns: usize, turned: &mut [T]) {
    let rows = matrix.len() / columns;
    for (r, row) in matrix.chunks_exact(columns).enumerate() {
        turned.iter_mut().skip(r).step_by(rows).zip(row).for_each(|(to, from)| *to = *from);
    }
}
