use crate::features::{Features, Values};
use crate::packed::Packed;
use ravine_kernels::{Element, Row};

/// Below this density it is faster to visit only what is not zero, and smaller to keep nothing else.
pub(crate) const SPARSE: f64 = 0.3;
/// Bytes below which features are kept as they came: packing takes longer than copying.
const LARGE: usize = 1 << 16;

/// Features of some adjacent examples, as they are kept.
pub(crate) enum Block<T> {
    AsTheyCame(Features<T>),
    Packed(Packed<T>),
}

impl<T: Element> Block<T> {
    /// Packs features that are many and mostly zero; `entries` are not.
    pub(crate) fn new(features: Features<T>, inputs: usize, entries: usize) -> Self {
        let few = |numbers: usize| entries < u32::MAX as usize && (entries as f64) < SPARSE * numbers as f64;
        match features {
            _ if features.bytes() < LARGE => Self::AsTheyCame(features),
            Features::Bytes(bytes) if few(bytes.len()) => {
                Self::Packed(Packed::new(&bytes, inputs, entries, Values::Bytes))
            }
            Features::Floats(floats) if few(floats.len()) => {
                Self::Packed(Packed::new(&floats, inputs, entries, Values::Floats))
            }
            features => Self::AsTheyCame(features),
        }
    }

    /// All that row `row` has.
    #[inline]
    pub(crate) fn row(&self, row: usize, inputs: usize) -> Row<'_, T> {
        match self {
            Self::AsTheyCame(features) => features.row(row, inputs),
            Self::Packed(packed) => packed.row(row),
        }
    }

    /// Asks for the memory of row `row`.
    #[inline]
    pub(crate) fn expect(&self, row: usize, inputs: usize) {
        match self {
            Self::AsTheyCame(features) => features.expect(row, inputs),
            Self::Packed(packed) => packed.expect(row),
        }
    }

    /// Bytes that it takes.
    pub(crate) fn bytes(&self) -> usize {
        match self {
            Self::AsTheyCame(features) => features.bytes(),
            Self::Packed(packed) => packed.bytes(),
        }
    }
}
