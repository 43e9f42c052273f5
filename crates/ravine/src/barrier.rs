use crate::pool::parallelism;
use crate::sync::{AtomicBool, AtomicUsize, Condvar, Mutex, lock, spin_loop, wait_while, yield_now};
use std::sync::atomic::Ordering;

/// Some microseconds; under loom, for which each is one more order, as few as try all that follows.
const SPINS: usize = if cfg!(loom) { 0 } else { 2_000 };
const YIELDS: usize = if cfg!(loom) { 1 } else { 50 };

/// Where the workers of a region meet between phases: they spin for some microseconds, then yield, then park.
pub(crate) struct Barrier {
    workers: usize,
    /// None where workers outnumber CPUs: who spins then keeps another from coming.
    spins: usize,
    arrived: AtomicUsize,
    generation: AtomicUsize,
    broken: AtomicBool,
    lock: Mutex<()>,
    opened: Condvar,
}

impl Barrier {
    pub(crate) fn new(workers: usize) -> Self {
        Self {
            workers,
            spins: if workers <= parallelism() { SPINS } else { 0 },
            arrived: AtomicUsize::new(0),
            generation: AtomicUsize::new(0),
            broken: AtomicBool::new(false),
            lock: Mutex::new(()),
            opened: Condvar::new(),
        }
    }

    /// Waits until every worker is here.
    ///
    /// # Panics
    /// When another worker panicked: nobody should wait for it.
    pub(crate) fn wait(&self) {
        if self.workers == 1 {
            return;
        }
        let generation = self.generation.load(Ordering::Acquire);
        if self.arrived.fetch_add(1, Ordering::AcqRel) + 1 == self.workers {
            self.arrived.store(0, Ordering::Relaxed);
            self.open(generation + 1);
        } else if !self.passes_soon(generation) {
            wait_while(&self.opened, lock(&self.lock), |()| !self.passed(generation));
        }
        assert!(!self.broken.load(Ordering::Acquire), "another worker panicked");
    }

    fn open(&self, generation: usize) {
        let guard = lock(&self.lock);
        self.generation.store(generation, Ordering::Release);
        drop(guard);
        self.opened.notify_all();
    }

    /// A worker that panicked before this one came has opened an earlier generation, and will not come again.
    fn passed(&self, generation: usize) -> bool {
        self.generation.load(Ordering::Acquire) != generation || self.broken.load(Ordering::Acquire)
    }

    fn passes_soon(&self, generation: usize) -> bool {
        for turn in 0..self.spins + YIELDS {
            if self.passed(generation) {
                return true;
            }
            if turn < self.spins { spin_loop() } else { yield_now() }
        }
        false
    }

    /// Breaks the barrier if the worker that holds this panics.
    pub(crate) fn guard(&self) -> Guard<'_> {
        Guard(self)
    }
}

pub(crate) struct Guard<'a>(&'a Barrier);

impl Drop for Guard<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.broken.store(true, Ordering::Release);
            self.0.open(self.0.generation.load(Ordering::Acquire) + 1);
        }
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use std::sync::Arc;
    use std::time::{Duration, Instant};

    #[test]
    fn nobody_passes_before_the_last_has_come() {
        let (barrier, count) = (Barrier::new(3), AtomicUsize::new(0));
        std::thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| {
                    for round in 1..=2_000 {
                        count.fetch_add(1, Ordering::Relaxed);
                        barrier.wait();
                        assert_eq!(count.load(Ordering::Relaxed), 3 * round);
                        barrier.wait();
                    }
                });
            }
        });
    }

    #[test]
    fn a_panic_frees_the_others() {
        let barrier = Barrier::new(2);
        let waits = |fails: bool| {
            let _guard = barrier.guard();
            assert!(!fails, "on purpose");
            barrier.wait();
        };
        std::thread::scope(|scope| {
            let waiting = scope.spawn(|| waits(false));
            let failing = scope.spawn(|| waits(true));
            assert!(failing.join().is_err() && waiting.join().is_err());
        });
    }

    #[test]
    fn who_comes_after_a_panic_does_not_wait() {
        let barrier = Arc::new(Barrier::new(2));
        let comes = |fails: bool| {
            let barrier = barrier.clone();
            std::thread::spawn(move || {
                let _guard = barrier.guard();
                assert!(!fails, "on purpose");
                barrier.wait();
            })
        };
        assert!(comes(true).join().is_err());
        let (late, began) = (comes(false), Instant::now());
        while !late.is_finished() {
            assert!(began.elapsed() < Duration::from_secs(10), "waits for ever");
            std::thread::yield_now();
        }
        assert!(late.join().is_err());
    }
}
