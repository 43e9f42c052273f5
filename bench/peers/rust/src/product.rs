//! C = A·B in f32, row-major but for faer, whose matrices are column-major.
use crate::measure::{many, spread};
use crate::{Job, numbers};
use faer::linalg::matmul::matmul;
use faer::{Accum, Mat, Par};
use gemm::Parallelism;
use std::path::Path;

type Shape = [usize; 3];

pub fn prepare(mode: &str, shape: Shape, threads: usize, data: &Path) -> Job {
    let [m, k, n] = shape;
    let all = numbers(&data.join("numbers.f32"));
    let (a, b) = (all[..m * k].to_vec(), all[m * k..m * k + k * n].to_vec());
    let c = vec![0.0; m * n];
    match mode {
        "gemm" => Box::new(by_gemm(shape, a, b, c, threads)),
        "matrixmultiply" => Box::new(by_matrixmultiply(shape, a, b, c)),
        _ => Box::new(by_faer(shape, a, b, threads)),
    }
}

fn by_gemm([m, k, n]: Shape, a: Vec<f32>, b: Vec<f32>, mut c: Vec<f32>, threads: usize) -> impl FnMut() -> String {
    let parallelism = if threads > 1 { Parallelism::Rayon(threads) } else { Parallelism::None };
    let (columns, inner) = (n as isize, k as isize);
    move || {
        let to = c.as_mut_ptr();
        // SAFETY: the three vectors hold m·n, m·k and k·n numbers, row by row.
        let measured = many(|| unsafe {
            gemm::gemm(
                m,
                n,
                k,
                to,
                1,
                columns,
                false,
                a.as_ptr(),
                1,
                inner,
                b.as_ptr(),
                1,
                columns,
                0.0,
                1.0,
                false,
                false,
                false,
                parallelism,
            );
        });
        answer(measured, m * n, |at| c[at])
    }
}

fn by_matrixmultiply([m, k, n]: Shape, a: Vec<f32>, b: Vec<f32>, mut c: Vec<f32>) -> impl FnMut() -> String {
    let (columns, inner) = (n as isize, k as isize);
    move || {
        let to = c.as_mut_ptr();
        // SAFETY: as above.
        let measured = many(|| unsafe {
            matrixmultiply::sgemm(m, k, n, 1.0, a.as_ptr(), inner, 1, b.as_ptr(), columns, 1, 0.0, to, columns, 1);
        });
        answer(measured, m * n, |at| c[at])
    }
}

fn by_faer([m, k, n]: Shape, a: Vec<f32>, b: Vec<f32>, threads: usize) -> impl FnMut() -> String {
    let parallelism = if threads > 1 { Par::rayon(threads) } else { Par::Seq };
    let (a, b) = (Mat::from_fn(m, k, |i, l| a[i * k + l]), Mat::from_fn(k, n, |l, j| b[l * n + j]));
    let mut c = Mat::<f32>::zeros(m, n);
    move || {
        let measured = many(|| matmul(c.as_mut(), Accum::Replace, a.as_ref(), b.as_ref(), 1.0, parallelism));
        answer(measured, m * n, |at| c[(at / n, at % n)])
    }
}

fn answer((seconds, _): (f64, u32), length: usize, value: impl Fn(usize) -> f32) -> String {
    format!(r#"{{"seconds":{seconds},"values":{}}}"#, spread(length, value))
}
