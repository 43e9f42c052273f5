use crate::{LENGTHS, bits, both, numbers, panics};
use ravine_kernels::{Element, Isa, Momentum, momentum};

both! { every_variant_follows_the_rule small_velocities_vanish_and_nan_stays lengths_that_differ_panic }

fn rule<T: Element>(coupled: f64, decoupled: f64, nesterov: bool) -> Momentum<T> {
    Momentum::new([0.9, 0.7, 0.1, coupled, decoupled], nesterov)
}

/// (p, v) after a step.
fn twin<T: Element>(p: T, v: T, g: T, rule: &Momentum<T>) -> (T, T) {
    let g = if rule.coupled == T::ZERO { g } else { rule.coupled.fma(p, g) };
    let p = if rule.decoupled == T::ZERO { p } else { (-rule.decoupled).fma(p, p) };
    let pushed = rule.gain * g;
    let v = rule.momentum.fma(v, pushed);
    let v = if v.abs() < T::from_f64(1e-30) { T::ZERO } else { v };
    let direction = if rule.nesterov { rule.momentum.fma(v, pushed) } else { v };
    ((-rule.rate).fma(direction, p), v)
}

fn every_variant_follows_the_rule<T: Element>() {
    for &len in LENGTHS {
        for coupled in [0.0, 0.01] {
            for decoupled in [0.0, 0.02] {
                check::<T>(len, &rule(coupled, decoupled, false));
                check::<T>(len, &rule(coupled, decoupled, true));
            }
        }
    }
}

fn check<T: Element>(len: usize, rule: &Momentum<T>) {
    let [before, speed, gradient] = [1, 2, 3].map(|salt| numbers::<T>(len, salt));
    let pairs = (0..len).map(|i| twin(before[i], speed[i], gradient[i], rule));
    let (p, v): (Vec<T>, Vec<T>) = pairs.unzip();
    for isa in Isa::available() {
        let (mut parameter, mut velocity) = (before.clone(), speed.clone());
        momentum(isa, &mut parameter, &mut velocity, &gradient, rule);
        assert_eq!((bits(&parameter), bits(&velocity)), (bits(&p), bits(&v)), "{} {len} {rule:?}", isa.name());
    }
}

fn small_velocities_vanish_and_nan_stays<T: Element>() {
    let start = [1e-30, -1e-30, 1.2e-30, f64::NAN, f64::INFINITY, 0.0].map(T::from_f64).repeat(7);
    let speed = |v: T| if v.abs() <= T::from_f64(1e-30) { T::ZERO } else { T::from_f64(0.9) * v };
    let expected: Vec<T> = start.iter().map(|&v| speed(v)).collect();
    for (isa, nesterov) in Isa::available().into_iter().flat_map(|isa| [(isa, false), (isa, true)]) {
        let (mut parameter, mut velocity) = (vec![T::ZERO; start.len()], start.clone());
        momentum(isa, &mut parameter, &mut velocity, &vec![T::ZERO; start.len()], &rule(0.0, 0.0, nesterov));
        assert_eq!(bits(&velocity), bits(&expected), "{}", isa.name());
        let rests = |(p, v): (&T, &T)| *p == T::ZERO || *v != T::ZERO;
        assert!(parameter.iter().zip(&velocity).all(rests), "{}: {parameter:?}", isa.name());
    }
}

fn lengths_that_differ_panic<T: Element>() {
    for (p, v, g) in [(1, 2, 2), (2, 1, 2), (2, 2, 1)] {
        let [mut parameter, mut velocity, gradient] = [p, v, g].map(|len| vec![T::ONE; len]);
        let step = || momentum(Isa::chosen(), &mut parameter, &mut velocity, &gradient, &rule(0.0, 0.0, false));
        assert!(panics(step), "{p} {v} {g}");
    }
}
