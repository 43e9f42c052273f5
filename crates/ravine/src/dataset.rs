use crate::error::{Error, Result, expect_shape};
use ravine_kernels::{CHAIN, Element};

/// Below this density it is faster to visit only what is not zero.
const SPARSE: f64 = 0.3;

/// Features [examples, inputs] as they came.
pub enum Features<T> {
    /// Bytes stay bytes in memory.
    Bytes(Vec<u8>),
    /// Of the model's type.
    Floats(Vec<T>),
}

/// What the network should answer.
pub enum Targets<T> {
    /// Nothing is known: prediction.
    None,
    /// One class an example.
    Labels(Vec<u32>),
    /// [examples, outputs]
    Values(Vec<T>),
}

/// x = scale·p + offset of the raw features p, folded into the first layer.
#[derive(Clone, Copy, Debug)]
pub struct Fold<T> {
    /// Multiplies p.
    pub scale: T,
    /// Is added to it.
    pub offset: T,
}

/// Examples that a run reads; owned, since JavaScript may write to its own arrays at any time.
pub struct Dataset<T> {
    pub(crate) features: Features<T>,
    pub(crate) targets: Targets<T>,
    pub(crate) fold: Option<Fold<T>>,
    pub(crate) examples: usize,
    pub(crate) inputs: usize,
    /// Part of the features that is not zero.
    density: f64,
}

impl<T: Element> Dataset<T> {
    /// Takes `examples` rows of `inputs` features.
    ///
    /// # Errors
    /// [`Error::Shape`] when lengths disagree with `examples`, [`Error::Data`] when there are none or too many.
    pub fn new(
        features: Features<T>,
        targets: Targets<T>,
        fold: Option<Fold<T>>,
        examples: usize,
        inputs: usize,
    ) -> Result<Self> {
        if examples == 0 || u32::try_from(examples).is_err() {
            return Err(Error::Data(format!("dataset: expected 1 to 2³²−1 examples but received {examples}")));
        }
        let length = match &features {
            Features::Bytes(bytes) => bytes.len(),
            Features::Floats(floats) => floats.len(),
        };
        expect_shape("dataset", "features", &[examples.saturating_mul(inputs)], &[length])?;
        if let Targets::Labels(labels) = &targets {
            expect_shape("dataset", "labels", &[examples], &[labels.len()])?;
        }
        let density = density(&features);
        Ok(Self { features, targets, fold, examples, inputs, density })
    }

    /// Whether to visit only what is not zero: the chains of a folded layer begin at +0, which zero terms of bytes leave as it is,
    /// and are not cut.
    pub(crate) fn sparse(&self, batch: usize) -> bool {
        self.fold.is_some() && self.inputs <= CHAIN && batch <= CHAIN && self.density < SPARSE
    }

    /// Bytes that it holds.
    pub fn bytes(&self) -> usize {
        let features = match &self.features {
            Features::Bytes(bytes) => bytes.len(),
            Features::Floats(floats) => size_of_val(&floats[..]),
        };
        features
            + match &self.targets {
                Targets::None => 0,
                Targets::Labels(labels) => size_of_val(&labels[..]),
                Targets::Values(values) => size_of_val(&values[..]),
            }
    }
}

/// Part of the bytes that is not zero; floats count as all.
fn density<T>(features: &Features<T>) -> f64 {
    match features {
        Features::Bytes(bytes) => bytes.iter().filter(|&&byte| byte != 0).count() as f64 / bytes.len().max(1) as f64,
        Features::Floats(_) => 1.0,
    }
}
