use crate::{assert_near, code, nan, numbers, slopes};
use ndarray::{Array2, arr1, arr2};
use ravine::{mean_squared_error, softmax_cross_entropy};

#[test]
fn gradients_of_the_losses_are_their_slopes() {
    let (x, labels, targets) = (numbers::<f64>((4, 19), 1) * 5.0, arr1(&[0, 18, 7, 7]), numbers((4, 19), 2));
    let (mut gradient, mut unused) = (nan(x.dim()), nan(x.dim()));
    softmax_cross_entropy(x.view(), labels.view(), gradient.view_mut()).unwrap();
    let mut loss = |x: &Array2<f64>| softmax_cross_entropy(x.view(), labels.view(), unused.view_mut()).unwrap().loss;
    assert_near(&gradient, &slopes(&x, &mut loss));

    mean_squared_error(x.view(), targets.view(), gradient.view_mut()).unwrap();
    let mut loss = |x: &Array2<f64>| mean_squared_error(x.view(), targets.view(), unused.view_mut()).unwrap();
    assert_near(&gradient, &slopes(&x, &mut loss));
}

#[test]
fn losses_have_known_values() {
    let (logits, mut gradient) = (Array2::<f32>::ones((3, 8)), nan((3, 8)));
    let uniform = softmax_cross_entropy(logits.view(), arr1(&[0, 1, 0]).view(), gradient.view_mut()).unwrap();
    assert!((uniform.loss - 8_f64.ln()).abs() < 1e-15);
    assert_eq!((uniform.correct, gradient[(1, 1)]), (2, (0.125 - 1.0) / 3.0));

    // e¹⁰⁰⁰ is no number, but the softmax of it is.
    let (logits, mut gradient) = (arr2(&[[1000.0_f32, 0.0], [0.0, 1000.0]]), nan((2, 2)));
    let sure = softmax_cross_entropy(logits.view(), arr1(&[0, 0]).view(), gradient.view_mut()).unwrap();
    assert_eq!((sure.loss, sure.correct, gradient), (500.0, 1, arr2(&[[0.0, 0.0], [-0.5, 0.5]])));

    let (outputs, targets, mut gradient) = (arr2(&[[1.0_f32, 2.0]]), arr2(&[[0.0, 5.0]]), nan((1, 2)));
    let loss = mean_squared_error(outputs.view(), targets.view(), gradient.view_mut()).unwrap();
    assert_eq!((loss, gradient), (5.0, arr2(&[[1.0, -3.0]])));
}

#[test]
fn shapes_that_disagree_are_refused() {
    let [small, wide] = [(2, 3), (3, 4)].map(|shape| numbers::<f32>(shape, 1));
    let (a, b, one, two) = (small.view(), wide.view(), arr1(&[0]), arr1(&[0, 3]));
    assert_eq!(code((2, 3), |g| softmax_cross_entropy(a, one.view(), g)), "ERR_RAVINE_SHAPE");
    assert_eq!(code((3, 2), |g| softmax_cross_entropy(a, two.view(), g)), "ERR_RAVINE_SHAPE");
    assert_eq!(code((2, 3), |g| softmax_cross_entropy(a, two.view(), g)), "ERR_RAVINE_DATA");
    assert_eq!(code((2, 3), |g| mean_squared_error(a, b, g)), "ERR_RAVINE_SHAPE");
    assert_eq!(code((3, 4), |g| mean_squared_error(a, a, g)), "ERR_RAVINE_SHAPE");
}
