use crate::{drawings, measurements, model, pictures, spec, views};
use ravine::{Activation, Dataset, Loss};

/// Every slope by central differences.
fn check_gradient(activations: [Activation; 3], dataset: &Dataset<f64>, loss: Loss) {
    let mut model = model::<f64>(spec(&[19, 17, 18, 5], &activations));
    let before = model.parameters();
    let (_, gradients) = model.gradients(dataset, loss, 1).unwrap();
    assert_eq!(gradients.len(), before.len());
    for (i, (p, g)) in before.iter().zip(&gradients).enumerate() {
        assert_eq!(p.shape(), g.shape());
        for (place, (&p, &g)) in p.iter().zip(g).enumerate() {
            let mut moved = |step: f64| {
                let mut parameters = before.clone();
                parameters[i].as_slice_mut().unwrap()[place] = p + step;
                model.set_parameters(&views(&parameters)).unwrap();
                model.evaluate(dataset, loss, 1).unwrap().loss
            };
            let slope = (moved(1e-5) - moved(-1e-5)) / 2e-5;
            assert!((g - slope).abs() < 1e-9, "{activations:?} {i}[{place}]: {g} is not {slope}");
        }
    }
}

#[test]
fn gradients_are_slopes() {
    let [linear, relu, sigmoid, tanh] = [Activation::Linear, Activation::Relu, Activation::Sigmoid, Activation::Tanh];
    check_gradient([tanh, sigmoid, linear], &pictures(21, 19, 5), Loss::CROSS_ENTROPY);
    check_gradient([relu, tanh, linear], &measurements(21, 19, 5), Loss::MeanSquaredError);
    check_gradient([sigmoid, relu, tanh], &measurements(21, 19, 5), Loss::MeanSquaredError);
    check_gradient([linear, tanh, sigmoid], &pictures(1, 19, 5), Loss::CROSS_ENTROPY);
    check_gradient([tanh, linear, linear], &drawings(21, 19, 5), Loss::CROSS_ENTROPY);
}
