use super::Decay;
use crate::element::Element;
use crate::rule::MOST_STATES;

/// g ← g + λp;  p ← p − ηλp;  bₖ ← βₖbₖ + g;  p ← p − (η/K)·Σₖ bₖ, summed in order
///
/// Source: Lucas et al., "Aggregated momentum: stability through passive damping", 2019, and their code.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AggMo<T> {
    /// K, at most [`MOST_STATES`].
    pub(crate) count: usize,
    betas: [T; MOST_STATES],
    rate: T,
    decay: Decay<T>,
}

impl<T: Element> AggMo<T> {
    /// From (η/K, λ, ηλ, β₁, …, β_K); none without a β or with too many.
    pub fn new(row: &[f64]) -> Option<Self> {
        let (&[rate, coupled, decoupled], given) = row.split_first_chunk()?;
        let mut betas = [T::ZERO; MOST_STATES];
        let fits = !given.is_empty() && given.len() <= MOST_STATES;
        betas.iter_mut().zip(given).for_each(|(to, from)| *to = T::from_f64(*from));
        fits.then(|| Self { count: given.len(), betas, rate: T::from_f64(rate), decay: Decay::new(coupled, decoupled) })
    }

    #[inline(always)]
    pub(crate) fn run(&self, parameter: &mut [T], states: &mut [&mut [T]], gradient: &[T]) {
        // A piece at a time: each b is a pass of its own over what is near.
        const PIECE: usize = 64;
        for (at, (p, g)) in parameter.chunks_mut(PIECE).zip(gradient.chunks(PIECE)).enumerate() {
            let ([mut given, mut sums], len) = ([[T::ZERO; PIECE]; 2], p.len());
            for ((p, given), &g) in p.iter_mut().zip(&mut given).zip(g) {
                (*p, *given) = self.decay.of(*p, g);
            }
            for (state, &beta) in states.iter_mut().zip(&self.betas[..self.count]) {
                let state = &mut state[at * PIECE..][..len];
                for ((b, sum), &g) in state.iter_mut().zip(&mut sums).zip(&given) {
                    *b = beta.fma(*b, g).settled();
                    *sum += *b;
                }
            }
            p.iter_mut().zip(&sums).for_each(|(p, &sum)| *p = (-self.rate).fma(sum, *p));
        }
    }
}
