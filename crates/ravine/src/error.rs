/// What ravine refuses; each variant is one stable code.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Sizes of operands disagree.
    #[error("{0}")]
    Shape(String),
    /// An output overlaps another argument.
    #[error("{0}")]
    Alias(String),
    /// Data that cannot be learnt from.
    #[error("{0}")]
    Data(String),
    /// A file that cannot be read.
    #[error("{0}")]
    File(String),
    /// A value out of its range.
    #[error("{0}")]
    Hyperparameter(String),
    /// The model was disposed of.
    #[error("{0}")]
    Disposed(String),
    /// A bug of ravine, or a machine that refuses threads or memory.
    #[error("{0}")]
    Native(String),
}

/// The result of what may be refused.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// The code that programs compare.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Shape(_) => "ERR_RAVINE_SHAPE",
            Self::Alias(_) => "ERR_RAVINE_ALIAS",
            Self::Data(_) => "ERR_RAVINE_DATA",
            Self::File(_) => "ERR_RAVINE_FILE",
            Self::Hyperparameter(_) => "ERR_RAVINE_HYPERPARAMETER",
            Self::Disposed(_) => "ERR_RAVINE_DISPOSED",
            Self::Native(_) => "ERR_RAVINE_NATIVE",
        }
    }
}

/// Refuses sizes that disagree: `matmul: expected b of shape [784, 128] but received [128, 784]`.
pub(crate) fn expect_shape(place: &str, name: &str, expected: &[usize], received: &[usize]) -> Result<()> {
    if expected == received {
        return Ok(());
    }
    Err(Error::Shape(format!("{place}: expected {name} of shape {expected:?} but received {received:?}")))
}
