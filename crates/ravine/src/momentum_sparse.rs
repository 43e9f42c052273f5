use crate::error::{Error, Result, expect_shape};
use ndarray::{ArrayView1, ArrayView2, ArrayViewMut1, ArrayViewMut2};
use ravine_kernels::{Drift, Element, Isa, Momentum, drift, momentum};

/// One momentum step in place of the rows that are listed, in any order; the others neither move nor decay. The gradients of a
/// row that is listed more than once are summed first, one chain of additions in the order of the list. `parameter` and
/// `velocity` are `[count, width]`, `rows` `[n]`, `gradient_rows` `[n, width]`.
///
/// # Errors
/// [`Error::Shape`] when sizes differ, [`Error::Data`] for a row that there is not.
pub fn momentum_step_sparse<T: Element>(
    mut parameter: ArrayViewMut2<'_, T>,
    rows: ArrayView1<'_, u32>,
    gradient_rows: ArrayView2<'_, T>,
    mut velocity: ArrayViewMut2<'_, T>,
    rule: &Momentum<T>,
) -> Result<()> {
    let place = "momentumStepSparse";
    let (count, width) = parameter.dim();
    expect_shape(place, "velocity", &[count, width], velocity.shape())?;
    expect_shape(place, "gradientRows", &[rows.len(), width], gradient_rows.shape())?;
    expect_below(place, "rows", rows, count)?;
    let mut order: Vec<usize> = (0..rows.len()).collect();
    order.sort_by_key(|&i| rows[i]);
    let mut gradient = vec![T::ZERO; width];
    for same in order.chunk_by(|&i, &j| rows[i] == rows[j]) {
        add_up(&mut gradient, same, gradient_rows);
        let row = rows[same[0]] as usize;
        in_place(parameter.row_mut(row), velocity.row_mut(row), |p, v| {
            momentum(Isa::chosen(), p, v, &gradient, rule);
        });
    }
    Ok(())
}

/// Brings rows up to the step that they have missed: (p, v) ← (ap + bv, cp + dv) of row `rows[i]`, each listed once, by
/// `drifts[places[i]]`.
///
/// # Errors
/// [`Error::Shape`] when sizes differ, [`Error::Data`] for a row or a drift that there is not.
pub fn momentum_catch_up<T: Element>(
    mut parameter: ArrayViewMut2<'_, T>,
    mut velocity: ArrayViewMut2<'_, T>,
    rows: ArrayView1<'_, u32>,
    places: ArrayView1<'_, u32>,
    drifts: &[Drift<T>],
) -> Result<()> {
    let place = "momentumCatchUp";
    let (count, width) = parameter.dim();
    expect_shape(place, "velocity", &[count, width], velocity.shape())?;
    expect_shape(place, "places", &[rows.len()], places.shape())?;
    expect_below(place, "rows", rows, count)?;
    expect_below(place, "places", places, drifts.len())?;
    for (&row, &place) in rows.iter().zip(places) {
        in_place(parameter.row_mut(row as usize), velocity.row_mut(row as usize), |p, v| {
            drift(Isa::chosen(), p, v, &drifts[place as usize]);
        });
    }
    Ok(())
}

fn expect_below(place: &str, name: &str, numbers: ArrayView1<'_, u32>, end: usize) -> Result<()> {
    match numbers.iter().find(|&&number| number as usize >= end) {
        Some(number) => Err(Error::Data(format!("{place}: expected {name} below {end} but received {number}"))),
        None => Ok(()),
    }
}

/// sum ← Σ of the rows of `listed`, in that order.
fn add_up<T: Element>(sum: &mut [T], listed: &[usize], rows: ArrayView2<'_, T>) {
    rows.row(listed[0]).iter().zip(&mut *sum).for_each(|(&g, sum)| *sum = g);
    for &i in &listed[1..] {
        rows.row(i).iter().zip(&mut *sum).for_each(|(&g, sum)| *sum += g);
    }
}

/// Changes two rows where they lie, or copies of them where their elements lie apart.
fn in_place<T: Element>(
    mut p: ArrayViewMut1<'_, T>,
    mut v: ArrayViewMut1<'_, T>,
    change: impl FnOnce(&mut [T], &mut [T]),
) {
    if let (Some(p), Some(v)) = (p.as_slice_mut(), v.as_slice_mut()) {
        return change(p, v);
    }
    let (mut own_p, mut own_v) = (p.to_vec(), v.to_vec());
    change(&mut own_p, &mut own_v);
    p.iter_mut().zip(own_p).for_each(|(to, from)| *to = from);
    v.iter_mut().zip(own_v).for_each(|(to, from)| *to = from);
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::{Array2, arr2, aview1};

    const RULE: [f64; 5] = [0.5, 1.0, 0.25, 0.0, 0.0];

    fn start() -> (Array2<f64>, Array2<f64>) {
        (Array2::ones((3, 2)), arr2(&[[0.0, 0.0], [4.0, 8.0], [2.0, 2.0]]))
    }

    #[test]
    fn listed_rows_step_once_by_the_sum_of_their_gradients() {
        let (mut p, mut v) = start();
        let gradients = arr2(&[[1.0, 2.0], [5.0, 6.0], [3.0, -2.0]]);
        let rule = Momentum::new(RULE, false);
        momentum_step_sparse(p.view_mut(), aview1(&[2, 0, 2]), gradients.view(), v.view_mut(), &rule).unwrap();
        // Row 0: v = (5, 6). Row 2: v = ½·(2, 2) + (4, 0).
        assert_eq!(v, arr2(&[[5.0, 6.0], [4.0, 8.0], [5.0, 1.0]]));
        assert_eq!(p, arr2(&[[-0.25, -0.5], [1.0, 1.0], [-0.25, 0.75]]));
    }

    #[test]
    fn rows_catch_up_by_their_drift() {
        let (mut p, mut v) = start();
        // Two steps of RULE: v is ¼ of what it was, p has lost ¼·(½ + ¼) of it.
        let drifts = [Drift::new([1.0, 0.0, 0.0, 1.0]), Drift::new([1.0, -0.1875, 0.0, 0.25])];
        momentum_catch_up(p.view_mut(), v.view_mut(), aview1(&[2, 1]), aview1(&[0, 1]), &drifts).unwrap();
        assert_eq!(v, arr2(&[[0.0, 0.0], [1.0, 2.0], [2.0, 2.0]]));
        assert_eq!(p, arr2(&[[1.0, 1.0], [0.25, -0.5], [1.0, 1.0]]));
    }

    #[test]
    fn views_with_strides_get_the_same() {
        let ((mut p, mut v), gradients) = (start(), arr2(&[[1.0, 2.0], [5.0, 6.0]]));
        let (mut turned_p, mut turned_v) =
            (p.t().as_standard_layout().to_owned(), v.t().as_standard_layout().to_owned());
        let (rows, rule) = ([1, 2], Momentum::new(RULE, true));
        momentum_step_sparse(p.view_mut(), aview1(&rows), gradients.view(), v.view_mut(), &rule).unwrap();
        let (turned, turned_speed) = (turned_p.view_mut().reversed_axes(), turned_v.view_mut().reversed_axes());
        momentum_step_sparse(turned, aview1(&rows), gradients.view(), turned_speed, &rule).unwrap();
        assert_eq!((turned_p.t(), turned_v.t()), (p.view(), v.view()));
    }

    #[test]
    fn rows_and_drifts_that_there_are_not_are_refused() {
        let (mut p, mut v) = start();
        let rule = Momentum::new(RULE, false);
        let gradients = Array2::ones((2, 2));
        let step = momentum_step_sparse(p.view_mut(), aview1(&[0, 3]), gradients.view(), v.view_mut(), &rule);
        assert!(matches!(step, Err(Error::Data(_))));
        let step = momentum_step_sparse(p.view_mut(), aview1(&[0]), gradients.view(), v.view_mut(), &rule);
        assert!(matches!(step, Err(Error::Shape(_))));
        let drifts = [Drift::new([0.0; 4])];
        for (row, place) in [(0, 1), (3, 0)] {
            let late = momentum_catch_up(p.view_mut(), v.view_mut(), aview1(&[row]), aview1(&[place]), &drifts);
            assert!(matches!(late, Err(Error::Data(_))));
        }
        assert_eq!((p, v), start());
    }
}
