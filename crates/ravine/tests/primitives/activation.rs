use crate::{assert_near, code, nan, numbers, slopes};
use ndarray::Array2;
use ravine::{Activation, Element, activate, activate_backward};

/// Applies an activation to a whole matrix.
pub(crate) fn activated<T: Element>(x: &Array2<T>, activation: Activation) -> Array2<T> {
    let mut y = x.clone();
    for (x, y) in x.rows().into_iter().zip(y.rows_mut()) {
        activate(x, y, activation).unwrap();
    }
    y
}

#[test]
fn activate_backward_is_the_slope_of_activate() {
    let (x, gradient) = (numbers::<f64>((1, 50), 1) * 4.0, numbers((1, 50), 2));
    for (_, activation) in Activation::ALL {
        let (y, mut found) = (activated(&x, activation), nan(x.dim()));
        let kept = if activation.by_input() { &x } else { &y };
        activate_backward(gradient.row(0), kept.row(0), found.row_mut(0), activation).unwrap();
        assert_near(&found, &slopes(&x, |x| (activated(x, activation) * &gradient).sum()));
    }
}

#[test]
fn lengths_that_disagree_are_refused() {
    let x = numbers::<f32>((2, 3), 1);
    let (x, y, activation) = (x.row(0), x.column(0), Activation::Relu);
    assert_eq!(code((1, 2), |mut out| activate(x, out.row_mut(0), activation)), "ERR_RAVINE_SHAPE");
    assert_eq!(code((1, 3), |mut out| activate_backward(x, y, out.row_mut(0), activation)), "ERR_RAVINE_SHAPE");
    assert_eq!(code((1, 4), |mut out| activate_backward(x, x, out.row_mut(0), activation)), "ERR_RAVINE_SHAPE");
}
