use crate::{LENGTHS, bits, both, numbers, panics};
use ravine_kernels::math::{exp64, expm64, logp64, normal64, tanh64};
use ravine_kernels::{Activation, Element, Isa, activate, activate_backward, fold};

both! { activations_follow_their_formulas derivatives_follow_their_formulas a_fold_scales_and_shifts lengths_that_differ_panic }

/// Ordinary numbers up to ±9, then the odd ones.
fn inputs<T: Element>(len: usize, salt: usize) -> Vec<T> {
    let odd = [f64::NAN, 0.0, -0.0, f64::INFINITY, f64::NEG_INFINITY, 1e-40, 700.0].map(T::from_f64);
    numbers::<T>(len, salt).into_iter().map(|x| x * T::from_f64(9.0)).chain(odd).collect()
}

fn value<T: Element>(x: T, activation: Activation) -> T {
    match activation {
        Activation::Linear => x,
        Activation::Relu => below(x, x, T::ZERO),
        Activation::Sigmoid => T::from_f64(1.0 / (1.0 + exp64(-x.to_f64()))),
        Activation::Tanh => T::from_f64(tanh64(x.to_f64())),
        Activation::LeakyRelu => below(x, x, T::from_f64(0.01) * x),
        Activation::Gelu => in_f64(x, |x| x * normal64(x)),
        Activation::GeluTanh => in_f64(x, |x| x / (1.0 + exp64(-2.0 * bent(x)))),
        Activation::Silu => in_f64(x, |x| x / (1.0 + exp64(-x))),
        Activation::Elu => below(x, x, in_f64(x, expm64)),
        Activation::Softplus => in_f64(x, |x| x.max(0.0) + logp64(exp64(-x.abs()))),
    }
}

/// √(2/π)·(x + 0.044715·x³)
fn bent(x: f64) -> f64 {
    0.7978845608028654 * (x + 0.044715 * (x * x * x))
}

/// `small` where x is not above 0, else `large`.
fn below<T: Element>(x: T, large: T, small: T) -> T {
    if x <= T::ZERO { small } else { large }
}

fn in_f64<T: Element>(x: T, function: impl Fn(f64) -> f64) -> T {
    T::from_f64(function(x.to_f64()))
}

fn derivative<T: Element>(g: T, y: T, activation: Activation) -> T {
    match activation {
        Activation::Linear => g,
        Activation::Relu => below(y, g, T::ZERO),
        Activation::Sigmoid => g * (y * (T::ONE - y)),
        Activation::Tanh => g * (T::ONE - y * y),
        Activation::LeakyRelu => below(y, g, T::from_f64(0.01) * g),
        Activation::Gelu => g * in_f64(y, |x| normal64(x) + x * (0.3989422804014327 * exp64(x * x * -0.5))),
        Activation::GeluTanh => {
            g * in_f64(y, |x| {
                let s = 1.0 / (1.0 + exp64(-2.0 * bent(x)));
                s + x * (s * (1.0 - s) * (2.0 * 0.7978845608028654 * (1.0 + 3.0 * 0.044715 * (x * x))))
            })
        }
        Activation::Silu => {
            g * in_f64(y, |x| {
                let s = 1.0 / (1.0 + exp64(-x));
                s * (1.0 + x * (1.0 - s))
            })
        }
        Activation::Elu => below(y, g, g * (y + T::ONE)),
        Activation::Softplus => g * in_f64(y, |y| -expm64(-y)),
    }
}

fn activations_follow_their_formulas<T: Element>() {
    for (len, activation) in LENGTHS.iter().flat_map(|&len| Activation::ALL.map(|(_, activation)| (len, activation))) {
        let x = inputs::<T>(len, 1);
        let expected: Vec<T> = x.iter().map(|&x| value(x, activation)).collect();
        assert!(expected[len].to_f64().is_nan(), "{activation:?} of NaN is NaN");
        for isa in Isa::available() {
            let mut y = x.clone();
            activate(isa, &mut y, activation);
            assert_eq!(bits(&y), bits(&expected), "{} {len} {activation:?}", isa.name());
        }
    }
}

fn derivatives_follow_their_formulas<T: Element>() {
    for (len, activation) in LENGTHS.iter().flat_map(|&len| Activation::ALL.map(|(_, activation)| (len, activation))) {
        let (gradient, output) = (numbers::<T>(len + 7, 2), inputs::<T>(len, 1));
        let pairs = gradient.iter().zip(&output);
        let expected: Vec<T> = pairs.map(|(&g, &y)| derivative(g, y, activation)).collect();
        for isa in Isa::available() {
            let mut found = gradient.clone();
            activate_backward(isa, &mut found, &output, activation);
            assert_eq!(bits(&found), bits(&expected), "{} {len} {activation:?}", isa.name());
        }
    }
}

fn a_fold_scales_and_shifts<T: Element>() {
    let (base, scale) = (numbers::<T>(T::PANEL, 2), T::from_f64(0.37));
    for &rows in LENGTHS {
        let x = numbers::<T>(rows * T::PANEL, 1);
        let expected: Vec<T> = x.iter().enumerate().map(|(i, &x)| scale.fma(x, base[i % T::PANEL])).collect();
        for isa in Isa::available() {
            let mut y = x.clone();
            fold(isa, &mut y, scale, &base);
            assert_eq!(bits(&y), bits(&expected), "{} {rows}", isa.name());
        }
    }
}

fn lengths_that_differ_panic<T: Element>() {
    let (mut values, base) = (vec![T::ONE; T::PANEL], vec![T::ONE; T::PANEL - 1]);
    assert!(panics(|| fold(Isa::chosen(), &mut values, T::ONE, &base)));
    assert!(panics(|| activate_backward(Isa::chosen(), &mut values, &base, Activation::Relu)));
}
