use ravine_kernels::math::{exp64, expm64, log64, logp64, normal64, tanh64};

const INFINITY: f64 = f64::INFINITY;
const SMALLEST: f64 = f64::from_bits(1);

/// FNV-1a over the words of f(scale·i), i = −5000 … 5000.
fn hash(f: impl Fn(f64) -> f64, scale: f64) -> u64 {
    (-5000..=5000)
        .fold(0xcbf29ce484222325, |hash, i| (hash ^ f(scale * i as f64).to_bits()).wrapping_mul(0x100000001b3))
}

/// `test/math.test.ts` has the same numbers.
#[test]
#[cfg_attr(miri, ignore = "sixty thousand numbers")]
fn bits_are_those_of_the_reference() {
    assert_eq!(hash(exp64, 0.149), 0x9ee9ed87c52801fa);
    assert_eq!(hash(|x| log64(x.abs()), 0.173), 0x8c19c001eeb6f81f);
    assert_eq!(hash(tanh64, 0.00173), 0xa5b60aeab62a9eef);
    assert_eq!(hash(expm64, 0.00173), 0xfd772a78872741f6);
    assert_eq!(hash(|x| logp64(x.abs()), 0.00173), 0x839d1d6edf41d567);
    assert_eq!(hash(normal64, 0.0083), 0x28b8461e4d3b1ecd);
}

#[test]
fn exp_has_known_and_special_values() {
    assert_eq!([exp64(0.0), exp64(-0.0), exp64(1.0)], [1.0, 1.0, std::f64::consts::E]);
    assert_eq!([exp64(709.782712893384), exp64(709.7827128933841)], [1.7976931348622732e308, INFINITY]);
    assert_eq!([exp64(-745.1332191019411), exp64(-745.1332191019412)], [SMALLEST, 0.0]);
    assert_eq!([exp64(f64::MAX), exp64(f64::MIN)], [INFINITY, 0.0]);
    assert_eq!([exp64(INFINITY), exp64(-INFINITY)], [INFINITY, 0.0]);
    assert!(exp64(f64::NAN).is_nan());
}

#[test]
fn log_has_known_and_special_values() {
    assert_eq!([log64(1.0), log64(2.0), log64(10.0)], [0.0, std::f64::consts::LN_2, std::f64::consts::LN_10]);
    assert_eq!([log64(f64::MAX), log64(SMALLEST)], [709.782712893384, -744.4400719213812]);
    assert_eq!([log64(0.0), log64(-0.0), log64(INFINITY)], [-INFINITY, -INFINITY, INFINITY]);
    assert!([-SMALLEST, -1.0, -INFINITY, f64::NAN].iter().all(|&x| log64(x).is_nan()));
}

#[test]
fn tanh_is_odd_with_known_and_special_values() {
    assert_eq!([tanh64(0.5), tanh64(1.0), tanh64(3.0)], [0.46211715726000974, 0.7615941559557649, 0.9950547536867305]);
    assert_eq!([tanh64(SMALLEST), tanh64(20.0), tanh64(f64::MAX), tanh64(INFINITY)], [SMALLEST, 1.0, 1.0, 1.0]);
    assert!([0.0, 1e-300, 0.3, 0.8125, 5.0, INFINITY].iter().all(|&x| tanh64(-x).to_bits() == (-tanh64(x)).to_bits()));
    assert!(tanh64(f64::NAN).is_nan());
}
