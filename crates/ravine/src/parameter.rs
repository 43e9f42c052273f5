//! Where parameters lie, and how they go in and out: canonical at the door, panels inside.

use crate::arena::{Arena, Block, Region, Space};
use crate::error::{Result, expect_shape};
use crate::spec::{Dense, Spec};
use ndarray::{ArrayD, ArrayViewD};
use ravine_kernels::{Element, Isa, padded, transpose_panel, untranspose_panel};

/// Where a parameter lies in the state, the optimizer's states of it behind it, and, in the work of plans that write it, its gradient.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Parameter {
    /// Among all parameters, in order.
    pub(crate) number: usize,
    pub(crate) value: Region,
    pub(crate) gradient: Region,
    /// How many states there are.
    pub(crate) states: usize,
}

/// The parameters of one layer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Parameters {
    pub(crate) layer: Dense,
    pub(crate) weight: Parameter,
    pub(crate) bias: Option<Parameter>,
}

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

    /// All of that as one region.
    pub(crate) fn whole(&self) -> Region {
        Region { len: self.value.len * (1 + self.states), ..self.value }
    }
}

impl Parameters {
    /// Weight and bias.
    pub(crate) fn each(&self) -> impl Iterator<Item = Parameter> {
        [Some(self.weight), self.bias].into_iter().flatten()
    }

    /// Shapes of weight and bias.
    pub(crate) fn shapes(&self) -> impl Iterator<Item = Vec<usize>> {
        let Dense { inputs, outputs, .. } = self.layer;
        [Some(vec![outputs, inputs]), self.bias.map(|_| vec![outputs])].into_iter().flatten()
    }
}

/// The places of all parameters, layer by layer, and the size of the arena that holds them with so many states of each.
pub(crate) fn parameters<T: Element>(spec: &Spec, states: usize) -> (Vec<Parameters>, usize) {
    let [mut state, mut work] = [Space::State, Space::Work].map(Allocator::new);
    let mut numbers = 0..;
    let mut place = |layer: &Dense| {
        let outputs = padded::<T>(layer.outputs);
        let mut parameter = |inputs: usize| {
            let value = state.take(outputs, inputs);
            state.take(value.len, states);
            Parameter { number: numbers.next().unwrap_or(0), value, gradient: work.take(outputs, inputs), states }
        };
        let weight = parameter(layer.inputs);
        Parameters { layer: *layer, weight, bias: layer.bias.then(|| parameter(1)) }
    };
    let places = spec.layers.iter().map(&mut place).collect();
    (places, state.len)
}

/// Elements of all gradients: what plans that write them begin their work with.
pub(crate) fn gradients(places: &[Parameters]) -> usize {
    places.iter().flat_map(Parameters::each).map(|parameter| parameter.gradient.len).sum()
}

/// Copies: of each layer the weight [outputs, inputs] and the bias [outputs].
pub(crate) fn export<T: Element>(
    arena: &mut Arena<T>,
    places: &[Parameters],
    region: impl Fn(&Parameter) -> Region,
) -> Vec<ArrayD<T>> {
    let mut arrays = Vec::new();
    for Parameters { layer, weight, bias } in places {
        let (outputs, inputs) = (layer.outputs, layer.inputs);
        let mut matrix = vec![T::ZERO; outputs * inputs];
        let panels = arena.get_mut(region(weight)).chunks_exact(inputs * T::PANEL);
        panels.enumerate().for_each(|(p, panel)| untranspose_panel(panel, &mut matrix, inputs, p * T::PANEL));
        arrays.push((vec![outputs, inputs], matrix));
        let bias = bias.map(|bias| arena.get_mut(region(&bias))[..outputs].to_vec());
        arrays.extend(bias.map(|bias| (vec![outputs], bias)));
    }
    let array = |(shape, values): (Vec<usize>, Vec<T>)| ArrayD::from_shape_vec(shape, values);
    arrays.into_iter().map(|pair| array(pair).expect("as many values as the shape says")).collect()
}

/// The inverse of [`export`]; the arrays have been through [`expect`].
pub(crate) fn import<T: Element>(
    isa: Isa,
    arena: &mut Arena<T>,
    places: &[Parameters],
    values: &[ArrayViewD<'_, T>],
    region: impl Fn(&Parameter) -> Region,
) {
    let mut values = values.iter().map(|value| value.iter().copied().collect::<Vec<T>>());
    for Parameters { layer, weight, bias } in places {
        let (inputs, matrix) = (layer.inputs, values.next().unwrap_or_default());
        let panels = arena.get_mut(region(weight)).chunks_exact_mut(inputs * T::PANEL);
        panels.enumerate().for_each(|(p, panel)| transpose_panel(isa, &matrix, inputs, p * T::PANEL, panel));
        if let Some(bias) = bias {
            let vector = values.next().unwrap_or_default();
            arena.get_mut(region(bias))[..vector.len()].copy_from_slice(&vector);
        }
    }
}

/// Refuses arrays that are not of the parameters' shapes, in their order.
pub(crate) fn expect<T>(places: &[Parameters], name: &str, values: &[ArrayViewD<'_, T>]) -> Result<()> {
    let shapes: Vec<_> = places.iter().flat_map(Parameters::shapes).collect();
    expect_shape("model", &format!("{name}s"), &[shapes.len()], &[values.len()])?;
    let mut pairs = shapes.iter().zip(values).enumerate();
    pairs.try_for_each(|(i, (shape, value))| expect_shape("model", &format!("{name} {i}"), shape, value.shape()))
}
