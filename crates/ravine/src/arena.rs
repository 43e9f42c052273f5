//! The one room of shared mutable memory. Workers write to one arena at once; that their tiles do not meet is proved when a
//! plan is made ([`crate::plan`]), and only here is it relied upon.

use crate::barrier::{Barrier, Guard};
use crate::claims::Claims;
use crate::error::{Error, Result};
use crate::op::Step;
use crate::plan::{Phase, Plan, Task, Way};
use crate::profile::Watch;
use ravine_kernels::{Element, MOST_STATES};
use std::alloc::{Layout, alloc_zeroed, dealloc};
use std::ptr::NonNull;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Two cache lines: a row of a panel.
const ALIGNMENT: usize = 128;
/// The most regions that one operation reads.
pub(crate) const MOST_READS: usize = 4;
/// The most blocks that one tile writes: of a parameter and of its states.
pub(crate) const MOST_WRITES: usize = 1 + MOST_STATES;

/// Which arena: parameters and velocities live as long as the model, activations and gradients as long as a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Space {
    State,
    Work,
}

/// A contiguous part of an arena.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Region {
    pub(crate) space: Space,
    pub(crate) start: usize,
    pub(crate) len: usize,
}

/// `count` runs of `len` elements, `stride` apart: what one tile writes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Block {
    pub(crate) space: Space,
    pub(crate) start: usize,
    pub(crate) count: usize,
    pub(crate) stride: usize,
    pub(crate) len: usize,
}

impl Region {
    /// Elements `start` … of this region as one run.
    pub(crate) fn block(self, start: usize, len: usize) -> Block {
        Block { space: self.space, start: self.start + start, count: 1, stride: 0, len }
    }
}

impl Block {
    /// From its first element to behind its last.
    fn span(self) -> usize {
        self.count.saturating_sub(1).saturating_mul(self.stride).saturating_add(self.len)
    }

    pub(crate) fn elements(self) -> usize {
        self.count * self.len
    }

    /// Its runs as regions.
    pub(crate) fn runs(self) -> impl Iterator<Item = Region> {
        let Self { space, start, count, stride, len } = self;
        (0..count).map(move |i| Region { space, start: start + i * stride, len })
    }
}

/// Aligned zeros.
pub(crate) struct Arena<T> {
    data: NonNull<T>,
    len: usize,
    layout: Layout,
}

// SAFETY: the arena owns plain numbers; who may touch which of them is the contract of `execute`.
unsafe impl<T: Send> Send for Arena<T> {}
// SAFETY: as above: shared access goes through `execute` alone, exclusive access through `&mut self`.
unsafe impl<T: Sync> Sync for Arena<T> {}

impl<T: Element> Arena<T> {
    /// # Errors
    /// [`Error::Native`] when the machine has no such memory.
    pub(crate) fn new(len: usize) -> Result<Self> {
        let refused = || Error::Native(format!("memory: expected room for {len} numbers but the machine has none"));
        let layout = layout::<T>(len).ok_or_else(refused)?;
        // SAFETY: the layout is never of size 0.
        let data = NonNull::new(unsafe { alloc_zeroed(layout) }.cast()).ok_or_else(refused)?;
        Ok(Self { data, len, layout })
    }

    /// A region, by the only owner.
    pub(crate) fn get_mut(&mut self, region: Region) -> &mut [T] {
        // SAFETY: inside the allocation, initialised by zeros; `&mut self` keeps everyone else out.
        unsafe { std::slice::from_raw_parts_mut(self.pointer(region), region.len) }
    }

    fn pointer(&self, region: Region) -> *mut T {
        assert!(region.start.saturating_add(region.len) <= self.len, "region outside its arena");
        // SAFETY: inside the allocation, by the assertion.
        unsafe { self.data.as_ptr().add(region.start) }
    }
}

impl<T> Drop for Arena<T> {
    fn drop(&mut self) {
        // SAFETY: allocated by `new` with the same layout.
        unsafe { dealloc(self.data.as_ptr().cast(), self.layout) }
    }
}

/// None for more than the address space holds.
fn layout<T>(len: usize) -> Option<Layout> {
    let bytes = len.checked_mul(size_of::<T>())?.max(ALIGNMENT);
    Layout::from_size_align(bytes, ALIGNMENT).ok()
}

/// What a tile writes: its runs, each a slice of its own.
pub(crate) struct Runs<'a, T> {
    data: *mut T,
    block: Block,
    marker: std::marker::PhantomData<&'a mut [T]>,
}

impl<T> Runs<'_, T> {
    /// The run numbered `i`.
    pub(crate) fn run(&mut self, i: usize) -> &mut [T] {
        assert!(i < self.block.count, "run outside its block");
        // SAFETY: `execute` made this from a block inside the arena that no other tile of the phase touches.
        unsafe { std::slice::from_raw_parts_mut(self.data.add(i * self.block.stride), self.block.len) }
    }

    /// All runs.
    pub(crate) fn all(&mut self) -> impl Iterator<Item = &mut [T]> {
        let Block { count, stride, len, .. } = self.block;
        // SAFETY: as in `run`; runs of one block do not meet either, since the plan is verified.
        (0..count).map(move |i| unsafe { std::slice::from_raw_parts_mut(self.data.add(i * stride), len) })
    }

    /// The first run: all of a block that has one.
    pub(crate) fn whole(&mut self) -> &mut [T] {
        self.run(0)
    }
}

/// The workers of a region: they go through the phases of a plan together, each computing its share of every phase, and then what
/// is left of the others'.
pub(crate) struct Team<'a, T: Element> {
    pub(crate) plan: &'a Plan<T>,
    state: &'a Arena<T>,
    workers: usize,
    joined: AtomicUsize,
    barrier: Barrier,
    claims: Claims,
    /// The ways of even and of odd steps: one is chosen while the other is gone.
    ways: [AtomicUsize; 2],
}

impl<'a, T: Element> Team<'a, T> {
    /// Exclusive borrows: nothing but the team touches the two arenas while it lives. The first step goes the way numbered `way`.
    pub(crate) fn new(plan: &'a mut Plan<T>, state: &'a mut Arena<T>, workers: usize, way: usize) -> Self {
        let (barrier, claims) = (Barrier::new(workers), Claims::new(workers));
        Self { plan, state, workers, joined: 0.into(), barrier, claims, ways: [way.into(), 0.into()] }
    }

    /// The next worker, for the thread that calls.
    ///
    /// # Panics
    /// When all have joined.
    pub(crate) fn join(&self) -> Worker<'_, T> {
        let number = self.joined.fetch_add(1, Ordering::Relaxed);
        assert!(number < self.workers, "a team has as many workers as it was made for");
        let way = &self.plan.ways()[self.ways[0].load(Ordering::Relaxed)];
        Worker { team: self, number, way, step: 0, phase: 0, half: 0, _guard: self.barrier.guard() }
    }
}

/// One worker; its number is its own, and it cannot leave out a phase or a barrier.
pub(crate) struct Worker<'a, T: Element> {
    team: &'a Team<'a, T>,
    number: usize,
    way: &'a Way<T>,
    step: usize,
    phase: usize,
    half: usize,
    _guard: Guard<'a>,
}

impl<'a, T: Element> Worker<'a, T> {
    /// That of the step in hand.
    pub(crate) fn way(&self) -> &'a Way<T> {
        self.way
    }

    /// This worker's share of the next phase; `before` runs between the share and the barrier. The last phase of a step chooses the
    /// way of the next.
    pub(crate) fn phase(&mut self, step: &Step<'_, T>, before: impl FnOnce()) {
        let Team { plan, workers, ways, .. } = self.team;
        let (tasks, last) = (&self.way.phases[self.phase], self.phase + 1 == self.way.phases.len());
        let mut watch = plan.clock.as_ref().map(Watch::start);
        self.share(tasks, *workers, step, &mut watch);
        let next = &ways[(self.step + 1) % 2];
        if last && self.number == 0 {
            next.store(plan.way(step.dataset, step.next), Ordering::Relaxed);
        }
        before();
        self.team.barrier.wait();
        if let Some(watch) = &mut watch {
            watch.waited(self.phase);
        }
        self.half = 1 - self.half;
        self.phase = if last { 0 } else { self.phase + 1 };
        if last {
            self.step += 1;
            self.way = &plan.ways()[next.load(Ordering::Relaxed)];
        }
    }

    /// Its own tiles of a phase, then what is left of the others'.
    fn share(&self, tasks: &Phase<T>, workers: usize, step: &Step<'_, T>, watch: &mut Option<Watch<'_>>) {
        if workers == 1 {
            return tasks.iter().for_each(|task| self.run(task, step, watch));
        }
        let share = |worker: usize| tasks.len() * worker / workers..tasks.len() * (worker + 1) / workers;
        self.team.claims.set_back(1 - self.half, self.number);
        for owner in (self.number..workers).chain(0..self.number) {
            while let Some(tile) = self.team.claims.next(self.half, owner, share(owner)) {
                self.run(&tasks[tile], step, watch);
            }
        }
    }

    fn run(&self, task: &Task<T>, step: &Step<'_, T>, watch: &mut Option<Watch<'_>>) {
        let Team { plan, state, .. } = *self.team;
        // SAFETY: the plan is verified: tiles of one phase do not meet. All workers are in the same phase of the same way, since
        // each goes through all phases in order with a barrier after every one, and reads the way that worker 0 chose before the
        // last barrier of the step before; a tile is run by the one worker that claimed it; and the team holds both arenas
        // exclusively.
        unsafe { execute(task, state, plan.work(), step) }
        if let Some(watch) = watch {
            watch.worked(task.number);
        }
    }
}

/// Computes one tile of a phase.
///
/// # Safety
///
/// `task` belongs to a plan that [`crate::plan::verify`] passed; tasks that run at the same time belong to one phase of it,
/// each claimed by one worker; nothing else touches the two arenas meanwhile.
unsafe fn execute<T: Element>(task: &Task<T>, state: &Arena<T>, work: &Arena<T>, step: &Step<'_, T>) {
    let arena = |space| if space == Space::State { state } else { work };
    let mut reads: [&[T]; MOST_READS] = [&[]; MOST_READS];
    for (slice, region) in reads.iter_mut().zip(&task.reads) {
        let data = arena(region.space).pointer(*region);
        // SAFETY: inside the arena; no tile of this phase writes to a region that is read in it.
        *slice = unsafe { std::slice::from_raw_parts(data, region.len) };
    }
    let mut writes = [const { None }; MOST_WRITES];
    for (runs, block) in writes.iter_mut().zip(&task.writes) {
        // The whole span of the runs is checked before any is handed out.
        let span = Region { space: block.space, start: block.start, len: block.span() };
        let data = arena(block.space).pointer(span);
        *runs = Some(Runs { data, block: *block, marker: std::marker::PhantomData });
    }
    task.op.run(task.tile, step, reads, writes);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arena_is_aligned_zeros() {
        for len in [0, 1, 33, 1000] {
            let mut arena = Arena::<f64>::new(len).unwrap();
            let all = arena.get_mut(Region { space: Space::Work, start: 0, len });
            assert!(all.as_ptr().addr().is_multiple_of(128) && all.iter().all(|&zero| zero == 0.0));
        }
    }

    #[test]
    fn more_than_the_address_space_is_refused() {
        // The second would be 0 bytes if it wrapped.
        for len in [usize::MAX, usize::MAX / 8 + 1, isize::MAX as usize / 8] {
            assert!(matches!(Arena::<f64>::new(len), Err(Error::Native(_))), "{len}");
        }
    }

    #[test]
    #[should_panic = "region outside its arena"]
    fn a_region_ends_with_its_arena() {
        _ = Arena::<f32>::new(8).unwrap().get_mut(Region { space: Space::State, start: 5, len: 4 });
    }
}
