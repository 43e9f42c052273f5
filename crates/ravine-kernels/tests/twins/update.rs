use crate::{bits, both, numbers, panics};
use ravine_kernels::{Element, Isa, Part, Rule, apply, fold, gradient, update};

both! { a_fused_update_is_a_gradient_and_then_a_step what_is_too_short_panics a_rule_that_does_not_fuse_panics }

/// Every combination of decays and looking ahead, one with a velocity that is flushed, and Adam.
fn rules<T: Element>() -> Vec<Rule<T>> {
    let rule = |name, row: &[f64]| Rule::new(name, row).expect("a row of the rule's length");
    let mut rules = vec![rule("momentum", &[0.0, 1e-33, 1.0, 0.0, 0.0])];
    for coupled in [0.0, 0.01] {
        for decoupled in [0.0, 0.02] {
            rules.extend(["momentum", "nesterov"].map(|name| rule(name, &[0.9, 0.7, 0.1, coupled, decoupled])));
            rules.push(rule("adam", &[0.9, 0.1, 0.99, 0.01, 0.1, 1.5, 1e-8, coupled, decoupled]));
        }
    }
    rules.push(rule("adam", &[0.9, 1e-33, 0.0, 1e-20, 0.1, 1.5, 1e-8, 0.0, 0.0]));
    rules
}

fn a_fused_update_is_a_gradient_and_then_a_step<T: Element>() {
    let shapes = [(0, 1), (2, 13), (5, 13), (1, 1), (64, T::PANEL), (33, T::PANEL - 3), (4097, 2)];
    // The first two shapes, and a rule of each kind, under Miri.
    let (few, kinds) = if cfg!(miri) { (2, 4) } else { (usize::MAX, usize::MAX) };
    for (rows, columns) in shapes.into_iter().take(few) {
        for rule in rules().into_iter().take(kinds) {
            for folded in [false, true] {
                check::<T>((rows, columns), &rule, folded);
            }
        }
    }
}

fn check<T: Element>((rows, columns): (usize, usize), rule: &Rule<T>, folded: bool) {
    let (a, b) = (numbers::<T>(rows * T::PANEL, 1), numbers::<T>(rows * T::PANEL, 2));
    let (scale, shift) = (T::from_f64(0.3), numbers::<T>(T::PANEL, 3));
    let held = || {
        let mut states = [5, 6].map(|seed| numbers::<T>(columns * T::PANEL, seed));
        states[0][1] = T::from_f64(f64::NAN);
        // Of roots; some of them below zero, too.
        states[1].iter_mut().skip(3).for_each(|square| *square = square.abs());
        (numbers::<T>(columns * T::PANEL, 4), states)
    };
    for isa in Isa::available() {
        let ((mut w, mut states), (mut fused_w, mut fused_states)) = (held(), held());
        let mut g = vec![T::ZERO; columns * T::PANEL];
        gradient(isa, &a, 0, &b, &mut g);
        if folded {
            fold(isa, &mut g, scale, &shift);
        }
        apply(isa, rule, &mut w, &mut states.each_mut().map(|state| &mut state[..]), &g);
        let mut part = Part::new(&mut fused_w, fused_states.iter_mut().map(|state| &mut state[..]));
        update(isa, &a, &b, &mut part, rule, folded.then_some((scale, &shift[..])), T::PANEL);
        let context = format!("{} {rows} × {columns} {rule:?} {folded}", isa.name());
        assert_eq!(bits(&fused_w), bits(&w), "{context}");
        assert_eq!(fused_states.map(|state| bits(&state)), states.map(|state| bits(&state)), "{context}");
    }
}

fn what_is_too_short_panics<T: Element>() {
    let rule = Rule::new("momentum", &[0.9, 1.0, 0.1, 0.0, 0.0]).expect("a row of five");
    let run = |a: usize, weight: usize, velocity: usize, shift: usize| {
        let [a, b, shift] = [a, T::PANEL * 3, shift].map(|len| vec![T::ZERO; len]);
        let (mut w, mut v) = (vec![T::ZERO; weight], vec![T::ZERO; velocity]);
        update(Isa::SCALAR, &a, &b, &mut Part::new(&mut w, [&mut v[..]]), &rule, Some((T::ONE, &shift)), T::PANEL);
    };
    let (a, square) = (T::PANEL * 3, T::PANEL * T::PANEL);
    run(a, square, square, T::PANEL);
    assert!(panics(|| run(a - 1, square, square, T::PANEL)));
    assert!(panics(|| run(a, square, square - 1, T::PANEL)));
    assert!(panics(|| run(a, square, square, T::PANEL - 1)));
    assert!(panics(|| run(a, square + T::PANEL, square + T::PANEL, T::PANEL)));
}

fn a_rule_that_does_not_fuse_panics<T: Element>() {
    let rule = Rule::new("lion", &[0.9, 0.1, 0.99, 0.01, 0.1, 0.0, 0.0]).expect("a row of seven");
    let (mut w, mut m, a) = (vec![T::ZERO; T::PANEL], vec![T::ZERO; T::PANEL], vec![T::ZERO; T::PANEL]);
    assert!(panics(|| update(Isa::SCALAR, &a, &a, &mut Part::new(&mut w, [&mut m[..]]), &rule, None, T::PANEL)));
}
