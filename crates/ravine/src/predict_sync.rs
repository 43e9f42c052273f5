use crate::dataset::{Dataset, Fold};
use crate::error::{Result, expect_shape};
use crate::model::{EVALUATION_BATCH, Model};
use ravine_kernels::Element;
use std::ops::Range;

/// Batches have one of few sizes, its powers, so that few plans serve all.
const GROWTH: usize = 8;

/// Where a few examples are written again and again, to be answered without any new memory.
pub(crate) struct Desk<T> {
    dataset: Dataset<T>,
    order: Vec<u32>,
}

impl<T: Element> Desk<T> {
    fn new(examples: usize, inputs: usize) -> Self {
        Self { dataset: Dataset::rewritable(examples, inputs), order: (0..examples as u32).collect() }
    }
}

impl<T: Element> Model<T> {
    /// Writes the outputs [examples, outputs] to `out`, for as many examples as it has room for: those of [`Model::predict`], to the bit.
    /// `features` writes those from some to some other place of [examples, inputs]. After the first call of a size nothing is allocated.
    ///
    /// # Errors
    /// [`crate::Error::Shape`] when `out` is no whole number of rows; then nothing is written.
    pub fn predict_into(
        &mut self,
        features: impl Fn(Range<usize>, &mut [T]),
        fold: Option<Fold<T>>,
        out: &mut [T],
        threads: usize,
    ) -> Result<()> {
        let (inputs, width) = (self.spec.features(), self.outputs());
        let examples = out.len() / width;
        expect_shape("model", "outputs", &[examples * width], &[out.len()])?;
        if examples == 0 {
            return Ok(());
        }
        let mut desk = self.desk(EVALUATION_BATCH.min(examples), inputs);
        desk.dataset.fold = fold;
        let most = desk.order.len();
        for (number, rows) in out.chunks_mut(most * width).enumerate() {
            let (count, first) = (rows.len() / width, number * most * inputs);
            desk.dataset.rewrite(count, |to| features(first..first + to.len(), to));
            self.answer(&desk.dataset, &desk.order[..count], size(count), rows, threads)?;
        }
        self.desk = Some(desk);
        Ok(())
    }

    /// The one that is there, or a larger one.
    fn desk(&mut self, examples: usize, inputs: usize) -> Desk<T> {
        let large = self.desk.take().filter(|desk| desk.order.len() >= examples);
        large.unwrap_or_else(|| Desk::new(examples, inputs))
    }
}

/// That of the plan for so many examples.
fn size(examples: usize) -> usize {
    let mut size = 1;
    while size < examples {
        size *= GROWTH;
    }
    size.min(EVALUATION_BATCH)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Activation, Dense, Features, Spec, Targets};

    /// Examples, and how many of each seven numbers are zero; inputs and hidden units. Under Miri all is a thousand times slower.
    const CASES: &[(usize, usize)] =
        if cfg!(miri) { &[(1, 0), (9, 5)] } else { &[(1, 0), (300, 5), (7, 0), (9, 5), (1, 6), (65, 7)] };
    const SHAPE: (usize, usize) = if cfg!(miri) { (5, 18) } else { (37, 50) };

    #[test]
    fn outputs_are_those_of_predict_whatever_is_zero_and_however_many_come() {
        let dense = |inputs, outputs, activation| Dense { inputs, outputs, activation, bias: true };
        let (inputs, hidden) = SHAPE;
        let layers = vec![dense(inputs, hidden, Activation::Tanh), dense(hidden, 3, Activation::Linear)];
        let mut model = Model::<f32>::new(Spec::chain(inputs, layers)).unwrap();
        let mut start = model.parameters();
        start.iter_mut().flatten().zip(0..).for_each(|(p, i)| *p = (i * 37 % 101) as f32 / 50.0 - 1.0);
        model.set_parameters(&start.iter().map(|array| array.view()).collect::<Vec<_>>()).unwrap();
        for &(examples, zeros) in CASES {
            let number = |i: usize| if i % 7 < zeros { 0.0 } else { (i * 13 % 29) as f32 - 14.0 };
            let floats: Vec<f32> = (0..examples * inputs).map(number).collect();
            for fold in [None, Some(Fold { scale: 0.5, offset: -0.3 })] {
                let mut out = vec![f32::NAN; examples * 3];
                model.predict_into(|range, to| to.copy_from_slice(&floats[range]), fold, &mut out, 1).unwrap();
                let features = Features::Floats(floats.clone());
                let dataset = Dataset::new(features, Targets::None, fold, examples, inputs).unwrap();
                assert_eq!(out, model.predict(&dataset, 1).unwrap().into_raw_vec_and_offset().0, "{examples} {zeros}");
            }
        }
        assert!(model.predict_into(|_, _| (), None, &mut [0.0; 4], 1).is_err());
    }

    #[test]
    fn sizes_are_few() {
        assert_eq!([1, 2, 8, 9, 64, 65, 256].map(size), [1, 8, 8, 64, 64, 256, 256]);
    }
}
