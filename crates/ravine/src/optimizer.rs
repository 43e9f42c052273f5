use crate::clip::Clip;
use crate::error::{Error, Result};
use crate::tune::Tuner;
use crate::whole::Whole;
use ravine_kernels::{Element, Rule, Rules};

/// An optimizer over the steps of a run: rules with their numbers for groups of parameters.
#[derive(Clone, Debug)]
pub struct Optimizer {
    /// What the parameters of a group follow.
    pub groups: Vec<Group>,
    /// The group of each parameter, in order; of one that stays as it is a number that no group has.
    pub of: Vec<u32>,
    /// What sets the momentum family's numbers by what a step sees.
    pub tuner: Option<Tuner>,
    /// Bounds for the gradients.
    pub clip: Clip,
}

/// A rule with its numbers.
#[derive(Clone, Debug)]
pub struct Group {
    /// A name that [`Rule::new`] knows.
    pub rule: String,
    /// One row for all steps, or one a step.
    pub rows: Vec<f64>,
    /// Numbers of a row.
    pub width: usize,
}

impl Optimizer {
    /// One group of so many parameters, with one row for all steps.
    pub fn constant(rule: &str, row: &[f64], parameters: usize) -> Self {
        let groups = vec![Group { rule: rule.into(), rows: row.into(), width: row.len() }];
        Self { groups, of: vec![0; parameters], tuner: None, clip: Clip::default() }
    }
}

/// The rules of all steps, as they are used.
pub(crate) struct Table<T> {
    /// [steps][groups]
    rules: Vec<Rule<T>>,
    width: usize,
    groups: Vec<u32>,
    pub(crate) tuner: Option<Tuner>,
    pub(crate) clip: Clip,
    /// What a plan has to do for it.
    pub(crate) whole: Whole,
}

impl<T: Element> Table<T> {
    /// # Errors
    /// [`Error::Hyperparameter`] for an unknown rule, rows of another length, none, or not one for each of as many steps;
    /// [`Error::Shape`] where the parameters or their states are not so many.
    pub(crate) fn new(optimizer: &Optimizer, parameters: usize, states: usize) -> Result<Self> {
        let groups = optimizer.groups.iter().map(Group::rules).collect::<Result<Vec<Vec<Rule<T>>>>>()?;
        let steps = groups.iter().map(Vec::len).max().unwrap_or(1);
        if groups.iter().any(|rows| rows.len() != 1 && rows.len() != steps) {
            return Err(Error::Hyperparameter("optimizer: expected one row of numbers, or one a step".into()));
        }
        let kept = groups.iter().flatten().map(Rule::states).max().unwrap_or(0);
        let kept = kept.max(optimizer.tuner.as_ref().map_or(0, Tuner::states));
        if optimizer.of.len() != parameters || kept > states {
            let (of, expected) =
                (optimizer.of.len(), format!("groups of {parameters} parameters with {states} states"));
            return Err(Error::Shape(format!("optimizer: expected {expected} but received {of} with {kept}")));
        }
        let row = |step: usize| groups.iter().map(move |rows| rows[step.min(rows.len() - 1)]);
        let (tuner, clip) = (optimizer.tuner.clone(), optimizer.clip);
        let rules = (0..steps).flat_map(row).collect();
        let whole = Whole::new(optimizer, clip);
        Ok(Self { rules, width: groups.len(), groups: optimizer.of.clone(), tuner, clip, whole })
    }

    /// Of a step from 0; the last row is for all that follow.
    pub(crate) fn step(&self, step: usize) -> Rules<'_, T> {
        let steps = self.rules.len() / self.width.max(1);
        let row = step.min(steps.saturating_sub(1)) * self.width;
        Rules { list: &self.rules[row..row + self.width], groups: &self.groups }
    }

    /// For runs that update nothing.
    pub(crate) fn nothing() -> Self {
        let (clip, whole) = (Clip::default(), Whole::default());
        Self { rules: Vec::new(), width: 0, groups: Vec::new(), tuner: None, clip, whole }
    }
}

impl Group {
    fn rules<T: Element>(&self) -> Result<Vec<Rule<T>>> {
        let refused = || {
            let sentence =
                format!("optimizer: expected rows of numbers of a rule but received others of '{}'", self.rule);
            Error::Hyperparameter(sentence)
        };
        let whole = self.width > 0 && !self.rows.is_empty() && self.rows.len().is_multiple_of(self.width);
        let rows = whole.then(|| self.rows.chunks_exact(self.width)).ok_or_else(refused)?;
        rows.map(|row| Rule::new(&self.rule, row).ok_or_else(refused)).collect()
    }
}
