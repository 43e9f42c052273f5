use crate::compile::{Gradients, Purpose};
use crate::dataset::Dataset;
use crate::error::{Error, Result};
use crate::model::Model;
use crate::optimizer::Optimizer;
use crate::profile::Timing;
use crate::random::shuffle;
use crate::run::{Pass, Went};
use ravine_kernels::{Element, Loss};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

/// Epochs for which there is room from the start.
const ROOM: usize = 1 << 16;
/// Epochs of few examples are timed together: the clock would take as long as one of them.
const TOGETHER: usize = 16;
const FEW: usize = 64;

/// A training run: epochs of shuffled batches.
#[derive(Clone, Debug)]
pub struct Job {
    /// What is minimised.
    pub loss: Loss,
    /// `[examples]`, see [`crate::Objective`].
    pub weights: Option<Vec<f64>>,
    /// Examples of a step; the last step of an epoch may have fewer.
    pub batch: usize,
    /// Passes over the data.
    pub epochs: usize,
    /// Number of the first epoch since the model was made: the stream of its shuffle.
    pub first_epoch: u32,
    /// What there is of that epoch already, fewer steps than it has.
    pub begun: Begun,
    /// Whether each epoch has an order of its own.
    pub shuffle: bool,
    /// Of the shuffle.
    pub seed: u64,
    /// Whether gradients stay in registers rather than be written first. The result does not depend on it.
    pub fused: bool,
    /// Workers; 0 to choose by trying. The result does not depend on it.
    pub threads: usize,
    /// Steps between two events; 0 for none.
    pub log_every: usize,
    /// What is made of the gradients.
    pub optimizer: Optimizer,
    /// Whether to find out where the time goes.
    pub profile: bool,
}

/// What there is of an epoch that is not done.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Begun {
    /// Finished steps.
    pub steps: usize,
    /// Σ of the losses of their examples.
    pub loss: f64,
    /// Examples answered rightly.
    pub correct: u64,
}

/// Progress within a run.
#[derive(Clone, Copy, Debug)]
pub struct StepEvent {
    /// From 0 within the run.
    pub epoch: usize,
    /// From 1 within the epochs of the run.
    pub step: usize,
    /// Mean over the examples since the event before.
    pub loss: f64,
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// All epochs are done.
    Done,
    /// It was asked to stop.
    Aborted,
    /// The loss of the next step was not finite; the parameters are those of the last finished step.
    Diverged,
}

/// What a run came to; one entry for each finished epoch.
#[derive(Clone, Debug)]
pub struct Summary {
    /// How it ended.
    pub outcome: Outcome,
    /// Finished steps.
    pub steps: usize,
    /// Of the epoch that was cut short, if one was.
    pub begun: Option<Begun>,
    /// Mean loss of the steps' batches, each before its update.
    pub losses: Vec<f64>,
    /// Examples answered rightly, each before its update.
    pub correct: Vec<u64>,
    /// Wall time; epochs of few examples share it with their neighbours.
    pub seconds: Vec<f64>,
    /// Where the time went, if it was asked for.
    pub profile: Vec<Timing>,
}

impl<T: Element> Model<T> {
    /// Trains; `stop` is read once a step, `event` called every `log_every` steps on this thread: it says whether the event was
    /// taken, and what it refuses is part of the next.
    ///
    /// # Errors
    /// [`crate::Error::Shape`] or [`crate::Error::Data`] when the dataset does not fit the model, [`crate::Error::Hyperparameter`] for an
    /// optimizer that is none, [`crate::Error::Native`] without threads or memory.
    pub fn train(
        &mut self,
        dataset: &Dataset<T>,
        job: &Job,
        stop: &AtomicBool,
        mut event: impl FnMut(StepEvent) -> bool,
    ) -> Result<Summary> {
        self.check(dataset, Some((job.loss, job.weights.as_deref())))?;
        let table = self.table(&job.optimizer)?;
        let batch = job.batch.clamp(1, dataset.examples);
        let before = self.updates();
        let fused = job.fused && !table.whole.any();
        let gradients = if fused { Gradients::Fused } else { Gradients::Unfused };
        let (state, plan, isa) = self.plan(Purpose::new(dataset, batch, Some(job.loss), gradients, table.whole))?;
        plan.clock = job.profile.then(|| plan.clock());
        let mut course = Course::new(job, dataset.examples, batch);
        course.check()?;
        let mut order = (0..dataset.examples as u32).collect::<Vec<_>>();
        for epoch in 0..job.epochs {
            if job.shuffle {
                shuffle(&mut order, job.seed, job.first_epoch.wrapping_add(epoch as u32));
            }
            let (done, row) = (course.begun.steps, course.summary.steps);
            let (order, number) = (&order[done * batch..], before + row as u64);
            let weights = job.weights.as_deref();
            let pass = Pass { isa, dataset, order, batch, weights, table: &table, row, number, guarded: true };
            let mut observe = |step: usize, loss: f64, correct: u64| {
                course.step(epoch, done + step, loss, correct, &mut event);
                !stop.load(Ordering::Relaxed)
            };
            let (went, finished) = pass.run(plan, state, job.threads, &mut observe)?;
            if !course.epoch(epoch, went, finished) {
                break;
            }
        }
        course.time();
        if let Some(clock) = plan.clock.take() {
            course.summary.profile = clock.timings(course.fullness());
        }
        self.set_updates(before + course.summary.steps as u64);
        Ok(course.summary)
    }
}

/// What a run has come to so far.
struct Course<'a> {
    job: &'a Job,
    examples: usize,
    batch: usize,
    /// Of an epoch.
    steps: usize,
    summary: Summary,
    /// Of the epoch in hand: its steps as of when the pass began.
    begun: Begun,
    /// When it began, or went on.
    began: Instant,
    /// Σ of the losses since the last event that was taken, and of how many examples.
    since: (f64, usize),
}

impl<'a> Course<'a> {
    fn new(job: &'a Job, examples: usize, batch: usize) -> Self {
        let room = job.epochs.min(ROOM);
        let [losses, seconds] = [(); 2].map(|()| Vec::with_capacity(room));
        let correct = Vec::with_capacity(room);
        let (outcome, profile) = (Outcome::Done, Vec::new());
        let summary = Summary { outcome, steps: 0, begun: None, losses, correct, seconds, profile };
        let (steps, began) = (examples.div_ceil(batch), Instant::now());
        Self { job, examples, batch, steps, summary, begun: job.begun, began, since: (0.0, 0) }
    }

    /// Refuses an epoch that would be done before it goes on.
    fn check(&self) -> Result<()> {
        let (steps, begun) = (self.steps, self.begun.steps);
        if begun < steps {
            return Ok(());
        }
        Err(Error::Hyperparameter(format!(
            "train: expected begun to be of fewer steps than {steps} but received {begun}"
        )))
    }

    /// The finished epochs share what has passed since the clock was read last.
    fn time(&mut self) {
        let (now, epochs) = (Instant::now(), self.summary.losses.len());
        let passed = (now - std::mem::replace(&mut self.began, now)).as_secs_f64();
        let share = passed / (epochs - self.summary.seconds.len()).max(1) as f64;
        self.summary.seconds.resize(epochs, share);
    }

    /// By which part batches are full: the last of an epoch may have fewer examples.
    fn fullness(&self) -> f64 {
        self.examples as f64 / (self.steps * self.batch) as f64
    }

    fn step(&mut self, epoch: usize, step: usize, loss: f64, correct: u64, event: &mut impl FnMut(StepEvent) -> bool) {
        self.begun.loss += loss;
        self.begun.correct += correct;
        self.since.0 += loss;
        self.since.1 += self.batch.min(self.examples - step * self.batch);
        let number = epoch * self.steps + step + 1;
        let due = self.job.log_every > 0 && number.is_multiple_of(self.job.log_every);
        if due && event(StepEvent { epoch, step: number, loss: self.since.0 / self.since.1 as f64 }) {
            self.since = (0.0, 0);
        }
    }

    /// Closes an epoch as far as it went; says whether to begin another.
    fn epoch(&mut self, epoch: usize, went: Went, finished: usize) -> bool {
        self.summary.steps += finished;
        self.begun.steps += finished;
        let done = self.begun.steps == self.steps;
        if done {
            let Begun { loss, correct, .. } = std::mem::take(&mut self.begun);
            self.summary.losses.push(loss / self.examples as f64);
            self.summary.correct.push(correct);
            let untimed = self.summary.losses.len() - self.summary.seconds.len();
            if self.examples > FEW || untimed == TOGETHER {
                self.time();
            }
        }
        // A stop that comes with the last step of all stops nothing.
        let through = went == Went::Through || epoch + 1 == self.job.epochs && done;
        if !through {
            self.summary.begun = (self.begun.steps > 0).then_some(self.begun);
            self.summary.outcome = if went == Went::Stopped { Outcome::Aborted } else { Outcome::Diverged };
        }
        through
    }
}
