use crate::error::{Error, Result};
use ravine_kernels::{Element, Momentum};

/// The forms in which momentum is taught; they agree at a constant learning rate after rescaling and differ once it changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// v ← μv + (1−τ)g;  θ ← θ − ηv  (PyTorch)
    HeavyBall,
    /// v ← μv + ηg;  θ ← θ − v  (Sutskever et al. 2013; Keras with the sign of v turned)
    Velocity,
    /// v ← μv + (1−μ)g;  θ ← θ − ηv  (the moving average)
    Ema,
}

/// One momentum step as people say it.
#[derive(Clone, Copy, Debug)]
pub struct MomentumStep {
    /// η
    pub learning_rate: f64,
    /// μ, in [0, 1)
    pub momentum: f64,
    /// Which rule.
    pub form: Form,
    /// Whether the step looks ahead.
    pub nesterov: bool,
    /// τ, of the heavy ball; the first step of all takes the whole gradient.
    pub dampening: f64,
    /// Whether the moving average is divided by what its weights sum to.
    pub bias_correction: bool,
    /// λ
    pub weight_decay: f64,
    /// Whether λ shrinks the parameter before the step (Keras) or joins the gradient (PyTorch).
    pub decoupled: bool,
    /// Counts from 1.
    pub step: f64,
}

impl MomentumStep {
    /// The rule's coefficients (μ, κ, ρ, λ, ηλ), all computed in f64.
    ///
    /// # Errors
    /// [`Error::Hyperparameter`] for a momentum outside [0, 1) or a learning rate that is not a finite number.
    pub fn rule<T: Element>(&self) -> Result<Momentum<T>> {
        let Self { learning_rate, momentum, weight_decay, decoupled, nesterov, .. } = *self;
        if !((0.0..1.0).contains(&momentum) && learning_rate.is_finite()) {
            let message = format!(
                "momentumStep: expected momentum in [0, 1) but received {momentum} (learningRate {learning_rate})"
            );
            return Err(Error::Hyperparameter(message));
        }
        let (gain, rate) = self.gain_and_rate();
        let decay = if decoupled { [0.0, learning_rate * weight_decay] } else { [weight_decay, 0.0] };
        Ok(Momentum::new([momentum, gain, rate, decay[0], decay[1]], nesterov))
    }

    fn gain_and_rate(&self) -> (f64, f64) {
        match self.form {
            Form::HeavyBall if self.step > 1.0 => (1.0 - self.dampening, self.learning_rate),
            Form::HeavyBall => (1.0, self.learning_rate),
            Form::Velocity => (self.learning_rate, 1.0),
            Form::Ema if self.bias_correction => {
                let weights = 1.0 - power(self.momentum, self.step + f64::from(u8::from(self.nesterov)));
                (1.0 - self.momentum, self.learning_rate / weights)
            }
            Form::Ema => (1.0 - self.momentum, self.learning_rate),
        }
    }
}

/// baseⁿ by repeated squaring: the same bits everywhere, as no libm's power is.
fn power(mut base: f64, n: f64) -> f64 {
    let (mut result, mut n) = (1.0, n as u64);
    while n > 0 {
        if n % 2 == 1 {
            result *= base;
        }
        base *= base;
        n /= 2;
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::momentum_step;
    use ndarray::{arr1, aview1};

    fn heavy_ball() -> MomentumStep {
        MomentumStep {
            learning_rate: 0.1,
            momentum: 0.9,
            form: Form::HeavyBall,
            nesterov: false,
            dampening: 0.0,
            bias_correction: false,
            weight_decay: 0.0,
            decoupled: false,
            step: 1.0,
        }
    }

    #[test]
    fn a_heavy_ball_rolls_down_a_parabola() {
        // f(x) = x², f′ = 2x: v = 4, x = 2 − 0.4; v = 3.6 + 3.2, x = 1.6 − 0.68; …
        let (mut x, mut v) = (arr1(&[2.0_f64]), arr1(&[0.0]));
        let mut path = vec![];
        for _ in 0..6 {
            let gradient = [2.0 * x[0]];
            let rule = heavy_ball().rule().unwrap();
            momentum_step(x.view_mut(), aview1(&gradient), v.view_mut(), &rule).unwrap();
            path.push(x[0]);
        }
        let taught = [1.6, 0.92, 0.124, -0.6172, -1.16084, -1.417_912];
        assert!(path.iter().zip(taught).all(|(x, taught)| (x - taught).abs() < 1e-5), "{path:?}");
    }

    #[test]
    fn momentum_of_one_is_refused() {
        for momentum in [1.0, -0.1, f64::NAN] {
            assert!(MomentumStep { momentum, ..heavy_ball() }.rule::<f32>().is_err());
        }
    }

    #[test]
    fn powers_are_products() {
        assert_eq!(power(0.5, 10.0), 1.0 / 1024.0);
        assert_eq!(power(0.9, 0.0), 1.0);
        assert!((power(0.9, 5.0) - 0.59049).abs() < 1e-15);
    }
}
