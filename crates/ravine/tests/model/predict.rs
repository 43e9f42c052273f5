use crate::{ACTIVATIONS, WIDTHS, filled, measurements, model, numbers, pictures, spec, state, views};
use ndarray::{Array2, ArrayView2, Ix1, arr1};
use ravine::{Linear, Loss, Model, linear, softmax_cross_entropy};

/// More than an evaluation takes at once.
const MANY: usize = 300;

#[test]
fn outputs_are_those_of_the_layers_one_by_one() {
    let (mut model, features) = (model::<f32>(spec(&WIDTHS, &ACTIVATIONS)), numbers(MANY * WIDTHS[0], 11));
    let mut values = Array2::from_shape_vec((MANY, WIDTHS[0]), features).unwrap();
    let arrays = model.parameters();
    let mut parameters = views(&arrays).into_iter().peekable();
    for activation in ACTIVATIONS {
        let weight: ArrayView2<f32> = parameters.next().unwrap().into_dimensionality().unwrap();
        let bias = parameters.next_if(|next| next.ndim() == 1);
        let bias = bias.map(|bias| bias.into_dimensionality::<Ix1>().unwrap());
        let mut output = Array2::zeros((MANY, weight.nrows()));
        linear(Linear { weight, bias, activation }, values.view(), output.view_mut()).unwrap();
        values = output;
    }
    assert!(model.predict(&measurements(MANY, WIDTHS[0], 7), 2).unwrap() == values);
}

#[test]
fn an_evaluation_is_the_loss_of_the_outputs() {
    let (mut model, dataset) = (model::<f64>(spec(&WIDTHS, &ACTIVATIONS)), pictures(MANY, WIDTHS[0], 7));
    let labels: Vec<u32> = (0..MANY as u32).map(|i| i * 5 % 7).collect();
    let outputs = model.predict(&dataset, 1).unwrap();
    let mut unused = outputs.clone();
    let expected = softmax_cross_entropy(outputs.view(), arr1(&labels).view(), unused.view_mut()).unwrap();
    let found = model.evaluate(&dataset, Loss::CROSS_ENTROPY, 2).unwrap();
    assert!((found.loss - expected.loss).abs() < 1e-12);
    assert_eq!(found.correct, expected.correct as u64);
}

#[test]
fn parameters_and_states_come_back_as_they_were_given() {
    let mut model = Model::<f64>::new(spec(&WIDTHS, &ACTIVATIONS)).unwrap();
    assert!(state(&mut model).iter().flatten().all(|&bits| bits == 0));
    let [parameters, first, second] = [1, 20, 30].map(|salt| filled(&mut model, salt));
    model.set_parameters(&views(&parameters)).unwrap();
    model.set_states(&[views(&first), views(&second)]).unwrap();
    assert_eq!((model.parameters(), model.states()), (parameters, vec![first, second]));
}
