use crate::error::{Result, expect_shape};
use crate::pool::{available_threads, share};
use ndarray::{ArrayView1, ArrayViewMut1};
use ravine_kernels::{Element, Isa, Momentum, momentum};

/// Elements from which a second thread pays: the arrays leave the second cache.
const SHARED: usize = 1 << 16;
/// Parts for each thread, so that a slow one does not hold up the others.
const PARTS: usize = 4;

/// One momentum step in place, elementwise: the rule of [`Momentum`] on `parameter` and `velocity`, all of shape `[n]`.
///
/// # Errors
/// [`crate::Error::Shape`] when lengths differ, [`crate::Error::Native`] without threads.
pub fn momentum_step<T: Element>(
    mut parameter: ArrayViewMut1<'_, T>,
    gradient: ArrayView1<'_, T>,
    mut velocity: ArrayViewMut1<'_, T>,
    rule: &Momentum<T>,
) -> Result<()> {
    let shape = parameter.shape().to_vec();
    expect_shape("momentumStep", "gradient", &shape, gradient.shape())?;
    expect_shape("momentumStep", "velocity", &shape, velocity.shape())?;
    if let (Some(parameter), Some(velocity), Some(gradient)) =
        (parameter.as_slice_mut(), velocity.as_slice_mut(), gradient.as_slice())
    {
        return shared(parameter, velocity, gradient, rule);
    }
    let (mut p, mut v) = (parameter.to_vec(), velocity.to_vec());
    shared(&mut p, &mut v, &gradient.to_vec(), rule)?;
    parameter.iter_mut().zip(p).for_each(|(to, from)| *to = from);
    velocity.iter_mut().zip(v).for_each(|(to, from)| *to = from);
    Ok(())
}

fn shared<T: Element>(parameter: &mut [T], velocity: &mut [T], gradient: &[T], rule: &Momentum<T>) -> Result<()> {
    let (isa, threads) = (Isa::chosen(), available_threads());
    if parameter.len() < SHARED || threads == 1 {
        momentum(isa, parameter, velocity, gradient, rule);
        return Ok(());
    }
    let part = parameter.len().div_ceil(threads * PARTS);
    let parts = parameter.chunks_mut(part).zip(velocity.chunks_mut(part)).zip(gradient.chunks(part));
    share(threads, parts, |((p, v), g)| momentum(isa, p, v, g, rule))
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::{Array1, arr1, aview1};

    #[test]
    fn a_heavy_ball_rolls_down_a_parabola() {
        // f(x) = x², f′ = 2x: v = 4, x = 2 − 0.4; v = 3.6 + 3.2, x = 1.6 − 0.68; …
        let (mut x, mut v) = (arr1(&[2.0_f64]), arr1(&[0.0]));
        let rule = Momentum::new([0.9, 1.0, 0.1, 0.0, 0.0], false);
        for taught in [1.6, 0.92, 0.124, -0.6172, -1.16084, -1.417_948] {
            let gradient = [2.0 * x[0]];
            momentum_step(x.view_mut(), aview1(&gradient), v.view_mut(), &rule).unwrap();
            assert!((x[0] - taught).abs() < 1e-5, "{x} and not {taught}");
        }
    }

    #[test]
    fn views_with_strides_and_long_arrays_get_the_same() {
        let n = SHARED + 7;
        let numbers = |scale: f32| Array1::from_shape_fn(n, |i| ((i * 37 % 101) as f32 - 50.0) * scale);
        let rule = Momentum::new([0.9, 1.0, 0.1, 0.01, 0.0], true);
        let (mut p, mut v, g) = (numbers(0.1), numbers(0.2), numbers(0.3));
        let (mut wide_p, mut wide_v) = (Array1::zeros(2 * n), Array1::zeros(2 * n));
        wide_p.slice_mut(ndarray::s![..;2]).assign(&p);
        wide_v.slice_mut(ndarray::s![..;2]).assign(&v);
        momentum_step(p.view_mut(), g.view(), v.view_mut(), &rule).unwrap();
        let strided = (wide_p.slice_mut(ndarray::s![..;2]), wide_v.slice_mut(ndarray::s![..;2]));
        momentum_step(strided.0, g.view(), strided.1, &rule).unwrap();
        assert_eq!((wide_p.slice(ndarray::s![..;2]), wide_v.slice(ndarray::s![..;2])), (p.view(), v.view()));
    }
}
