use crate::activation::activated;
use crate::{ACTIVATIONS, assert_near, bits, code, laid, naive, nan, numbers, seen, slopes};
use ndarray::{Array2, Axis};
use ravine::{Activation, Element, Linear, LinearGradients, linear, linear_backward};

#[test]
fn linear_starts_its_chains_from_the_bias() {
    for (batch, inputs, outputs) in [(0, 3, 2), (5, 0, 33), (5, 3, 0), (49, 33, 50), (17, 65, 99), (2, 9000, 3)] {
        let (x, weight) = (numbers::<f32>((batch, inputs), 1), numbers((outputs, inputs), 2));
        let bias = numbers((1, outputs), 3);
        let sums = naive(&x, &weight.t().to_owned(), |j| bias[(0, j)]);
        for (activation, way) in ACTIVATIONS.into_iter().zip([0, 1, 2].into_iter().cycle()) {
            let layer = Linear { weight: weight.view(), bias: Some(bias.row(0)), activation };
            let mut y = laid(&nan((batch, outputs)), way);
            linear(layer, x.view(), seen(y.view_mut(), way)).unwrap();
            let expected = activated(&sums, activation);
            let found = bits(seen(y.view(), way));
            assert!(found == bits(expected.view()), "{batch} × {inputs} × {outputs} {activation:?}");
        }
    }
}

/// gradInput, gradWeight and gradBias.
fn backward<T: Element>(layer: Linear<'_, T>, grad_output: &Array2<T>, x: &Array2<T>, y: &Array2<T>) -> [Array2<T>; 3] {
    let mut found = [x.dim(), layer.weight.dim(), (1, layer.weight.nrows())].map(nan);
    let [grad_input, grad_weight, grad_bias] = found.each_mut().map(|array| array.view_mut());
    let grad_bias = grad_bias.index_axis_move(Axis(0), 0);
    let gradients = LinearGradients { grad_input, grad_weight, grad_bias };
    linear_backward(layer, grad_output.view(), x.view(), y.view(), gradients).unwrap();
    found
}

#[test]
fn linear_backward_is_chains() {
    let (x, weight, delta) = (numbers::<f32>((9000, 3), 1), numbers((2, 3), 2), numbers((9000, 2), 3));
    let layer = Linear { weight: weight.view(), bias: None, activation: Activation::Linear };
    let found = backward(layer, &delta, &x, &delta);
    let chains = |a: &Array2<f32>, b: &Array2<f32>| naive(a, b, |_| 0.0);
    let ones = Array2::ones((1, 9000));
    let expected = [chains(&delta, &weight), chains(&delta.t().to_owned(), &x), chains(&ones, &delta)];
    assert!(found.map(|found| bits(found.view())) == expected.map(|expected| bits(expected.view())));
}

#[test]
fn linear_backward_is_the_slope_of_linear() {
    let (x, weight, bias) = (numbers((5, 7), 1), numbers((3, 7), 2), numbers((1, 3), 3));
    let grad_output = numbers::<f64>((5, 3), 4);
    for activation in ACTIVATIONS {
        let output = |x: &Array2<f64>, weight: &Array2<f64>, bias: &Array2<f64>| {
            let mut y = nan((5, 3));
            let layer = Linear { weight: weight.view(), bias: Some(bias.row(0)), activation };
            linear(layer, x.view(), y.view_mut()).unwrap();
            y
        };
        let value = |x: &_, weight: &_, bias: &_| (output(x, weight, bias) * &grad_output).sum();
        let layer = Linear { weight: weight.view(), bias: None, activation };
        let [grad_input, grad_weight, grad_bias] = backward(layer, &grad_output, &x, &output(&x, &weight, &bias));
        assert_near(&grad_input, &slopes(&x, |x| value(x, &weight, &bias)));
        assert_near(&grad_weight, &slopes(&weight, |weight| value(&x, weight, &bias)));
        assert_near(&grad_bias, &slopes(&bias, |bias| value(&x, &weight, bias)));
    }
}

#[test]
fn shapes_that_disagree_are_refused() {
    let [small, wide] = [(2, 3), (3, 4)].map(|shape| numbers::<f32>(shape, 1));
    let (a, b, row) = (small.view(), wide.view(), small.row(0));
    let layer = |weight, bias| Linear { weight, bias, activation: Activation::Relu };
    assert_eq!(code((2, 3), |y| linear(layer(b, None), a, y)), "ERR_RAVINE_SHAPE");
    assert_eq!(code((2, 3), |y| linear(layer(a, None), a, y)), "ERR_RAVINE_SHAPE");
    assert_eq!(code((2, 2), |y| linear(layer(a, Some(row)), a, y)), "ERR_RAVINE_SHAPE");
}

#[test]
fn linear_backward_refuses_before_it_writes() {
    let (x, weight, grad_output) = (numbers((2, 3), 1), numbers((4, 3), 2), numbers::<f32>((2, 4), 3));
    let code = |shapes: [(usize, usize); 3]| {
        let mut out = shapes.map(|shape| Array2::from_elem(shape, 7.0));
        let [grad_input, grad_weight, grad_bias] = out.each_mut().map(|array| array.view_mut());
        let grad_bias = grad_bias.into_shape_with_order(shapes[2].1).unwrap();
        let layer = Linear { weight: weight.view(), bias: None, activation: Activation::Linear };
        let gradients = LinearGradients { grad_input, grad_weight, grad_bias };
        let refusal = linear_backward(layer, grad_output.view(), x.view(), grad_output.view(), gradients);
        assert!(refusal.is_ok() || out.iter().flatten().all(|&value| value == 7.0));
        refusal.map_err(|refusal| refusal.code())
    };
    assert_eq!(code([(2, 3), (4, 3), (1, 4)]), Ok(()));
    for shapes in [[(3, 2), (4, 3), (1, 4)], [(2, 3), (3, 4), (1, 4)], [(2, 3), (4, 3), (1, 3)]] {
        assert_eq!(code(shapes), Err("ERR_RAVINE_SHAPE"), "{shapes:?}");
    }
}

#[test]
fn an_activation_whose_output_does_not_tell_its_derivative_is_refused() {
    let x = numbers::<f32>((2, 2), 1);
    let layer = Linear { weight: x.view(), bias: None, activation: Activation::Gelu };
    let [mut grad_input, mut grad_weight, mut bias] = [(); 3].map(|()| nan((2, 2)));
    let gradients = LinearGradients {
        grad_input: grad_input.view_mut(),
        grad_weight: grad_weight.view_mut(),
        grad_bias: bias.row_mut(0),
    };
    let refusal = linear_backward(layer, x.view(), x.view(), x.view(), gradients).unwrap_err();
    assert_eq!(refusal.code(), "ERR_RAVINE_HYPERPARAMETER");
}
