use crate::arena::{Arena, MOST, Region};
use crate::error::{Error, Result};
use crate::governor::Governor;
use crate::op::{Op, Tally};
use crate::pool::available_threads;
use ravine_kernels::Element;
use std::sync::Arc;

/// Multiply–adds of a step that pay for one more worker.
const WORKER: usize = 1 << 20;

/// One tile of one operation, with all that it touches.
pub(crate) struct Task<T: Element> {
    pub(crate) op: Arc<dyn Op<T>>,
    pub(crate) tile: usize,
    pub(crate) reads: Box<[Region]>,
    pub(crate) writes: Box<[crate::arena::Block]>,
}

/// Tiles that may run at the same time.
pub(crate) type Phase<T> = Vec<Task<T>>;

/// A step, compiled: phases of tiles and the memory that they share.
pub(crate) struct Plan<T: Element> {
    phases: Vec<Phase<T>>,
    /// The phase after which the losses of the batch are known.
    pub(crate) tallied: Option<usize>,
    work: Arena<T>,
    pub(crate) tally: Tally,
    /// Where the outputs of the network lie, in panels.
    outputs: Region,
    pub(crate) governor: Governor,
}

impl<T: Element> Plan<T> {
    /// Schedules operations, given in an order that works, into as few phases as their dependencies allow.
    pub(crate) fn new(ops: Vec<Arc<dyn Op<T>>>, work: usize, outputs: Region, batch: usize) -> Result<Self> {
        let mut phases: Vec<Vec<Arc<dyn Op<T>>>> = Vec::new();
        let weight: usize = ops.iter().map(|op| op.work()).sum();
        for op in ops {
            let free = phases.iter().rposition(|phase| phase.iter().any(|other| conflict(&*op, &**other)));
            let place = free.map_or(0, |last| last + 1);
            if place == phases.len() {
                phases.push(Vec::new());
            }
            phases[place].push(op);
        }
        if phases.last().is_some_and(|phase| phase.iter().any(|op| op.tallies())) {
            // The losses are read after their phase's barrier, and the step ends with one more.
            phases.push(Vec::new());
        }
        let tallied = phases.iter().position(|phase| phase.iter().any(|op| op.tallies()));
        let phases: Vec<Phase<T>> = phases.iter().map(|phase| phase.iter().flat_map(tasks).collect()).collect();
        phases.iter().try_for_each(verify)?;
        let governor = Governor::new(available_threads().min(weight / WORKER));
        Ok(Self { phases, tallied, work: Arena::new(work), tally: Tally::new(batch), outputs, governor })
    }

    /// In the order in which they run.
    pub(crate) fn phases(&self) -> &[Phase<T>] {
        &self.phases
    }

    /// Activations, gradients and scratch.
    pub(crate) fn work(&self) -> &Arena<T> {
        &self.work
    }

    /// The outputs of the last batch, [panels][batch][PANEL].
    pub(crate) fn outputs(&mut self) -> &mut [T] {
        self.work.get_mut(self.outputs)
    }
}

fn tasks<T: Element>(op: &Arc<dyn Op<T>>) -> Vec<Task<T>> {
    let task = |tile| Task { op: op.clone(), tile, reads: op.reads().into(), writes: op.writes(tile).into() };
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
    writes.sort_unstable_by_key(|region| (region.space, region.start));
    let apart = writes.windows(2).all(|pair| !overlap(&pair[0], &pair[1]));
    let mut reads: Vec<Region> = phase.iter().flat_map(|task| task.reads.iter().copied()).collect();
    reads.dedup();
    let few = phase.iter().all(|task| task.reads.len() <= MOST && task.writes.len() <= MOST);
    if apart && few && !meet(&writes, &reads) {
        return Ok(());
    }
    Err(Error::Native("plan: expected tiles that keep apart but two of them meet: a bug of ravine".into()))
}
