use super::{Decay, mean};
use crate::element::Element;

/// g ← g + λp;  p ← p − ηλp;  v ← αv + (1−α)g²;  centred: ḡ ← αḡ + (1−α)g, else ḡ = 0;
/// b ← μb + g / (√max(v − ḡ², 0) + ε);  p ← p − ηb
///
/// Without momentum b is not kept.
///
/// Source: Tieleman and Hinton 2012; Graves 2013; PyTorch's `RMSprop`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RmsProp<T> {
    alpha: T,
    gain: T,
    momentum: T,
    rate: T,
    epsilon: T,
    centered: bool,
    decay: Decay<T>,
}

impl<T: Element> RmsProp<T> {
    /// From (α, 1−α, μ, η, ε, 1 if centred else 0, λ, ηλ).
    pub fn new([alpha, gain, momentum, rate, epsilon, centered, coupled, decoupled]: [f64; 8]) -> Self {
        let [alpha, gain, momentum, rate, epsilon] = [alpha, gain, momentum, rate, epsilon].map(T::from_f64);
        Self { alpha, gain, momentum, rate, epsilon, centered: centered != 0.0, decay: Decay::new(coupled, decoupled) }
    }

    /// On (v, ḡ, b).
    #[inline(always)]
    pub(crate) fn run(&self, parameter: &mut [T], (v, mean, b): (&mut [T], &mut [T], &mut [T]), gradient: &[T]) {
        match (self.centered, self.momentum != T::ZERO) {
            (false, false) => self.each::<false, false>(parameter, (v, mean, b), gradient),
            (false, true) => self.each::<false, true>(parameter, (v, mean, b), gradient),
            (true, false) => self.each::<true, false>(parameter, (v, mean, b), gradient),
            (true, true) => self.each::<true, true>(parameter, (v, mean, b), gradient),
        }
    }

    #[inline(always)]
    fn each<const CENTERED: bool, const MOVES: bool>(
        &self,
        parameter: &mut [T],
        (squares, means, velocity): (&mut [T], &mut [T], &mut [T]),
        gradient: &[T],
    ) {
        let states = squares.iter_mut().zip(means).zip(velocity);
        for ((p, &g), ((v, average), b)) in parameter.iter_mut().zip(gradient).zip(states) {
            let (start, g) = self.decay.of(*p, g);
            *v = mean(self.alpha, *v, self.gain, g * g);
            let mut spread = *v;
            if CENTERED {
                *average = mean(self.alpha, *average, self.gain, g);
                let rest = (-*average).fma(*average, *v);
                // Rounding may take it below; NaN stays.
                spread = if rest < T::ZERO { T::ZERO } else { rest };
            }
            let mut direction = g / (spread.sqrt() + self.epsilon);
            if MOVES {
                direction = self.momentum.fma(*b, direction).settled();
                *b = direction;
            }
            *p = (-self.rate).fma(direction, start);
        }
    }
}
