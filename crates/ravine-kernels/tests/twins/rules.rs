use crate::{LENGTHS, bits, both, nan, numbers, panics};
use ravine_kernels::{Element, Isa, MOST_STATES, Rule, apply};

both! {
    every_set_has_the_bits_of_the_scalar_one first_steps_are_as_by_hand nan_comes_through
    lengths_that_differ_and_missing_states_panic
}

/// A row of each elementwise rule, with both decays.
const ROWS: [(&str, &[f64]); 12] = [
    ("momentum", &[0.9, 0.7, 0.1, 0.01, 0.02]),
    ("nesterov", &[0.9, 0.7, 0.1, 0.0, 0.0]),
    ("qhm", &[0.9, 0.1, 0.07, 0.03, 0.01, 1e-3]),
    ("aggMo", &[0.03, 0.01, 1e-3, 0.0, 0.9, 0.99]),
    ("adam", &[0.9, 0.1, 0.99, 0.01, 0.01, 1.5, 1e-8, 0.01, 1e-3]),
    ("amsgrad", &[0.9, 0.1, 0.99, 0.01, 0.01, 1.5, 1e-8, 0.01, 1e-3]),
    ("nadam", &[0.9, 0.1, 0.99, 0.01, 0.01, 0.02, 1.5, 1e-8, 0.01, 1e-3]),
    ("rmsprop", &[0.99, 0.01, 0.9, 0.001, 1e-8, 1.0, 0.01, 1e-3]),
    ("rmsprop", &[0.99, 0.01, 0.0, 0.001, 1e-8, 0.0, 0.0, 0.0]),
    ("adagrad", &[0.01, 1e-10, 0.01, 1e-3]),
    ("adadelta", &[0.9, 0.1, 1.0, 1e-6, 0.01, 1e-3]),
    ("lion", &[0.9, 0.1, 0.99, 0.01, 1e-3, 0.0, 1e-4]),
];

fn rules<T: Element>() -> impl Iterator<Item = Rule<T>> {
    ROWS.into_iter().map(|(name, row)| Rule::new(name, row).unwrap())
}

/// Parameter and states after three steps; squares start from what squares can be.
fn walk<T: Element>(isa: Isa, rule: &Rule<T>, len: usize, gradient: &[T]) -> Vec<Vec<u64>> {
    let (mut parameter, mut states) = (numbers::<T>(len, 1), vec![vec![T::ZERO; len]; rule.states()]);
    for _ in 0..3 {
        let mut views: Vec<&mut [T]> = states.iter_mut().map(|state| &mut state[..]).collect();
        apply(isa, rule, &mut parameter, &mut views, gradient);
    }
    std::iter::once(parameter).chain(states).map(|values| bits(&values)).collect()
}

fn every_set_has_the_bits_of_the_scalar_one<T: Element>() {
    for rule in rules::<T>() {
        for &len in LENGTHS {
            let gradient = numbers(len, 3);
            let expected = walk(Isa::SCALAR, &rule, len, &gradient);
            for isa in Isa::available() {
                assert_eq!(walk(isa, &rule, len, &gradient), expected, "{} {len} {rule:?}", isa.name());
            }
        }
    }
}

/// The step of parameter 1 by gradient 2, all states zero and nothing decaying.
fn first_steps_are_as_by_hand<T: Element>() {
    let cases: [(&str, &[f64], f64, &[f64]); 6] = [
        // m = 0.5·2, v = 0.25·4: 1 − 0.5·1/(1·1 + 0.25)
        ("adam", &[0.5, 0.5, 0.75, 0.25, 0.5, 1.0, 0.25, 0.0, 0.0], 0.6, &[1.0, 1.0]),
        // 1 − (0.5·1 + 0.25·2)/1.25
        ("nadam", &[0.5, 0.5, 0.75, 0.25, 0.5, 0.25, 1.0, 0.25, 0.0, 0.0], 0.2, &[1.0, 1.0]),
        // s = 4: 1 − 0.5·2/(2 + 0.5)
        ("adagrad", &[0.5, 0.5, 0.0, 0.0], 0.6, &[4.0]),
        // The sign of 0.5·2, then m = 0.25·2
        ("lion", &[0.5, 0.5, 0.75, 0.25, 0.125, 0.0, 0.0], 0.875, &[0.5]),
        // m = 0.5·2: 1 − (0.25·1 + 0.125·2)
        ("qhm", &[0.5, 0.5, 0.25, 0.125, 0.0, 0.0], 0.5, &[1.0]),
        // Two velocities of 2: 1 − 0.125·(2 + 2)
        ("aggMo", &[0.125, 0.0, 0.0, 0.0, 0.5], 0.5, &[2.0, 2.0]),
    ];
    for (name, row, parameter, expected) in cases {
        let rule = Rule::new(name, row).unwrap();
        let (mut p, mut states) = ([T::ONE], vec![[T::ZERO]; rule.states()]);
        let mut views: Vec<&mut [T]> = states.iter_mut().map(|state| &mut state[..]).collect();
        apply(Isa::chosen(), &rule, &mut p, &mut views, &[T::from_f64(2.0)]);
        assert!((p[0].to_f64() - parameter).abs() < 1e-6, "{name}: {p:?} and not {parameter}");
        let states: Vec<f64> = states.iter().map(|state| state[0].to_f64()).collect();
        assert_eq!(states, expected, "{name}");
    }
}

fn nan_comes_through<T: Element>() {
    for rule in rules::<T>() {
        for isa in Isa::available() {
            let after = walk(isa, &rule, 5, &nan(5));
            assert!(after[0].iter().all(|&word| word == u64::MAX), "{} {rule:?}", isa.name());
        }
    }
}

fn lengths_that_differ_and_missing_states_panic<T: Element>() {
    for rule in rules::<T>() {
        let step = |p: usize, s: usize, g: usize, count: usize| {
            let [mut parameter, gradient] = [p, g].map(|len| vec![T::ONE; len]);
            let mut states = vec![vec![T::ONE; s]; count];
            let mut views: Vec<&mut [T]> = states.iter_mut().map(|state| &mut state[..]).collect();
            panics(|| apply(Isa::chosen(), &rule, &mut parameter, &mut views, &gradient))
        };
        assert!(step(1, 2, 2, MOST_STATES) && step(2, 1, 2, MOST_STATES) && step(2, 2, 1, MOST_STATES));
        assert!(step(2, 2, 2, rule.states() - 1) && !step(2, 2, 2, rule.states()));
    }
}

#[test]
fn other_names_and_rows_make_no_rule() {
    assert!(Rule::<f32>::new("friction", &[0.1; 5]).is_none());
    assert!(Rule::<f32>::new("aggMo", &[0.1; 3]).is_none() && Rule::<f32>::new("aggMo", &[0.1; 12]).is_none());
    for (name, row) in ROWS.into_iter().filter(|(name, _)| *name != "aggMo") {
        assert!(Rule::<f64>::new(name, &row[1..]).is_none(), "{name}");
    }
}
