use crate::{ACTIVATIONS, WIDTHS, entries, job, measurements, model, numbers, pictures, rule, spec, state, views};
use ravine::{Activation, Dataset, Dense, Entries, Features, Job, Loss, Model, Optimizer, Spec, Targets, Values};
use std::sync::atomic::AtomicBool;

#[test]
fn what_is_refused_changes_nothing() {
    let mut model = model::<f32>(spec(&WIDTHS, &ACTIVATIONS));
    let (before, never) = (state(&mut model), AtomicBool::new(false));
    let code = |result: ravine::Result<()>| result.err().map(|error| error.code());
    let (shape, data) = (Some("ERR_RAVINE_SHAPE"), Some("ERR_RAVINE_DATA"));

    let mut parameters = model.parameters();
    parameters.iter_mut().for_each(|array| array.fill(9.0));
    let mut views = views(&parameters);
    assert_eq!(code(model.set_parameters(&views[1..])), shape);
    *views.last_mut().unwrap() = views[0].clone();
    assert_eq!(code(model.set_parameters(&views)), shape);
    assert_eq!(code(model.set_states(&[views.clone()])), shape);
    let optimizer = rule("momentum", &[0.1; 5]);
    assert_eq!(code(model.apply(&views, &optimizer)), shape);
    assert_eq!(code(model.apply(&views[1..], &optimizer)), shape);

    let (good, narrow) = (pictures(20, 37, 7), pictures(20, 36, 7));
    let mut refuses = |dataset: &Dataset<f32>, loss| {
        let trained = model.train(dataset, &job(loss, 1), &never, |_| true).map(drop);
        let stepped = model.step(dataset, loss, &optimizer, 1).map(drop);
        let taken = model.gradients(dataset, loss, 1).map(drop);
        let evaluated = model.evaluate(dataset, loss, 1).map(drop);
        let codes = [trained, stepped, taken, evaluated].map(code);
        assert!(codes.iter().all(|code| *code == codes[0]));
        codes[0]
    };
    assert_eq!(refuses(&narrow, Loss::CROSS_ENTROPY), shape);
    assert_eq!(refuses(&pictures(20, 37, 8), Loss::CROSS_ENTROPY), data);
    assert_eq!(refuses(&measurements(20, 37, 7), Loss::MulticlassHinge), data);
    assert_eq!(refuses(&measurements(20, 37, 6), Loss::MeanSquaredError), shape);
    assert_eq!(refuses(&good, Loss::MeanSquaredError), data);
    assert_eq!(code(model.predict(&narrow, 1).map(drop)), shape);
    let hyperparameter = Some("ERR_RAVINE_HYPERPARAMETER");
    let mut learns = |optimizer: Optimizer| {
        let job = Job { optimizer, ..job(Loss::CROSS_ENTROPY, 1) };
        code(model.train(&good, &job, &never, |_| true).map(drop))
    };
    assert_eq!(learns(rule("momentum", &[])), hyperparameter);
    assert_eq!(learns(rule("momentum", &[0.1; 4])), hyperparameter);
    assert_eq!(learns(rule("friction", &[0.1; 5])), hyperparameter);
    assert_eq!(learns(Optimizer::constant("momentum", &[0.1; 5], 4)), shape);
    assert_eq!(learns(rule("adam", &[0.1; 9])), shape);
    let mut uneven = rule("momentum", &[0.1; 5]);
    uneven.groups.extend([rule("momentum", &[0.1; 5]).groups, rule("momentum", &[0.1; 5]).groups].concat());
    (uneven.groups[0].rows, uneven.groups[1].rows) = (vec![0.1; 10], vec![0.1; 15]);
    assert_eq!(learns(uneven), hyperparameter);
    assert_eq!(code(model.keep(9)), hyperparameter);
    assert!(state(&mut model) == before);
}

#[test]
fn a_spec_that_makes_no_model_is_refused() {
    let code = |spec| Model::<f32>::new(spec).err().map(|error| error.code());
    let dense = |inputs, outputs| Dense { inputs, outputs, activation: Activation::Relu, bias: true };
    let refused = |layers: &[Dense]| code(Spec::chain(layers.first().map_or(1, |layer| layer.inputs), layers.to_vec()));
    assert_eq!(refused(&[dense(3, 4), dense(4, 2)]), None);
    assert_eq!(refused(&[]), Some("ERR_RAVINE_DATA"));
    assert_eq!(refused(&[dense(3, 4), dense(5, 2)]), Some("ERR_RAVINE_SHAPE"));
    assert_eq!(refused(&[dense(0, 4)]), Some("ERR_RAVINE_SHAPE"));
    assert_eq!(refused(&[dense(3, 0)]), Some("ERR_RAVINE_SHAPE"));
    // 2⁶⁴ bytes, and 2⁶⁴ numbers, would be none if they wrapped.
    assert_eq!(refused(&[dense(1 << 31, 1 << 30)]), Some("ERR_RAVINE_NATIVE"));
    assert_eq!(refused(&[dense(1 << 34, 1 << 30)]), Some("ERR_RAVINE_NATIVE"));
}

#[test]
fn a_dataset_whose_lengths_disagree_is_refused() {
    let code = |features: usize, labels: usize, examples: usize, inputs: usize| {
        let (features, labels) = (Features::Floats(vec![0.0_f32; features]), Targets::Labels(vec![0; labels]));
        Dataset::new(features, labels, None, examples, inputs).err().map(|error| error.code())
    };
    assert_eq!(code(6, 3, 3, 2), None);
    assert_eq!(code(5, 3, 3, 2), Some("ERR_RAVINE_SHAPE"));
    assert_eq!(code(6, 2, 3, 2), Some("ERR_RAVINE_SHAPE"));
    assert_eq!(code(0, 0, 0, 2), Some("ERR_RAVINE_DATA"));
    assert_eq!(code(0, 2, 2, 1 << 63), Some("ERR_RAVINE_SHAPE"));
}

#[test]
fn entries_in_disorder_are_refused() {
    let code = |change: fn(&mut Entries<f32>)| {
        let mut entries = entries(3, 8, 3);
        change(&mut entries);
        let features = Features::Entries(entries);
        Dataset::new(features, Targets::None, None, 3, 8).err().map(|error| error.code())
    };
    assert_eq!(code(|_| ()), None);
    assert_eq!(code(|entries| entries.values = Values::Ones), None);
    assert_eq!(code(|entries| entries.values = Values::Bytes(vec![1; 7])), Some("ERR_RAVINE_SHAPE"));
    assert_eq!(code(|entries| entries.starts[0] = 1), Some("ERR_RAVINE_DATA"));
    assert_eq!(code(|entries| entries.starts[1] = 7), Some("ERR_RAVINE_DATA"));
    assert_eq!(code(|entries| entries.starts[3] = 9), Some("ERR_RAVINE_DATA"));
    assert_eq!(code(|entries| entries.starts.clear()), Some("ERR_RAVINE_DATA"));
    assert_eq!(code(|entries| entries.columns[1] = 0), Some("ERR_RAVINE_DATA"));
    assert_eq!(code(|entries| entries.columns[2] = 8), Some("ERR_RAVINE_DATA"));
    assert_eq!(code(|entries| _ = entries.starts.pop()), Some("ERR_RAVINE_DATA"));
}

#[test]
fn blocks_are_as_long_as_the_first_and_no_more_than_there_is_room_for() {
    let append = |dataset: &mut Dataset<f32>, rows: usize, labels: usize| {
        let (features, labels) = (Features::Floats(numbers(2 * rows, 1)), Targets::Labels(vec![0; labels]));
        dataset.append(features, labels).err().map(|error| error.code())
    };
    let mut dataset = Dataset::open(None, 5, 2).unwrap();
    assert_eq!(append(&mut dataset, 0, 0), Some("ERR_RAVINE_SHAPE"));
    assert_eq!(append(&mut dataset, 2, 1), Some("ERR_RAVINE_SHAPE"));
    assert_eq!(append(&mut dataset, 2, 2), None);
    assert_eq!(append(&mut dataset, 1, 1), Some("ERR_RAVINE_SHAPE"));
    assert_eq!(append(&mut dataset, 3, 3), Some("ERR_RAVINE_SHAPE"));
    assert_eq!(append(&mut dataset, 2, 2), None);
    assert_eq!(append(&mut dataset, 2, 2), Some("ERR_RAVINE_SHAPE"));
    let mut model = model::<f32>(spec(&[2, 3], &[Activation::Linear]));
    assert_eq!(model.predict(&dataset, 1).unwrap_err().code(), "ERR_RAVINE_SHAPE");
    assert_eq!(append(&mut dataset, 1, 1), None);
    assert!(model.predict(&dataset, 1).is_ok());
}
