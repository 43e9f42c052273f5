use crate::{bits, both, numbers, panics};
use ravine_kernels::{Element, Isa, Momentum, fold, gradient, momentum, update};

both! { a_fused_update_is_a_gradient_and_then_a_step what_is_too_short_panics }

/// Every combination of decays and looking ahead, the last with a velocity that is flushed.
fn rules<T: Element>() -> Vec<Momentum<T>> {
    let mut rules = vec![Momentum::new([0.0, 1e-33, 1.0, 0.0, 0.0], false)];
    for coupled in [0.0, 0.01] {
        for decoupled in [0.0, 0.02] {
            rules.extend([false, true].map(|nesterov| Momentum::new([0.9, 0.7, 0.1, coupled, decoupled], nesterov)));
        }
    }
    rules
}

fn a_fused_update_is_a_gradient_and_then_a_step<T: Element>() {
    for (rows, columns) in [(0, 1), (1, 1), (5, 12), (64, T::PANEL), (33, T::PANEL - 3), (4097, 2)] {
        for rule in rules() {
            for folded in [false, true] {
                check::<T>((rows, columns), &rule, folded);
            }
        }
    }
}

fn check<T: Element>((rows, columns): (usize, usize), rule: &Momentum<T>, folded: bool) {
    let (a, b) = (numbers::<T>(rows * T::PANEL, 1), numbers::<T>(rows * T::PANEL, 2));
    let (scale, shift) = (T::from_f64(0.3), numbers::<T>(T::PANEL, 3));
    let states = || {
        let mut velocity = numbers::<T>(columns * T::PANEL, 5);
        velocity[1] = T::from_f64(f64::NAN);
        (numbers::<T>(columns * T::PANEL, 4), velocity)
    };
    for isa in Isa::available() {
        let ((mut w, mut v), (mut fused_w, mut fused_v)) = (states(), states());
        let mut g = vec![T::ZERO; columns * T::PANEL];
        gradient(isa, &a, 0, &b, &mut g);
        if folded {
            fold(isa, &mut g, scale, &shift);
        }
        momentum(isa, &mut w, &mut v, &g, rule);
        update(isa, &a, &b, (&mut fused_w, &mut fused_v), rule, folded.then_some((scale, &shift[..])), T::PANEL);
        let context = format!("{} {rows} × {columns} {rule:?} {folded}", isa.name());
        assert_eq!((bits(&fused_w), bits(&fused_v)), (bits(&w), bits(&v)), "{context}");
    }
}

fn what_is_too_short_panics<T: Element>() {
    let rule = Momentum::new([0.9, 1.0, 0.1, 0.0, 0.0], false);
    let run = |a: usize, weight: usize, velocity: usize, shift: usize| {
        let [a, b, shift] = [a, T::PANEL * 3, shift].map(|len| vec![T::ZERO; len]);
        let (mut w, mut v) = (vec![T::ZERO; weight], vec![T::ZERO; velocity]);
        update(Isa::SCALAR, &a, &b, (&mut w, &mut v), &rule, Some((T::ONE, &shift)), T::PANEL);
    };
    let (a, square) = (T::PANEL * 3, T::PANEL * T::PANEL);
    run(a, square, square, T::PANEL);
    assert!(panics(|| run(a - 1, square, square, T::PANEL)));
    assert!(panics(|| run(a, square, square - 1, T::PANEL)));
    assert!(panics(|| run(a, square, square, T::PANEL - 1)));
    assert!(panics(|| run(a, square + T::PANEL, square + T::PANEL, T::PANEL)));
}
