use std::time::Duration;

/// How long workers stay together before the pool is free for other runs.
const REGION: Duration = Duration::from_millis(25);
/// How long a number of workers is tried.
const TRIAL: Duration = Duration::from_millis(8);
/// Regions until all numbers are tried again: some seconds.
const REGIONS: usize = 120;
/// A number must be this much faster to take over, so that noise does not make the choice wander.
const CLEARLY: f64 = 0.97;

/// Chooses the number of workers by trying: how many pay cannot be known beforehand, since CPUs may be halves of one core or
/// under a quota, and neighbours come and go. Results do not depend on it, so it may change between any two steps.
pub(crate) struct Governor {
    /// 1, 2, 4 … up to what the machine has and the step can feed.
    candidates: Vec<usize>,
    /// Seconds a step of each, as far as tried in this round.
    measured: Vec<f64>,
    best: usize,
    regions: usize,
    warm: bool,
}

impl Governor {
    pub(crate) fn new(most: usize) -> Self {
        let mut candidates: Vec<usize> =
            std::iter::successors(Some(1), |n| Some(n * 2)).take_while(|&n| n < most).collect();
        candidates.push(most.max(1));
        Self { candidates, measured: Vec::new(), best: 0, regions: 0, warm: false }
    }

    /// Workers of the next region, and how long it may last; one worker alone holds up nobody.
    pub(crate) fn choose(&self) -> (usize, Option<Duration>) {
        match self.candidates.get(self.measured.len()) {
            _ if self.candidates.len() == 1 => (self.candidates[0], (self.candidates[0] > 1).then_some(REGION)),
            Some(&untried) => (untried, Some(TRIAL)),
            None => (self.candidates[self.best], Some(REGION)),
        }
    }

    /// Takes note of a region; the first of all only warms the caches.
    pub(crate) fn record(&mut self, steps: usize, elapsed: Duration) {
        if steps == 0 || self.candidates.len() == 1 {
            return;
        }
        if self.measured.len() == self.candidates.len() {
            self.regions += 1;
            if self.regions == REGIONS {
                (self.regions, self.measured) = (0, Vec::new());
            }
        } else if std::mem::replace(&mut self.warm, true) {
            self.measured.push(elapsed.as_secs_f64() / steps as f64);
            self.settle();
        }
    }

    /// Once all are tried: the fewest workers that no others clearly beat.
    fn settle(&mut self) {
        if self.measured.len() == self.candidates.len() {
            self.best = 0;
            for (i, seconds) in self.measured.iter().enumerate() {
                if *seconds < self.measured[self.best] * CLEARLY {
                    self.best = i;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settled(seconds: impl Fn(usize) -> f64, most: usize) -> usize {
        let mut governor = Governor::new(most);
        for _ in 0..20 {
            let (workers, _) = governor.choose();
            governor.record(10, Duration::from_secs_f64(seconds(workers) * 10.0));
        }
        governor.choose().0
    }

    #[test]
    fn keeps_all_real_cores_and_no_halves_of_one() {
        assert_eq!(settled(|workers| 1e-3 / workers as f64, 6), 6);
        assert_eq!(settled(|workers| 1e-3 * workers as f64, 6), 1);
        assert_eq!(settled(|workers| 1e-3 + (workers as f64 - 4.0).abs() * 1e-4, 8), 4);
        assert_eq!(settled(|_| 1e-3, 1), 1);
    }

    #[test]
    fn looks_again_when_the_machine_changes() {
        let mut governor = Governor::new(2);
        let mut run = |seconds: [f64; 2], regions: usize| {
            for _ in 0..regions {
                let (workers, _) = governor.choose();
                governor.record(1, Duration::from_secs_f64(seconds[workers - 1]));
            }
            governor.choose().0
        };
        assert_eq!(run([1e-3, 5e-4], 10), 2);
        assert_eq!(run([1e-3, 2e-3], REGIONS + 10), 1);
    }
}
