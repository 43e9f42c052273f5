use crate::{measurements, model, pictures, spec, views};
use ravine::{Activation, Dataset, Loss, Momentum};

/// −gradient is what a plain step of rate 1 adds; every slope by central differences.
fn check_gradient(activations: [Activation; 3], dataset: &Dataset<f64>, loss: Loss) {
    let mut model = model::<f64>(spec(&[19, 17, 18, 5], &activations));
    let before = model.parameters();
    model.step(dataset, loss, Momentum::new([0.0, 1.0, 1.0, 0.0, 0.0], false), 1).unwrap();
    let after = model.parameters();
    for (i, (p, q)) in before.iter().zip(&after).enumerate() {
        for (place, (&p, &q)) in p.iter().zip(q).enumerate() {
            let mut moved = |step: f64| {
                let mut parameters = before.clone();
                parameters[i].as_slice_mut().unwrap()[place] = p + step;
                model.set_parameters(&views(&parameters)).unwrap();
                model.evaluate(dataset, loss, 1).unwrap().loss
            };
            let slope = (moved(1e-5) - moved(-1e-5)) / 2e-5;
            assert!(((p - q) - slope).abs() < 1e-9, "{activations:?} {i}[{place}]: {} is not {slope}", p - q);
        }
    }
}

#[test]
fn a_plain_step_goes_down_the_slope() {
    let [linear, relu, sigmoid, tanh] = [Activation::Linear, Activation::Relu, Activation::Sigmoid, Activation::Tanh];
    check_gradient([tanh, sigmoid, linear], &pictures(21, 19, 5), Loss::CrossEntropy);
    check_gradient([relu, tanh, linear], &measurements(21, 19, 5), Loss::MeanSquaredError);
    check_gradient([sigmoid, relu, tanh], &measurements(21, 19, 5), Loss::MeanSquaredError);
    check_gradient([linear, tanh, sigmoid], &pictures(1, 19, 5), Loss::CrossEntropy);
}
