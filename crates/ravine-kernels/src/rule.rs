use crate::element::Element;
use crate::isa::Isa;
use crate::momentum::Momentum;
use crate::rules::{AdaDelta, AdaGrad, Adam, AggMo, AmsGrad, Lion, Muon, NAdam, Qhm, RmsProp};

/// The most states that a rule keeps of each parameter.
pub const MOST_STATES: usize = 8;

/// An optimizer's elementwise rule with its numbers of one step; what the numbers mean stands at each rule.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Rule<T> {
    /// The momentum family.
    Momentum(Momentum<T>),
    /// Quasi-hyperbolic momentum.
    Qhm(Qhm<T>),
    /// Aggregated momentum.
    AggMo(AggMo<T>),
    /// Adam and what differs from it by its numbers alone.
    Adam(Adam<T>),
    /// Adam with the largest second moment.
    AmsGrad(AmsGrad<T>),
    /// Adam with Nesterov's look ahead.
    NAdam(NAdam<T>),
    /// The mean of squares.
    RmsProp(RmsProp<T>),
    /// The sum of squares.
    AdaGrad(AdaGrad<T>),
    /// Squares of gradients and of updates.
    AdaDelta(AdaDelta<T>),
    /// The sign of a momentum.
    Lion(Lion<T>),
    /// A momentum made orthogonal, of whole matrices: nothing is done element by element.
    Muon(Muon<T>),
}

impl<T: Element> Rule<T> {
    /// The rule of a name by a row of its numbers; none for another name, or a row of another length.
    pub fn new(name: &str, row: &[f64]) -> Option<Self> {
        Some(match name {
            "momentum" => Self::Momentum(Momentum::new(row.try_into().ok()?, false)),
            "nesterov" => Self::Momentum(Momentum::new(row.try_into().ok()?, true)),
            "qhm" => Self::Qhm(Qhm::new(row.try_into().ok()?)),
            "aggMo" => Self::AggMo(AggMo::new(row)?),
            "adam" => Self::Adam(Adam::new(row.try_into().ok()?)),
            "amsgrad" => Self::AmsGrad(AmsGrad::new(row.try_into().ok()?)),
            "nadam" => Self::NAdam(NAdam::new(row.try_into().ok()?)),
            "rmsprop" => Self::RmsProp(RmsProp::new(row.try_into().ok()?)),
            "adagrad" => Self::AdaGrad(AdaGrad::new(row.try_into().ok()?)),
            "adadelta" => Self::AdaDelta(AdaDelta::new(row.try_into().ok()?)),
            "muon" => Self::Muon(Muon::new(row.try_into().ok()?)),
            "lion" => Self::Lion(Lion::new(row.try_into().ok()?)),
            _ => return None,
        })
    }

    /// Whether it takes gradients out of registers, by [`crate::update`] and its sparse twin.
    pub fn fuses(&self) -> bool {
        matches!(self, Self::Momentum(_) | Self::Adam(_))
    }

    /// States of each parameter.
    pub fn states(&self) -> usize {
        match self {
            Self::Momentum(_) | Self::Qhm(_) | Self::AdaGrad(_) | Self::Lion(_) | Self::Muon(_) => 1,
            Self::Adam(_) | Self::NAdam(_) | Self::AdaDelta(_) => 2,
            Self::AmsGrad(_) | Self::RmsProp(_) => 3,
            Self::AggMo(rule) => rule.count,
        }
    }
}

/// The rules of one step.
#[derive(Clone, Copy, Debug)]
pub struct Rules<'a, T> {
    /// One for each group of parameters.
    pub list: &'a [Rule<T>],
    /// The group of each parameter; of one that stays as it is none that there is.
    pub groups: &'a [u32],
}

impl<'a, T> Rules<'a, T> {
    /// That of a parameter, by its number.
    #[inline(always)]
    pub fn of(self, parameter: usize) -> Option<&'a Rule<T>> {
        self.list.get(self.groups[parameter] as usize)
    }
}

impl<T> From<Momentum<T>> for Rule<T> {
    fn from(rule: Momentum<T>) -> Self {
        Self::Momentum(rule)
    }
}

/// p, s ← rule(p, s, g), in place, elementwise; `states` are as many as the rule has, or more, which it leaves alone. States smaller
/// than [`Element::SMALLEST_VELOCITY`] in magnitude become 0.
///
/// # Panics
/// When the lengths differ, or there are too few states.
pub fn apply<T: Element>(isa: Isa, rule: &Rule<T>, parameter: &mut [T], states: &mut [&mut [T]], gradient: &[T]) {
    assert!(states.len() >= rule.states(), "too few states");
    let long = |state: &&mut [T]| state.len() == gradient.len();
    assert!(parameter.len() == gradient.len() && states.iter().all(long), "lengths differ");
    // SAFETY: the set is one that the CPU has.
    unsafe { (T::kernels(isa).apply)(rule, parameter, states, gradient) }
}

#[inline(always)]
pub(crate) fn run<T: Element>(rule: &Rule<T>, parameter: &mut [T], states: &mut [&mut [T]], gradient: &[T]) {
    match (rule, states) {
        (Rule::Momentum(rule), [v, ..]) => crate::momentum::update(parameter, v, gradient, rule),
        (Rule::Qhm(rule), [m, ..]) => one(parameter, m, gradient, |p, m, g| rule.step(p, m, g)),
        (Rule::AdaGrad(rule), [sum, ..]) => one(parameter, sum, gradient, |p, sum, g| rule.step(p, sum, g)),
        (Rule::Lion(rule), [m, ..]) => one(parameter, m, gradient, |p, m, g| rule.step(p, m, g)),
        (Rule::Adam(rule), [m, v, ..]) => two(parameter, m, v, gradient, |p, m, v, g| rule.step(p, m, v, g)),
        (Rule::NAdam(rule), [m, v, ..]) => two(parameter, m, v, gradient, |p, m, v, g| rule.step(p, m, v, g)),
        (Rule::AdaDelta(rule), [v, u, ..]) => two(parameter, v, u, gradient, |p, v, u, g| rule.step(p, v, u, g)),
        (Rule::AmsGrad(rule), [m, v, most, ..]) => {
            for (((p, g), (m, v)), most) in
                parameter.iter_mut().zip(gradient).zip(m.iter_mut().zip(&mut **v)).zip(&mut **most)
            {
                (*p, *m, *v, *most) = rule.step(*p, *m, *v, *most, *g);
            }
        }
        (Rule::RmsProp(rule), [v, mean, b, ..]) => rule.run(parameter, (v, mean, b), gradient),
        (Rule::AggMo(rule), states) => rule.run(parameter, states, gradient),
        // `apply` has counted them, and nothing of Muon is elementwise.
        _ => {}
    }
}

#[inline(always)]
fn one<T: Element>(parameter: &mut [T], state: &mut [T], gradient: &[T], step: impl Fn(T, T, T) -> (T, T)) {
    for ((p, s), &g) in parameter.iter_mut().zip(state).zip(gradient) {
        (*p, *s) = step(*p, *s, g);
    }
}

#[inline(always)]
fn two<T: Element>(
    parameter: &mut [T],
    first: &mut [T],
    second: &mut [T],
    gradient: &[T],
    step: impl Fn(T, T, T, T) -> (T, T, T),
) {
    for (((p, s), r), &g) in parameter.iter_mut().zip(first).zip(second).zip(gradient) {
        (*p, *s, *r) = step(*p, *s, *r, g);
    }
}
