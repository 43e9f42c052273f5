//! A whole step as one operation, for networks whose tiles would cost more to hand out than to compute.

use crate::arena::{Block, Region, Space};
use crate::op::{Op, Reads, Step, Writes, taken};
use crate::parameter::{Parameter, Parameters};
use crate::spec::{Dense, Layer, Node, Spec};
use ravine_kernels::{Element, Loss, Small, SmallLayer, SmallParameter, small_step, small_work};

/// Multiply–adds of a forward pass up to which plain loops are faster.
const MOST: usize = 256;
/// Examples of a step.
const BATCH: usize = 32;

/// Forward, loss, gradients and updates of a batch. One tile.
pub(crate) struct SmallStep {
    layers: Vec<SmallLayer>,
    loss: Loss,
    /// Of each parameter.
    states: usize,
    batch: usize,
    folded: bool,
    state: Region,
    work: Region,
}

impl SmallStep {
    /// None for what is too large, or no chain of dense layers.
    pub(crate) fn new<T: Element>(
        spec: &Spec,
        places: &[Parameters],
        loss: Loss,
        batch: usize,
        folded: bool,
    ) -> Option<Self> {
        let dense = |(node, parameters): (&Node, &Parameters)| match node.layer {
            Layer::Dense(dense) => Some(layer(dense, parameters)),
            _ => None,
        };
        let layers: Vec<SmallLayer> = spec.nodes.iter().zip(places).map(dense).collect::<Option<_>>()?;
        let products = |layer: &SmallLayer| batch.saturating_mul(layer.inputs).saturating_mul(layer.outputs);
        let products = layers.iter().map(products).try_fold(0, usize::checked_add)?;
        if !spec.is_chain() || batch > BATCH || products > MOST {
            return None;
        }
        let last = places.iter().flat_map(Parameters::each).last()?;
        let (states, end) = (last.states, last.whole().start + last.whole().len);
        let state = Region { space: Space::State, start: 0, len: end };
        let work = Region { space: Space::Work, start: 0, len: small_work::<T>(&layers, batch) };
        Some(Self { layers, loss, states, batch, folded, state, work })
    }

    /// Elements of the work arena.
    pub(crate) fn work(&self) -> usize {
        self.work.len
    }
}

fn layer(Dense { inputs, outputs, activation, .. }: Dense, Parameters(parameters): &Parameters) -> SmallLayer {
    let place =
        |&Parameter { number, value, .. }: &Parameter| SmallParameter { number, start: value.start, len: value.len };
    SmallLayer { inputs, outputs, activation, weight: place(&parameters[0]), bias: parameters.get(1).map(place) }
}

impl<T: Element> Op<T> for SmallStep {
    fn tiles(&self) -> usize {
        1
    }

    fn reads(&self) -> Vec<Region> {
        Vec::new()
    }

    fn writes(&self, _: usize) -> Vec<Block> {
        [self.state, self.work].map(|region| region.block(0, region.len)).to_vec()
    }

    fn name(&self) -> String {
        "small step".into()
    }

    fn run(&self, _: usize, step: &Step<'_, T>, _: Reads<'_, T>, writes: Writes<'_, T>) {
        let [mut state, mut work] = taken(writes);
        let (work, inputs, batch) = (work.whole(), self.layers[0].inputs, step.rows.len());
        for (&example, row) in step.rows.iter().zip(work.chunks_exact_mut(inputs)) {
            match step.dataset.floats() {
                // A call would take longer than the copy.
                Some(floats) => {
                    row.iter_mut().zip(&floats[example as usize * inputs..]).for_each(|(to, from)| *to = *from)
                }
                None => step.dataset.row(example).write(step.isa, row),
            }
        }
        let fold = step.dataset.fold.filter(|_| self.folded).map(|fold| (fold.scale, fold.offset));
        let Some(goal) = step.goal(self.loss) else { return };
        let small = Small {
            isa: step.isa,
            layers: &self.layers,
            fold,
            rules: step.rules,
            states: self.states,
            rows: step.rows,
            goal,
        };
        let (mut losses, mut right) = ([0.0; BATCH], [false; BATCH]);
        let found = (&mut losses[..batch], &mut right[..batch]);
        small_step(&small, state.whole(), work, found);
        let found = losses.into_iter().zip(right).take(batch).enumerate();
        found.for_each(|(row, (loss, right))| step.tally.record(row, loss, right));
    }

    fn tallies(&self) -> bool {
        true
    }

    /// Forward, and twice as much backward.
    fn work(&self) -> usize {
        3 * self.layers.iter().map(|layer| self.batch * layer.inputs * layer.outputs).sum::<usize>()
    }
}
