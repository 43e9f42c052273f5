use std::time::Duration;

/// How long workers stay together before the pool is free for other runs.
const REGION: Duration = Duration::from_millis(25);
/// How long a number of workers is tried at once.
const TRIAL: Duration = Duration::from_millis(8);
/// How often each number is tried, in turns: first to wake threads and warm caches, then to be measured by its best.
const TRIALS: usize = 3;
/// Regions until all numbers are tried again: half a second at first, since a process that has just begun misleads, then twice as
/// long each time, up to some seconds.
const SOON: usize = 20;
const LATE: usize = 120;
/// A number must be this much faster to take over, so that noise does not make the choice wander.
const CLEARLY: f64 = 0.97;

/// Chooses the number of workers by trying: how many pay cannot be known beforehand, since CPUs may be halves of one core or
/// under a quota, and neighbours come and go. Results do not depend on it, so it may change between any two steps.
pub(crate) struct Governor {
    /// 1, 2, 4 … up to what the machine has and the step can feed.
    candidates: Vec<usize>,
    /// Of this round.
    trials: usize,
    /// Seconds a step of each in this round, at best.
    fastest: Vec<f64>,
    best: usize,
    /// Left until the next round.
    regions: usize,
    patience: usize,
}

impl Governor {
    pub(crate) fn new(most: usize) -> Self {
        let mut candidates: Vec<usize> =
            std::iter::successors(Some(1), |n| Some(n * 2)).take_while(|&n| n < most).collect();
        candidates.push(most.max(1));
        let fastest = vec![f64::INFINITY; candidates.len()];
        Self { candidates, trials: 0, fastest, best: 0, regions: 0, patience: SOON }
    }

    fn tries(&self) -> bool {
        self.candidates.len() > 1 && self.trials < TRIALS * self.candidates.len()
    }

    /// Workers of the next region, and how long it may last; one worker alone holds up nobody.
    pub(crate) fn choose(&self) -> (usize, Option<Duration>) {
        if self.tries() {
            return (self.candidates[self.trials % self.candidates.len()], Some(TRIAL));
        }
        let workers = self.candidates[self.best];
        (workers, (self.candidates.len() > 1 || workers > 1).then_some(REGION))
    }

    /// Takes note of a region.
    pub(crate) fn record(&mut self, steps: usize, elapsed: Duration) {
        if steps == 0 || self.candidates.len() == 1 {
            return;
        }
        if self.tries() {
            self.tried(elapsed.as_secs_f64() / steps as f64);
        } else if self.regions == 0 {
            self.trials = 0;
            self.fastest.fill(f64::INFINITY);
        } else {
            self.regions -= 1;
        }
    }

    fn tried(&mut self, seconds: f64) {
        let candidate = self.trials % self.candidates.len();
        if self.trials >= self.candidates.len() {
            self.fastest[candidate] = self.fastest[candidate].min(seconds);
        }
        self.trials += 1;
        if !self.tries() {
            self.settle();
            (self.regions, self.patience) = (self.patience, (2 * self.patience).min(LATE));
        }
    }

    /// The fewest workers that no others clearly beat.
    fn settle(&mut self) {
        self.best = 0;
        for (i, seconds) in self.fastest.iter().enumerate() {
            if *seconds < self.fastest[self.best] * CLEARLY {
                self.best = i;
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
    fn a_slow_start_is_no_measure() {
        let mut governor = Governor::new(2);
        for slow in [1.0, 1.0, 1.0, 5.0, 1.0, 1.0] {
            let (workers, _) = governor.choose();
            governor.record(1, Duration::from_secs_f64(slow * 1e-3 / workers as f64));
        }
        assert_eq!(governor.choose().0, 2);
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
        assert_eq!(run([1e-3, 2e-3], SOON + 10), 1);
        assert_eq!(run([1e-3, 5e-4], 2 * SOON + 10), 2);
        assert_eq!(run([1e-3, 2e-3], 3 * LATE), 1);
    }
}
