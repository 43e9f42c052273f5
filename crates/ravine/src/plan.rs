use crate::arena::{Arena, MOST_READS, MOST_WRITES, Region};
use crate::dataset::Dataset;
use crate::error::{Error, Result};
use crate::governor::Governor;
use crate::op::{Op, Tally};
use crate::pool::{ALONE, available_threads};
use crate::profile::Clock;
use ravine_kernels::Element;
use std::sync::Arc;

/// Multiply–adds of a step that pay for one more worker.
const WORKER: usize = 1 << 20;

/// One tile of one operation, with all that it touches.
pub(crate) struct Task<T: Element> {
    pub(crate) op: Arc<dyn Op<T>>,
    /// Of the operation, in the order in which they run.
    pub(crate) number: usize,
    pub(crate) tile: usize,
    pub(crate) reads: Box<[Region]>,
    pub(crate) writes: Box<[crate::arena::Block]>,
}

/// Tiles that may run at the same time.
pub(crate) type Phase<T> = Vec<Task<T>>;

/// One way to do a step.
pub(crate) struct Way<T: Element> {
    /// In the order in which they run.
    pub(crate) phases: Vec<Phase<T>>,
    /// The phase after which the losses of the batch are known.
    pub(crate) tallied: Option<usize>,
}

/// A step, compiled: phases of tiles and the memory that they share, in one way or more that come to the same.
pub(crate) struct Plan<T: Element> {
    ways: Vec<Way<T>>,
    work: Arena<T>,
    pub(crate) tally: Tally,
    /// Where the outputs of the network lie, in panels.
    outputs: Region,
    pub(crate) governor: Governor,
    /// While a run is profiled.
    pub(crate) clock: Option<Clock>,
}

impl<T: Element> Plan<T> {
    /// From the operations of each way, in an order that works.
    pub(crate) fn new(ways: Vec<Vec<Arc<dyn Op<T>>>>, work: usize, outputs: Region, batch: usize) -> Result<Self> {
        let work = Arena::new(work)?;
        let weight: usize = ways[0].iter().map(|op| op.work()).sum();
        let mut numbers = 0..;
        let ways: Vec<Way<T>> = ways.into_iter().map(|ops| schedule(ops, &mut numbers)).collect();
        ways.iter().flat_map(|way| &way.phases).try_for_each(verify)?;
        let governor = Governor::new(available_threads().min(weight / WORKER));
        Ok(Self { ways, work, tally: Tally::new(batch), outputs, governor, clock: None })
    }

    /// Numbered: one that visits only what is not zero, where there are two, then one that visits all.
    pub(crate) fn ways(&self) -> &[Way<T>] {
        &self.ways
    }

    /// The number of the way for a batch.
    pub(crate) fn way(&self, dataset: &Dataset<T>, rows: &[u32]) -> usize {
        usize::from(self.ways.len() > 1 && !dataset.mostly_zero(rows))
    }

    /// More workers than the widest phase has tiles would only wait.
    pub(crate) fn most_workers(&self) -> usize {
        if ALONE {
            return 1;
        }
        self.ways.iter().flat_map(|way| &way.phases).map(Vec::len).max().unwrap_or(1).max(1)
    }

    /// A clock for its operations, all at zero.
    pub(crate) fn clock(&self) -> Clock {
        Clock::new(self.ways.iter().map(|way| way.phases.iter().map(|phase| operations(phase)).collect()))
    }

    /// Activations, gradients and scratch.
    pub(crate) fn work(&self) -> &Arena<T> {
        &self.work
    }

    /// The same, by its only user.
    pub(crate) fn work_mut(&mut self) -> &mut Arena<T> {
        &mut self.work
    }

    /// The outputs of the last batch, [panels][batch][PANEL].
    pub(crate) fn outputs(&mut self) -> &mut [T] {
        self.work.get_mut(self.outputs)
    }
}

/// As few phases as the operations' dependencies allow.
fn schedule<T: Element>(ops: Vec<Arc<dyn Op<T>>>, numbers: &mut impl Iterator<Item = usize>) -> Way<T> {
    let mut phases: Vec<Vec<Arc<dyn Op<T>>>> = Vec::new();
    for op in ops {
        let free = phases.iter().rposition(|phase| phase.iter().any(|other| conflict(&*op, &**other)));
        let place = free.map_or(0, |last| last + 1);
        if place == phases.len() {
            phases.push(Vec::new());
        }
        phases[place].push(op);
    }
    let tallies = |phase: &Vec<Arc<dyn Op<T>>>| phase.iter().any(|op| op.tallies());
    if phases.last().is_some_and(tallies) {
        // The losses are read after their phase's barrier, and the step ends with one more.
        phases.push(Vec::new());
    }
    let tallied = phases.iter().position(tallies);
    let mut phase = |ops: &Vec<Arc<dyn Op<T>>>| ops.iter().zip(&mut *numbers).flat_map(tasks).collect();
    Way { phases: phases.iter().map(&mut phase).collect(), tallied }
}

/// The operations of a phase.
fn operations<T: Element>(phase: &Phase<T>) -> Vec<&dyn Op<T>> {
    phase.iter().filter(|task| task.tile == 0).map(|task| &*task.op).collect()
}

fn tasks<T: Element>((op, number): (&Arc<dyn Op<T>>, usize)) -> Vec<Task<T>> {
    let task = |tile| Task { op: op.clone(), number, tile, reads: op.reads().into(), writes: op.writes(tile).into() };
    (0..op.tiles()).map(task).collect()
}

/// Whether one operation writes what the other reads or writes.
fn conflict<T: Element>(a: &dyn Op<T>, b: &dyn Op<T>) -> bool {
    let written = |op: &dyn Op<T>| -> Vec<Region> {
        (0..op.tiles()).flat_map(|tile| op.writes(tile)).flat_map(|block| block.runs()).collect()
    };
    let (a_writes, b_writes) = (written(a), written(b));
    let (a_reads, b_reads) = (a.reads(), b.reads());
    meet(&a_writes, &b_writes) || meet(&a_writes, &b_reads) || meet(&a_reads, &b_writes)
}

fn meet(left: &[Region], right: &[Region]) -> bool {
    let mut right = right.to_vec();
    right.sort_unstable_by_key(|region| (region.space, region.start));
    left.iter().any(|region| {
        let after =
            right.partition_point(|other| (other.space, other.start) < (region.space, region.start + region.len));
        right[..after].iter().rev().take_while(|other| other.space == region.space).any(|other| overlap(region, other))
    })
}

fn overlap(a: &Region, b: &Region) -> bool {
    a.space == b.space && a.len > 0 && b.len > 0 && a.start < b.start + b.len && b.start < a.start + a.len
}

/// Proves that the tiles of a phase may run at the same time: no two write the same element, and none reads what another writes.
/// `arena::execute` relies on it.
fn verify<T: Element>(phase: &Phase<T>) -> Result<()> {
    let mut writes: Vec<Region> =
        phase.iter().flat_map(|task| task.writes.iter().flat_map(|block| block.runs())).collect();
    // An empty region between two others would hide that they meet.
    writes.retain(|region| region.len > 0);
    writes.sort_unstable_by_key(|region| (region.space, region.start));
    let apart = writes.windows(2).all(|pair| !overlap(&pair[0], &pair[1]));
    let mut reads: Vec<Region> = phase.iter().flat_map(|task| task.reads.iter().copied()).collect();
    reads.dedup();
    let few = phase.iter().all(|task| task.reads.len() <= MOST_READS && task.writes.len() <= MOST_WRITES);
    if apart && few && !meet(&writes, &reads) {
        return Ok(());
    }
    Err(Error::Native("plan: expected tiles that keep apart but two of them meet: a bug of ravine".into()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arena::{Block, Space, Team};
    use crate::clip::Clip;
    use crate::op::{Reads, Step, Writes};
    use crate::{Features, Targets};
    use ravine_kernels::{Isa, Rules};
    use std::sync::atomic::{AtomicUsize, Ordering};

    /// Touches its regions and computes nothing; a tile for each block.
    struct Fake {
        reads: Vec<Region>,
        writes: Vec<Block>,
    }

    impl Op<f32> for Fake {
        fn tiles(&self) -> usize {
            self.writes.len()
        }
        fn reads(&self) -> Vec<Region> {
            self.reads.clone()
        }
        fn writes(&self, tile: usize) -> Vec<Block> {
            vec![self.writes[tile]]
        }
        fn name(&self) -> String {
            "fake".into()
        }
        fn run(&self, _: usize, _: &Step<'_, f32>, _: Reads<'_, f32>, _: Writes<'_, f32>) {}
    }

    fn region(start: usize, len: usize) -> Region {
        Region { space: Space::Work, start, len }
    }

    fn run(start: usize, len: usize) -> Block {
        region(start, len).block(0, len)
    }

    /// Two runs of four elements, eight apart.
    fn comb(start: usize) -> Block {
        Block { count: 2, stride: 8, ..run(start, 4) }
    }

    fn plan(ops: Vec<Fake>) -> Result<Plan<f32>> {
        let ops = ops.into_iter().map(|op| Arc::new(op) as Arc<dyn Op<f32>>).collect();
        Plan::new(vec![ops], 64, region(0, 0), 1)
    }

    fn keeps_apart(reads: &[Region], writes: &[Block]) -> bool {
        plan(vec![Fake { reads: reads.to_vec(), writes: writes.to_vec() }]).is_ok()
    }

    #[test]
    fn tiles_that_meet_are_refused() {
        assert!(keeps_apart(&[region(10, 4)], &[run(0, 4), run(4, 6), run(14, 1)]));
        assert!(keeps_apart(&[], &[run(0, 4), Block { space: Space::State, ..run(0, 4) }]));
        assert!(!keeps_apart(&[], &[run(4, 6), run(0, 5)]));
        assert!(!keeps_apart(&[], &[run(0, 4), run(0, 4)]));
        assert!(!keeps_apart(&[region(0, 5)], &[run(4, 6), run(20, 1)]));
        assert!(!keeps_apart(&[region(0, 1); MOST_READS + 1], &[run(4, 6)]));
    }

    #[test]
    fn combs_may_interlock_but_not_touch() {
        assert!(keeps_apart(&[region(16, 4)], &[comb(0), comb(4)]));
        assert!(!keeps_apart(&[], &[comb(0), comb(7)]));
        assert!(!keeps_apart(&[], &[comb(0), run(9, 1)]));
        assert!(!keeps_apart(&[region(11, 1)], &[comb(0)]));
        assert!(!keeps_apart(&[], &[Block { stride: 3, ..comb(0) }]));
    }

    #[test]
    fn an_empty_region_hides_nothing() {
        assert!(keeps_apart(&[region(5, 0)], &[run(0, 10), run(5, 0)]));
        assert!(!keeps_apart(&[], &[run(0, 10), run(5, 0), run(6, 2)]));
    }

    #[test]
    fn conflicts_come_later_and_the_rest_at_once() {
        let op = |read: usize, write: usize| Fake { reads: vec![region(read, 4)], writes: vec![run(write, 4)] };
        // Makes 0; reads it; waits for nobody; writes what the second reads; writes what the fourth writes.
        let plan = plan(vec![op(40, 0), op(0, 8), op(40, 16), op(40, 0), op(44, 2)]).unwrap();
        let starts = |phase: &Phase<f32>| phase.iter().map(|task| task.writes[0].start).collect::<Vec<_>>();
        assert_eq!(
            plan.ways[0].phases.iter().map(starts).collect::<Vec<_>>(),
            [vec![0, 16], vec![8], vec![0], vec![2]]
        );
    }

    /// Counts how often each of its tiles was run, and dawdles over the first.
    struct Counted {
        runs: Vec<AtomicUsize>,
        writes: Region,
    }

    impl Op<f32> for Counted {
        fn tiles(&self) -> usize {
            self.runs.len()
        }
        fn reads(&self) -> Vec<Region> {
            Vec::new()
        }
        fn writes(&self, tile: usize) -> Vec<Block> {
            vec![self.writes.block(tile, 1)]
        }
        fn name(&self) -> String {
            "counted".into()
        }
        fn run(&self, tile: usize, _: &Step<'_, f32>, _: Reads<'_, f32>, _: Writes<'_, f32>) {
            (0..if tile == 0 { 200 } else { 2 }).for_each(|_| std::thread::yield_now());
            self.runs[tile].fetch_add(1, Ordering::Relaxed);
        }
    }

    #[test]
    fn every_tile_is_run_once_a_step_whoever_runs_it() {
        const STEPS: usize = 50;
        for (workers, tiles) in [(1, 5), (2, 1), (2, 7), (3, 16), (5, 3)] {
            // Two phases, since both write the same.
            let counted = || Counted { runs: (0..tiles).map(|_| 0.into()).collect(), writes: region(0, 16) };
            let ops = [Arc::new(counted()), Arc::new(counted())];
            let dynamic = ops.iter().map(|op| op.clone() as Arc<dyn Op<f32>>).collect();
            let mut plan = Plan::new(vec![dynamic], 64, region(0, 0), 1).unwrap();
            let (mut state, dataset) = (Arena::new(0).unwrap(), one_example());
            let tally = Tally::new(1);
            let step = step(&dataset, &tally);
            let team = Team::new(&mut plan, &mut state, workers, 0);
            std::thread::scope(|scope| {
                for _ in 0..workers {
                    scope.spawn(|| {
                        let mut worker = team.join();
                        (0..2 * STEPS).for_each(|_| worker.phase(&step, || ()));
                    });
                }
            });
            let counts: Vec<usize> = ops.iter().flat_map(|op| &op.runs).map(|n| n.load(Ordering::Relaxed)).collect();
            assert_eq!(counts, vec![STEPS; 2 * tiles], "{workers} workers");
        }
    }

    /// Of one example, which updates nothing.
    fn step<'a>(dataset: &'a Dataset<f32>, tally: &'a Tally) -> Step<'a, f32> {
        Step {
            isa: Isa::SCALAR,
            dataset,
            rows: &[0],
            next: &[],
            number: 0,
            first_row: 0,
            weights: None,
            rules: Rules { list: &[], groups: &[] },
            tuner: None,
            clip: Clip::default(),
            tally,
        }
    }

    fn one_example() -> Dataset<f32> {
        Dataset::new(Features::Floats(vec![0.0]), Targets::None, None, 1, 1).unwrap()
    }

    /// What `verify` does not see is checked when a tile is run.
    fn runs(reads: &[Region], writes: Block) {
        let mut plan = plan(vec![Fake { reads: reads.to_vec(), writes: vec![writes] }]).unwrap();
        let dataset = one_example();
        let (mut state, tally) = (Arena::new(0).unwrap(), Tally::new(1));
        Team::new(&mut plan, &mut state, 1, 0).join().phase(&step(&dataset, &tally), || ());
    }

    #[test]
    fn a_tile_may_use_all_of_its_arena() {
        runs(&[region(0, 32)], run(32, 32));
    }

    #[test]
    #[should_panic = "region outside its arena"]
    fn a_tile_that_reads_beyond_its_arena_panics() {
        runs(&[region(33, 32)], run(0, 1));
    }

    #[test]
    #[should_panic = "region outside its arena"]
    fn a_tile_that_writes_beyond_its_arena_panics() {
        runs(&[], Block { stride: 32, ..comb(30) });
    }
}
