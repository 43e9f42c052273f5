use crate::features::{Features, Values};
use crate::packed::Packed;
use ravine_kernels::{Element, Row};

/// Below this density it is faster to visit only what is not zero, and smaller to keep nothing else.
pub(crate) const SPARSE: f64 = 0.3;
/// Bytes below which features are kept as they came: packing takes longer than copying.
const LARGE: usize = 1 << 16;

/// Features of some adjacent examples, as they are kept.
pub(crate) enum Block<T> {
    /// With the entries of a row, on the average.
    AsTheyCame(Features<T>, usize),
    Packed(Packed<T>),
}

impl<T: Element> Block<T> {
    /// Packs features that are many and mostly zero; `entries` are not.
    pub(crate) fn new(features: Features<T>, inputs: usize, entries: usize) -> Self {
        let mean = entries / features.rows(inputs).unwrap_or(1).max(1);
        let few = |numbers: usize| entries < u32::MAX as usize && (entries as f64) < SPARSE * numbers as f64;
        match features {
            _ if features.bytes() < LARGE => Self::AsTheyCame(features, mean),
            Features::Bytes(bytes) if few(bytes.len()) => {
                Self::Packed(Packed::new(&bytes, inputs, entries, Values::Bytes))
            }
            Features::Floats(floats) if few(floats.len()) => {
                Self::Packed(Packed::new(&floats, inputs, entries, Values::Floats))
            }
            features => Self::AsTheyCame(features, mean),
        }
    }

    /// How many entries row `row` has, as far as that is known.
    #[inline]
    pub(crate) fn entries(&self, row: usize) -> usize {
        match self {
            Self::AsTheyCame(Features::Entries(entries), _) => entries.row(row).len(),
            Self::AsTheyCame(_, mean) => *mean,
            Self::Packed(packed) => packed.numbers(row).len(),
        }
    }

    /// All that row `row` has.
    #[inline]
    pub(crate) fn row(&self, row: usize, inputs: usize) -> Row<'_, T> {
        match self {
            Self::AsTheyCame(features, _) => features.row(row, inputs),
            Self::Packed(packed) => packed.row(row),
        }
    }

    /// Asks for the memory of row `row`.
    #[inline]
    pub(crate) fn expect(&self, row: usize, inputs: usize) {
        match self {
            Self::AsTheyCame(features, _) => features.expect(row, inputs),
            Self::Packed(packed) => packed.expect(row),
        }
    }

    /// Bytes that it takes.
    pub(crate) fn bytes(&self) -> usize {
        match self {
            Self::AsTheyCame(features, _) => features.bytes(),
            Self::Packed(packed) => packed.bytes(),
        }
    }
}
