use crate::{LENGTHS, bits, both, numbers, panics};
use ravine_kernels::{Drift, Element, Isa, drift};

both! { every_length_drifts small_velocities_vanish_and_infinity_stays_where_it_is lengths_that_differ_panic }

/// (p, v) afterwards.
fn twin<T: Element>(p: T, v: T, by: &Drift<T>) -> (T, T) {
    let kept = by.velocity.1 * v;
    let next = if by.velocity.0 == T::ZERO { kept } else { by.velocity.0.fma(p, kept) };
    (by.parameter.1.fma(v, by.parameter.0 * p), if next.abs() < T::from_f64(1e-30) { T::ZERO } else { next })
}

fn every_length_drifts<T: Element>() {
    for by in [[1.0, -0.3, 0.0, 0.7], [0.9, -0.3, 0.2, 0.7]].map(Drift::<T>::new) {
        for &len in LENGTHS {
            let (before, speed) = (numbers::<T>(len, 1), numbers::<T>(len, 2));
            let (p, v): (Vec<T>, Vec<T>) = before.iter().zip(&speed).map(|(&p, &v)| twin(p, v, &by)).unzip();
            for isa in Isa::available() {
                let (mut parameter, mut velocity) = (before.clone(), speed.clone());
                drift(isa, &mut parameter, &mut velocity, &by);
                assert_eq!((bits(&parameter), bits(&velocity)), (bits(&p), bits(&v)), "{} {len}", isa.name());
            }
        }
    }
}

fn small_velocities_vanish_and_infinity_stays_where_it_is<T: Element>() {
    let by = Drift::new([1.0, -0.5, 0.0, 0.5]);
    let speed = [1.9e-30, -1.9e-30, 2.1e-30, f64::NAN, 1.0].map(T::from_f64);
    let expected = [T::ZERO, T::ZERO, T::from_f64(0.5) * speed[2], speed[3], T::from_f64(0.5)];
    for isa in Isa::available() {
        let (mut parameter, mut velocity) = ([T::from_f64(f64::INFINITY); 5], speed);
        drift(isa, &mut parameter, &mut velocity, &by);
        assert_eq!(bits(&velocity), bits(&expected), "{}", isa.name());
        assert_eq!(parameter[0], T::from_f64(f64::INFINITY));
    }
}

fn lengths_that_differ_panic<T: Element>() {
    let (mut parameter, mut velocity) = ([T::ONE; 2], [T::ONE; 3]);
    assert!(panics(|| drift(Isa::chosen(), &mut parameter, &mut velocity, &Drift::new([1.0, 0.0, 0.0, 1.0]))));
}
