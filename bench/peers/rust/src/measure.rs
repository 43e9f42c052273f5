//! How long a call takes, and what is told of its result.
use std::time::Instant;

/// How long a measurement takes at least, in seconds.
const LONG: f64 = 0.02;
/// How many values of a result are reported.
const VALUES: usize = 16;

/// The seconds of a call of `work`, over as many calls as it takes to be sure, and how many were made in all.
pub fn many(mut work: impl FnMut()) -> (f64, u32) {
    let (mut calls, mut made) = (1, 0);
    loop {
        let start = Instant::now();
        (0..calls).for_each(|_| work());
        let seconds = start.elapsed().as_secs_f64();
        made += calls;
        if seconds > LONG {
            return (seconds / f64::from(calls), made);
        }
        calls *= 2;
    }
}

/// VALUES of so many, evenly spread, as JSON.
pub fn spread(length: usize, value: impl Fn(usize) -> f32) -> String {
    let values: Vec<f32> = (0..VALUES).map(|i| value((2 * i + 1) * length / (2 * VALUES))).collect();
    format!("{values:?}")
}
