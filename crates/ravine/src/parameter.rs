//! Where parameters lie, and how they go in and out: canonical at the door, panels inside.

use crate::arena::{Arena, Block, Region, Space};
use crate::error::{Result, expect_shape};
use crate::scalar;
use crate::spec::{Layer, Spec};
use crate::tune::MEMORY;
use ndarray::{ArrayD, ArrayViewD};
use ravine_kernels::{Element, Isa, pack, padded, transpose_panel, unpack, untranspose_panel};
use std::ops::Range;

/// Where a parameter lies in the state, the optimizer's states of it behind it, and, in the work of plans that write it, its gradient.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Parameter {
    /// Among all parameters, in order.
    pub(crate) number: usize,
    pub(crate) value: Region,
    pub(crate) gradient: Region,
    /// How many states there are.
    pub(crate) states: usize,
    pub(crate) layout: Layout,
}

/// How the numbers of a parameter lie in panels.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Layout {
    /// A weight [outputs, inputs], turned: panels of outputs, [outputs / PANEL][inputs][PANEL].
    Weight { outputs: usize, inputs: usize },
    /// A table [rows, width], as it stands: panels of columns, [width / PANEL][rows][PANEL]; of a lazy one only rows move that have a
    /// gradient.
    Table { rows: usize, width: usize, lazy: bool },
    /// [width]
    Vector { width: usize },
}

/// The parameters of one node, in order.
#[derive(Clone, Debug)]
pub(crate) struct Parameters(pub(crate) Vec<Parameter>);

/// Hands out regions of an arena one after another.
#[derive(Clone)]
pub(crate) struct Allocator {
    space: Space,
    pub(crate) len: usize,
}

impl Allocator {
    pub(crate) fn new(space: Space) -> Self {
        Self { space, len: 0 }
    }

    /// Sizes saturate, where wrapped ones would fit: the arena then refuses them all.
    pub(crate) fn take(&mut self, rows: usize, columns: usize) -> Region {
        let (start, len) = (self.len, rows.saturating_mul(columns));
        self.len = start.saturating_add(len);
        Region { space: self.space, start, len }
    }
}

impl Parameter {
    /// The optimizer's state of it that has this number.
    pub(crate) fn state(&self, number: usize) -> Region {
        Region { start: self.value.start + (number + 1) * self.value.len, ..self.value }
    }

    /// The parameter, then each of its states.
    pub(crate) fn parts(&self) -> impl Iterator<Item = Region> {
        std::iter::once(self.value).chain((0..self.states).map(|number| self.state(number)))
    }

    /// Elements `start` … of each of those.
    pub(crate) fn blocks(&self, start: usize, len: usize) -> Vec<Block> {
        self.parts().map(|region| region.block(start, len)).collect()
    }

    /// The parts of a range of it that an update moves: all of it at once or, of a lazy table, the rows whose gradient is not zero
    /// throughout, a panel at a time. `gradient` is all of its.
    pub(crate) fn moving<T: Element>(self, gradient: &[T], range: Range<usize>) -> impl Iterator<Item = Range<usize>> {
        let lazy = match self.layout {
            Layout::Table { rows, lazy: true, .. } => Some(rows),
            _ => None,
        };
        let size = if lazy.is_some() { T::PANEL } else { range.len().max(1) };
        let parts = range.clone().step_by(size).map(move |start| start..range.end.min(start + size));
        parts.filter(move |part| lazy.is_none_or(|rows| has_gradient(gradient, rows, part.start / T::PANEL % rows)))
    }

    /// All of that as one region.
    pub(crate) fn whole(&self) -> Region {
        Region { len: self.value.len * (1 + self.states), ..self.value }
    }
}

/// Whether a row of a table has a gradient that is not zero.
fn has_gradient<T: Element>(gradient: &[T], rows: usize, row: usize) -> bool {
    let panels = gradient.chunks_exact(rows * T::PANEL);
    panels.map(|panel| &panel[row * T::PANEL..][..T::PANEL]).any(|part| part.iter().any(|&g| g != T::ZERO))
}

impl Parameters {
    pub(crate) fn each(&self) -> impl Iterator<Item = Parameter> {
        self.0.iter().copied()
    }

    pub(crate) fn shapes(&self) -> impl Iterator<Item = Vec<usize>> {
        self.0.iter().map(|parameter| parameter.layout.shape())
    }
}

impl Layout {
    /// Of the parameters of a layer: a weight, then what is added; of a batch normalisation also its running mean and variance.
    fn of(layer: &Layer) -> Vec<Self> {
        match *layer {
            Layer::Dense(dense) => {
                let weight = Self::Weight { outputs: dense.outputs, inputs: dense.inputs };
                [Some(weight), dense.bias.then_some(Self::Vector { width: dense.outputs })]
                    .into_iter()
                    .flatten()
                    .collect()
            }
            Layer::LayerNorm { width, .. } => vec![Self::Vector { width }; 2],
            Layer::BatchNorm { width, .. } => vec![Self::Vector { width }; 4],
            Layer::Embedding { count, width, lazy, .. } => vec![Self::Table { rows: count, width, lazy }],
            _ => Vec::new(),
        }
    }

    fn shape(self) -> Vec<usize> {
        match self {
            Self::Weight { outputs, inputs } => vec![outputs, inputs],
            Self::Table { rows, width, .. } => vec![rows, width],
            Self::Vector { width } => vec![width],
        }
    }

    /// (numbers that lie across panels, rows of a panel)
    pub(crate) fn sides(self) -> (usize, usize) {
        match self {
            Self::Weight { outputs, inputs } => (outputs, inputs),
            Self::Table { rows, width, .. } => (width, rows),
            Self::Vector { width } => (width, 1),
        }
    }

    /// Panels → row-major.
    fn unpacked<T: Element>(self, panels: &[T]) -> Vec<T> {
        let (across, rows) = self.sides();
        let mut values = vec![T::ZERO; across * rows];
        for (p, panel) in panels.chunks_exact(rows * T::PANEL).enumerate() {
            match self {
                Self::Weight { .. } => untranspose_panel(panel, &mut values, rows, p * T::PANEL),
                _ => unpack(panel, &mut values, across, p * T::PANEL),
            }
        }
        values
    }

    /// Row-major → panels.
    fn packed<T: Element>(self, isa: Isa, values: &[T], panels: &mut [T]) {
        let (across, rows) = self.sides();
        for (p, panel) in panels.chunks_exact_mut(rows * T::PANEL).enumerate() {
            match self {
                Self::Weight { .. } => transpose_panel(isa, values, rows, p * T::PANEL, panel),
                _ => pack(values, across, p * T::PANEL, panel),
            }
        }
    }
}

/// The places of all parameters, node by node, and the size of the arena that holds them with so many states of each.
pub(crate) fn parameters<T: Element>(spec: &Spec, states: usize) -> (Vec<Parameters>, usize) {
    let [mut state, mut work] = [Space::State, Space::Work].map(Allocator::new);
    state.len = memory().len;
    let mut numbers = 0..;
    let mut parameter = |layout: Layout| {
        let (across, rows) = layout.sides();
        let value = state.take(padded::<T>(across), rows);
        state.take(value.len, states);
        let (number, gradient) = (numbers.next().unwrap_or(0), work.take(padded::<T>(across), rows));
        Parameter { number, value, gradient, states, layout }
    };
    let node = |layer: &Layer| Parameters(Layout::of(layer).into_iter().map(&mut parameter).collect());
    let places = spec.nodes.iter().map(|node| &node.layer).map(node).collect();
    (places, state.len)
}

/// What a tuner remembers: it lies before all parameters.
pub(crate) fn memory() -> Region {
    Region { space: Space::State, start: 0, len: MEMORY * scalar::ELEMENTS }
}

/// Elements of all gradients: what plans that write them begin their work with.
pub(crate) fn gradients(places: &[Parameters]) -> usize {
    places.iter().flat_map(Parameters::each).map(|parameter| parameter.gradient.len).sum()
}

/// Copies, row-major, of what a region of each parameter has.
pub(crate) fn export<T: Element>(
    arena: &mut Arena<T>,
    places: &[Parameters],
    region: impl Fn(&Parameter) -> Region,
) -> Vec<ArrayD<T>> {
    let mut array = |parameter: Parameter| {
        let values = parameter.layout.unpacked(arena.get_mut(region(&parameter)));
        ArrayD::from_shape_vec(parameter.layout.shape(), values).expect("as many values as the shape says")
    };
    places.iter().flat_map(Parameters::each).map(&mut array).collect()
}

/// The inverse of [`export`]; the arrays have been through [`expect`].
pub(crate) fn import<T: Element>(
    isa: Isa,
    arena: &mut Arena<T>,
    places: &[Parameters],
    values: &[ArrayViewD<'_, T>],
    region: impl Fn(&Parameter) -> Region,
) {
    for (parameter, value) in places.iter().flat_map(Parameters::each).zip(values) {
        let values: Vec<T> = value.iter().copied().collect();
        parameter.layout.packed(isa, &values, arena.get_mut(region(&parameter)));
    }
}

/// Refuses arrays that are not of the parameters' shapes, in their order.
pub(crate) fn expect<T>(places: &[Parameters], name: &str, values: &[ArrayViewD<'_, T>]) -> Result<()> {
    let shapes: Vec<_> = places.iter().flat_map(Parameters::shapes).collect();
    expect_shape("model", &format!("{name}s"), &[shapes.len()], &[values.len()])?;
    let mut pairs = shapes.iter().zip(values).enumerate();
    pairs.try_for_each(|(i, (shape, value))| expect_shape("model", &format!("{name} {i}"), shape, value.shape()))
}
