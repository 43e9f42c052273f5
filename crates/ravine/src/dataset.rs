use crate::block::{Block, SPARSE};
use crate::error::{Error, Result, expect_shape};
use crate::features::Features;
use ravine_kernels::{CHAIN, Element, Row};

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

/// Examples that a run reads; owned, since JavaScript may write to its own arrays at any time. They come block by block.
pub struct Dataset<T> {
    blocks: Vec<Block<T>>,
    /// Examples of each block, of which the last may have fewer.
    block: usize,
    pub(crate) targets: Targets<T>,
    pub(crate) fold: Option<Fold<T>>,
    pub(crate) examples: usize,
    pub(crate) inputs: usize,
    /// Examples that have come.
    filled: usize,
    /// Whether the examples of some block are mostly zero, and how many others one has at most.
    sparse: bool,
    most: usize,
}

impl<T: Element> Dataset<T> {
    /// Takes `examples` rows of `inputs` features at once.
    ///
    /// # Errors
    /// As [`Dataset::open`] and [`Dataset::append`]; [`Error::Shape`] when there are fewer.
    pub fn new(
        features: Features<T>,
        targets: Targets<T>,
        fold: Option<Fold<T>>,
        examples: usize,
        inputs: usize,
    ) -> Result<Self> {
        let mut dataset = Self::open(fold, examples, inputs)?;
        dataset.append(features, targets)?;
        dataset.whole()?;
        Ok(dataset)
    }

    /// Room for floats that are written again and again, whether most of them are zero or not.
    pub(crate) fn rewritable(examples: usize, inputs: usize) -> Self {
        let features = Features::Floats(vec![T::ZERO; examples * inputs]);
        Self {
            blocks: vec![Block::AsTheyCame(features, inputs)],
            block: examples,
            targets: Targets::None,
            fold: None,
            examples,
            inputs,
            filled: examples,
            sparse: true,
            most: inputs,
        }
    }

    /// Lets `write` write the features of the first `rows` examples anew.
    pub(crate) fn rewrite(&mut self, rows: usize, write: impl FnOnce(&mut [T])) {
        if let [Block::AsTheyCame(Features::Floats(floats), mean)] = &mut self.blocks[..] {
            let floats = &mut floats[..rows * self.inputs];
            write(floats);
            *mean = floats.iter().filter(|&&number| number != T::ZERO).count() / rows.max(1);
        }
    }

    /// Room for `examples` rows of `inputs` features, which are to be appended.
    ///
    /// # Errors
    /// [`Error::Data`] when there are none or too many.
    pub fn open(fold: Option<Fold<T>>, examples: usize, inputs: usize) -> Result<Self> {
        if examples == 0 || u32::try_from(examples).is_err() {
            return Err(Error::Data(format!("dataset: expected 1 to 2³²−1 examples but received {examples}")));
        }
        let (blocks, targets) = (Vec::new(), Targets::None);
        Ok(Self { blocks, block: examples, targets, fold, examples, inputs, filled: 0, sparse: false, most: 0 })
    }

    /// Takes the next examples with what they should be answered. Every block has as many as the first, the last may have fewer.
    ///
    /// # Errors
    /// [`Error::Shape`] when lengths disagree, [`Error::Data`] for entries in disorder; then nothing has changed.
    pub fn append(&mut self, features: Features<T>, targets: Targets<T>) -> Result<()> {
        let (rows, left) = (features.rows(self.inputs)?, self.examples - self.filled);
        let expected = if self.blocks.is_empty() { rows.clamp(1, left) } else { self.block.min(left) };
        expect_shape("dataset", "rows of features", &[expected], &[rows])?;
        if let Targets::Labels(labels) = &targets {
            expect_shape("dataset", "labels", &[rows], &[labels.len()])?;
        }
        self.targets.extend(targets)?;
        if self.blocks.is_empty() {
            self.block = rows;
        }
        self.filled += rows;
        let entries = features.entries();
        self.sparse |= (entries as f64) < SPARSE * rows as f64 * self.inputs as f64;
        self.most = self.most.max(features.most(self.inputs));
        self.blocks.push(Block::new(features, self.inputs, entries));
        Ok(())
    }

    /// Refuses a dataset that has not been filled.
    pub(crate) fn whole(&self) -> Result<()> {
        expect_shape("dataset", "rows of features", &[self.examples], &[self.filled])?;
        match &self.targets {
            Targets::Labels(labels) => expect_shape("dataset", "labels", &[self.examples], &[labels.len()]),
            _ => Ok(()),
        }
    }

    /// All features, where they are one array of the model's type.
    #[inline]
    pub(crate) fn floats(&self) -> Option<&[T]> {
        match &self.blocks[..] {
            [Block::AsTheyCame(Features::Floats(floats), _)] => Some(floats),
            _ => None,
        }
    }

    /// All that an example has.
    #[inline]
    pub(crate) fn row(&self, example: u32) -> Row<'_, T> {
        let (block, row) = self.place(example);
        block.row(row, self.inputs)
    }

    /// Asks for the memory of an example.
    #[inline]
    pub(crate) fn expect(&self, example: u32) {
        let (block, row) = self.place(example);
        block.expect(row, self.inputs);
    }

    fn place(&self, example: u32) -> (&Block<T>, usize) {
        // Division by 32 bits is the faster one.
        let block = self.block as u32;
        (&self.blocks[(example / block) as usize], (example % block) as usize)
    }

    /// Entries that an example has at most, where some are mostly zero; chains over a batch of those are not cut.
    pub(crate) fn sparse(&self, batch: usize) -> Option<usize> {
        (batch <= CHAIN && self.sparse).then_some(self.most)
    }

    /// Whether it is faster to visit only what is not zero of some examples.
    pub(crate) fn mostly_zero(&self, examples: &[u32]) -> bool {
        let entries = |&example: &u32| {
            let (block, row) = self.place(example);
            block.entries(row)
        };
        let all = examples.len() as f64 * self.inputs as f64;
        (examples.iter().map(entries).sum::<usize>() as f64) < SPARSE * all
    }

    /// Bytes that it holds.
    pub fn bytes(&self) -> usize {
        let targets = match &self.targets {
            Targets::None => 0,
            Targets::Labels(labels) => size_of_val(&labels[..]),
            Targets::Values(values) => size_of_val(&values[..]),
        };
        self.blocks.iter().map(Block::bytes).sum::<usize>() + targets
    }
}

impl<T> Targets<T> {
    /// Takes those of the next examples.
    fn extend(&mut self, more: Self) -> Result<()> {
        match (&mut *self, more) {
            (Self::Labels(labels), Self::Labels(mut more)) => labels.append(&mut more),
            (Self::Values(values), Self::Values(mut more)) => values.append(&mut more),
            (Self::None, more) => *self = more,
            _ => return Err(Error::Data("dataset: expected labels or targets throughout but received others".into())),
        }
        Ok(())
    }
}
