//! Between gradients and updates: operations that need all gradients whole.

use crate::arena::Region;
use crate::clip::{Clip, ClipValue, Norm, Scale, Squares};
use crate::emission::Emission;
use crate::muon::Orthogonal;
use crate::optimizer::Optimizer;
use crate::parameter::{Layout, Parameter, Parameters};
use crate::scalar;
use crate::sums::Total;
use crate::tune::{Averages, Guards, Restarts, Slopes, Tuned, Tunes, Tunings};
use ravine_kernels::Element;

/// What a plan does with gradients that are whole.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Whole {
    clips_value: bool,
    clips_norm: bool,
    orthogonal: bool,
    tunes: Option<Tunes>,
}

impl Whole {
    /// What an optimizer and bounds ask for.
    pub(crate) fn new(optimizer: &Optimizer, clip: Clip) -> Self {
        Self {
            clips_value: clip.value.is_some(),
            clips_norm: clip.norm.is_some(),
            orthogonal: optimizer.groups.iter().any(|group| group.rule == "muon"),
            tunes: optimizer.tuner.as_ref().map(|tuner| tuner.tunes()),
        }
    }

    /// Whether anything is asked for.
    pub(crate) fn any(self) -> bool {
        self != Self::default()
    }
}

impl<T: Element> Emission<'_, T> {
    /// The operations; returns where a tuner writes, if there is one.
    pub(crate) fn whole(&mut self) -> Option<Region> {
        let whole = self.purpose.whole;
        let parameters: Vec<Parameter> = self.places.iter().flat_map(Parameters::each).collect();
        if whole.clips_value {
            parameters.iter().for_each(|&parameter| self.push(ClipValue(parameter)));
        }
        if whole.clips_norm {
            let squares = self.squares(&parameters);
            let factor = self.work.take(1, scalar::ELEMENTS);
            self.push(Norm { squares, factor });
            parameters.iter().for_each(|&parameter| self.push(Scale { parameter, factor }));
        }
        if whole.orthogonal {
            parameters.iter().for_each(|&parameter| self.orthogonal(parameter));
        }
        let tuned = self.work.take(if whole.tunes.is_some() { Tuned::NUMBERS } else { 0 }, scalar::ELEMENTS);
        match whole.tunes? {
            Tunes::Restart => self.restart(&parameters, tuned),
            Tunes::YellowFin => self.yellow_fin(&parameters, tuned),
        }
        Some(tuned)
    }

    fn orthogonal(&mut self, parameter: Parameter) {
        if let Layout::Weight { outputs, inputs } = parameter.layout {
            let op = Orthogonal::new(parameter, (outputs, inputs), &mut self.work);
            self.push(op);
        }
    }

    fn squares(&mut self, parameters: &[Parameter]) -> Total {
        let squares = Total::new::<T>(parameters, &mut self.work);
        for (&parameter, sums) in parameters.iter().zip(squares.parts().collect::<Vec<_>>()) {
            self.push(Squares { parameter, sums });
        }
        squares
    }

    fn restart(&mut self, parameters: &[Parameter], tuned: Region) {
        let (slopes, memory) = (Total::new::<T>(parameters, &mut self.work), self.memory);
        for (&parameter, sums) in parameters.iter().zip(slopes.parts().collect::<Vec<_>>()) {
            self.push(Slopes { parameter, sums, memory });
        }
        self.push(Restarts { slopes, memory, tuned });
    }

    fn yellow_fin(&mut self, parameters: &[Parameter], tuned: Region) {
        let (squares, memory) = (self.squares(parameters), self.memory);
        let guarded = self.work.take(2, scalar::ELEMENTS);
        self.push(Guards { squares, memory, guarded });
        let averages = Total::new::<T>(parameters, &mut self.work);
        for (&parameter, sums) in parameters.iter().zip(averages.parts().collect::<Vec<_>>()) {
            self.push(Averages { parameter, guarded, sums });
        }
        self.push(Tunings { averages, guarded, memory, tuned });
    }
}
