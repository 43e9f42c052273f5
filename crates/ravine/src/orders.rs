//! Every order in which threads may meet, and all that the memory model lets them see there, tried by loom: `npm run sound -- loom`.

use crate::barrier::Barrier;
use crate::claims::Claims;
use crate::turns::Turns;
use loom::cell::UnsafeCell;
use loom::sync::Arc;
use loom::thread;

/// Numbers for which loom fails where one is written while another thread may see it.
struct Cells(Vec<UnsafeCell<usize>>);

// SAFETY: loom itself watches who uses a cell, and when.
unsafe impl Sync for Cells {}

impl Cells {
    fn new(count: usize) -> Self {
        Self((0..count).map(|_| UnsafeCell::new(0)).collect())
    }

    fn add(&self, place: usize) {
        // SAFETY: loom hands out a pointer that is good for as long as the call.
        self.0[place].with_mut(|number| unsafe { *number += 1 });
    }

    fn read(&self, place: usize) -> usize {
        // SAFETY: as in `add`.
        self.0[place].with(|number| unsafe { *number })
    }
}

/// All orders of `workers` threads that do the same, each by its number.
fn model(workers: usize, shared: impl Fn() -> Box<dyn Fn(usize) + Send + Sync> + Send + Sync + 'static) {
    loom::model(move || {
        let work = Arc::new(shared());
        let others: Vec<_> = (1..workers)
            .map(|number| {
                let work = work.clone();
                thread::spawn(move || work(number))
            })
            .collect();
        work(0);
        others.into_iter().for_each(|other| other.join().unwrap());
    });
}

#[test]
fn what_is_written_before_a_barrier_is_seen_after_it() {
    model(2, || {
        let (barrier, cells) = (Barrier::new(2), Cells::new(2));
        Box::new(move |me| {
            for round in 1..=2 {
                cells.add(me);
                barrier.wait();
                assert_eq!(cells.read(1 - me), round);
                barrier.wait();
            }
        })
    });
}

#[test]
fn three_workers_pass_together() {
    model(3, || {
        let (barrier, cells) = (Barrier::new(3), Cells::new(3));
        Box::new(move |me| {
            cells.add(me);
            barrier.wait();
            assert_eq!([0, 1, 2].map(|other| cells.read(other)), [1; 3]);
        })
    });
}

#[test]
fn each_tile_of_each_phase_is_run_by_one_worker() {
    const TILES: usize = 3;
    model(2, || {
        let (barrier, claims, cells) = (Barrier::new(2), Claims::new(2), Cells::new(TILES));
        Box::new(move |me| {
            let shares = [0..1, 1..TILES];
            for phase in 0..3 {
                claims.set_back(1 - phase % 2, me);
                for owner in [me, 1 - me] {
                    while let Some(tile) = claims.next(phase % 2, owner, shares[owner].clone()) {
                        assert_eq!(cells.read(tile), phase);
                        cells.add(tile);
                    }
                }
                barrier.wait();
            }
            assert!((0..TILES).all(|tile| cells.read(tile) == 3));
        })
    });
}

#[test]
fn one_after_another_has_its_turn() {
    model(3, || {
        let (turns, cells) = (Turns::new(), Cells::new(1));
        Box::new(move |_| turns.take(|| cells.add(0)))
    });
}
