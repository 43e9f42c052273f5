use crate::arena::{Arena, Team, Worker};
use crate::dataset::Dataset;
use crate::error::Result;
use crate::op::Step;
use crate::optimizer::Table;
use crate::plan::Plan;
use crate::pool::pool;
use ravine_kernels::{Element, Isa};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Told of each step: its number, Σ of its losses, its right answers; says whether to go on.
pub(crate) type Observer<'a> = dyn FnMut(usize, f64, u64) -> bool + 'a;

/// One pass over examples in a given order.
pub(crate) struct Pass<'a, T: Element> {
    pub(crate) isa: Isa,
    pub(crate) dataset: &'a Dataset<T>,
    pub(crate) order: &'a [u32],
    pub(crate) batch: usize,
    /// Of all examples, where they have some.
    pub(crate) weights: Option<&'a [f64]>,
    /// The optimizer's, and which of its rows is for the first step.
    pub(crate) table: &'a Table<T>,
    pub(crate) row: usize,
    /// Updates of the model that were done before.
    pub(crate) number: u64,
    /// Whether a loss that is not finite ends the pass before anything is updated.
    pub(crate) guarded: bool,
}

/// How a pass went on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Went {
    /// All steps are done.
    Through,
    /// The observer said so.
    Stopped,
    /// This loss of the step was not finite; the step was left.
    Diverged(f64),
}

impl<'a, T: Element> Pass<'a, T> {
    /// Of examples without weights, from the first row of the table on, and whatever the loss is.
    pub(crate) fn new(isa: Isa, dataset: &'a Dataset<T>, order: &'a [u32], batch: usize, table: &'a Table<T>) -> Self {
        Self { isa, dataset, order, batch, weights: None, table, row: 0, number: 0, guarded: false }
    }

    pub(crate) fn steps(&self) -> usize {
        self.order.len().div_ceil(self.batch)
    }

    fn rows(&self, step: usize) -> &[u32] {
        let first = (step * self.batch).min(self.order.len());
        &self.order[first..self.order.len().min(first + self.batch)]
    }

    /// All steps, by `threads` workers or, if 0, by as many as the governor finds best; after each `observe` says whether to go
    /// on. Returns how it went and the steps finished.
    pub(crate) fn run(
        &self,
        plan: &mut Plan<T>,
        state: &mut Arena<T>,
        threads: usize,
        observe: &mut Observer<'_>,
    ) -> Result<(Went, usize)> {
        let mut step = 0;
        loop {
            let (chosen, limit) = plan.governor.choose();
            let workers = if threads > 0 { threads.min(plan.most_workers()) } else { chosen };
            let began = limit.map(|_| Instant::now());
            let (went, next) = self.region(plan, state, workers, (step, limit.zip(began)), observe)?;
            if let Some(began) = began.filter(|_| threads == 0) {
                plan.governor.record(next - step, began.elapsed());
            }
            step = next;
            match went {
                Some(went) => return Ok((went, step)),
                None if step == self.steps() => return Ok((Went::Through, step)),
                None => {}
            }
        }
    }

    /// Some tens of milliseconds of steps by a team.
    fn region(
        &self,
        plan: &mut Plan<T>,
        state: &mut Arena<T>,
        workers: usize,
        (first, limit): (usize, Option<(Duration, Instant)>),
        observe: &mut Observer<'_>,
    ) -> Result<(Option<Went>, usize)> {
        let way = plan.way(self.dataset, self.rows(first));
        let team = Team::new(plan, state, workers, way);
        let goes_on = AtomicBool::new(true);
        let mut stopped = false;
        let mut lead = |step: usize, loss: f64, correct: u64| {
            stopped = !observe(step, loss, correct);
            !stopped && limit.is_none_or(|(limit, began)| began.elapsed() < limit)
        };
        let follow = || _ = self.work(&team, team.join(), first, &goes_on, None);
        // Worker 0 takes its number before any other can.
        let me = team.join();
        let (diverged, next) = if workers == 1 {
            self.work(&team, me, first, &goes_on, Some(&mut lead))
        } else {
            pool(workers - 1)?.region(workers, follow, || self.work(&team, me, first, &goes_on, Some(&mut lead)))
        };
        let went = diverged.map(Went::Diverged).or(stopped.then_some(Went::Stopped));
        Ok((went, next))
    }

    /// One worker's part: returns the loss that diverged, if one did, and the step to go on with.
    fn work(
        &self,
        team: &Team<'_, T>,
        mut worker: Worker<'_, T>,
        first: usize,
        goes_on: &AtomicBool,
        mut lead: Option<&mut Observer<'_>>,
    ) -> (Option<f64>, usize) {
        let plan = team.plan;
        for number in first..self.steps() {
            let (rows, next, rules) = (self.rows(number), self.rows(number + 1), self.table.step(self.row + number));
            let (updates, first_row) = (self.number + number as u64, 0);
            let step = Step {
                isa: self.isa,
                dataset: self.dataset,
                rows,
                next,
                number: updates,
                first_row,
                weights: self.weights,
                rules,
                tuner: self.table.tuner.as_ref(),
                clip: self.table.clip,
                tally: &plan.tally,
            };
            let (way, mut loss) = (worker.way(), 0.0);
            for phase in 0..way.phases.len() {
                let last = phase + 1 == way.phases.len();
                // Said before the barrier, so that every worker reads the same answer after it.
                worker.phase(&step, || {
                    if let Some(lead) = lead.as_deref_mut().filter(|_| last) {
                        let correct = plan.tally.correct(if way.tallied.is_some() { rows.len() } else { 0 });
                        goes_on.store(lead(number, loss, correct), Ordering::Relaxed);
                    }
                });
                if way.tallied == Some(phase) {
                    loss = plan.tally.loss(rows.len());
                    if self.guarded && !loss.is_finite() {
                        return (Some(loss), number);
                    }
                }
            }
            if !goes_on.load(Ordering::Relaxed) {
                return (None, number + 1);
            }
        }
        (None, self.steps())
    }
}
