use crate::tune::MEMORY;
use ravine_kernels::math::{exp64, log64};

/// Is added where a denominator or a logarithm may be of nothing.
const EPSILON: f64 = 1e-6;
/// The rate warms up over ten windows, and the guard lets ten thresholds pass.
const TEN: f64 = 10.0;
/// Steps in a window at most: what the memory holds.
const MOST: usize = MEMORY - WINDOW;

// Places of the memory: the steps so far, βᵗ, averages, the threshold (0 before there is one), squares of the window.
const STEPS: usize = 0;
const SPENT: usize = 1;
const SQUARE: usize = 2;
const NORM: usize = 3;
const DISTANCE: usize = 4;
const LEAST: usize = 5;
const LARGEST: usize = 6;
const THRESHOLD: usize = 7;
const WINDOW: usize = 8;

/// Momentum and rate from the range of curvatures, the noise and the distance, each estimated from gradients g of all parameters:
///
/// h_min, h_max = exp of averages of the log of the least and largest ‖g‖² + ε in the window;  C = max(ε, avg ‖g‖² − ‖avg g‖²);
/// D = avg (avg ‖g‖ / (avg ‖g‖² + ε));  p = (D + ε)²(h_min + ε)²/(2(C + ε));  w³ = −(√(p² + 4p³/27) + p)/2;
/// x = 1 + w − p/(3(w + ε));  r = max(1 + ε, (h_max + ε)/(h_min + ε));  μ = max(x², ((√r − 1)/(√r + 1))²), 0 in the first step;
/// η = (1 − √μ)²/(h_min + ε)·min(1, t/(10·window)), 1 in the first step;  g is clipped to √h_max of the step before
///
/// Source: Zhang and Mitliagkas, "YellowFin and the art of momentum tuning", 2017, with the constants of their code.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct YellowFin {
    /// Of all averages, which are debiased.
    pub beta: f64,
    /// Steps, at most 56.
    pub window: usize,
}

impl YellowFin {
    /// min(1, 10·T/‖g‖) with the threshold T.
    pub(crate) fn guard(norm: f64, memory: &[f64; MEMORY]) -> f64 {
        bound(TEN * memory[THRESHOLD], norm, memory)
    }

    /// (μ, η, min(1, T/‖g‖)) of a step whose guarded gradients have this norm, and their averages this sum of squares.
    pub(crate) fn tune(&self, norm: f64, averages: f64, memory: &mut [f64; MEMORY]) -> (f64, f64, f64) {
        let factor = bound(memory[THRESHOLD], norm, memory);
        let window = self.window.clamp(1, MOST);
        let step = memory[STEPS];
        memory[WINDOW + step as usize % window] = norm * norm + EPSILON;
        memory[STEPS] = step + 1.0;
        memory[SPENT] = if step == 0.0 { self.beta } else { memory[SPENT] * self.beta };
        let recent = &memory[WINDOW..WINDOW + window.min(step as usize + 1)];
        let least = recent.iter().fold(recent[0], |least, &x| if x < least { x } else { least });
        let largest = recent.iter().fold(recent[0], |largest, &x| if x > largest { x } else { largest });
        let least = exp64(self.average(memory, LEAST, log64(least + EPSILON)));
        let largest = exp64(self.average(memory, LARGEST, log64(largest + EPSILON)));
        let square = self.average(memory, SQUARE, norm * norm);
        let unbiased = 1.0 - memory[SPENT];
        let noise = square - averages / (unbiased * unbiased);
        let noise = if noise > EPSILON { noise } else { EPSILON };
        let ratio = self.average(memory, NORM, norm) / (square + EPSILON);
        let distance = self.average(memory, DISTANCE, ratio);
        memory[THRESHOLD] = largest.sqrt();
        if step == 0.0 {
            return (0.0, 1.0, factor);
        }
        let momentum = momentum(least, largest, noise, distance);
        let still = 1.0 - momentum.sqrt();
        let warm = (step + 1.0) / (TEN * window as f64);
        (momentum, still * still / (least + EPSILON) * if warm < 1.0 { warm } else { 1.0 }, factor)
    }

    /// a ← βa + (1−β)x;  a / (1 − βᵗ)
    fn average(&self, memory: &mut [f64; MEMORY], place: usize, x: f64) -> f64 {
        memory[place] = self.beta * memory[place] + (1.0 - self.beta) * x;
        memory[place] / (1.0 - memory[SPENT])
    }
}

/// min(1, limit / norm); no limit before the first step. NaN stays.
fn bound(limit: f64, norm: f64, memory: &[f64; MEMORY]) -> f64 {
    let ratio = limit / norm;
    if memory[STEPS] == 0.0 || ratio >= 1.0 { 1.0 } else { ratio }
}

fn momentum(least: f64, largest: f64, noise: f64, distance: f64) -> f64 {
    let (d, h) = (distance + EPSILON, least + EPSILON);
    let p = d * d * (h * h) / 2.0 / (noise + EPSILON);
    let cube = ((p * p + 4.0 / 27.0 * (p * p * p)).sqrt() + p) / 2.0;
    let w = -exp64(log64(cube) / 3.0);
    let x = 1.0 + w - p / 3.0 / (w + EPSILON);
    let ratio = (largest + EPSILON) / h;
    let root = if ratio > 1.0 + EPSILON { ratio.sqrt() } else { (1.0 + EPSILON).sqrt() };
    let range = (root - 1.0) / (root + 1.0);
    if x * x > range * range { x * x } else { range * range }
}
