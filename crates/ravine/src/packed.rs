use crate::features::Values;
use ravine_kernels::{Element, Part, bits, prefetch};
use std::ops::Range;

/// Words from one rank to the next.
const STRIDE: usize = 4;

/// Rows of numbers of which most are zero: the others, and where they are.
pub(crate) struct Packed<T> {
    /// Words of a row.
    words: usize,
    /// [rows][words]: bit c % 64 of word c / 64 says that column c is not zero.
    masks: Vec<u64>,
    /// [rows][words / STRIDE]: how many of the row's numbers belong to the words before.
    ranks: Vec<u16>,
    /// [rows]: how many numbers belong to the rows before.
    starts: Vec<u32>,
    values: Values<T>,
}

impl<T: Element> Packed<T> {
    /// Rows of `inputs` numbers, of which `entries` are not zero: at most 2¹⁶ − 1 in a row and 2³² − 1 in all. `values` says of which
    /// kind they are.
    pub(crate) fn new<S: Copy + Default + PartialEq>(
        numbers: &[S],
        inputs: usize,
        entries: usize,
        values: impl FnOnce(Vec<S>) -> Values<T>,
    ) -> Self {
        let (rows, words) = (numbers.len() / inputs, inputs.div_ceil(64));
        let (mut masks, mut ranks) =
            (Vec::with_capacity(rows * words), Vec::with_capacity(rows * words.div_ceil(STRIDE)));
        let (mut starts, mut kept) = (Vec::with_capacity(rows), Vec::with_capacity(entries));
        for row in numbers.chunks_exact(inputs) {
            let start = kept.len();
            starts.push(start as u32);
            for words in row.chunks(64 * STRIDE) {
                ranks.push((kept.len() - start) as u16);
                for word in words.chunks(64) {
                    let mask = mask(word);
                    masks.push(mask);
                    kept.extend(bits(mask).map(|column| word[column]));
                }
            }
        }
        Self { words, masks, ranks, starts, values: values(kept) }
    }

    /// What row `row` has in adjacent columns that lie in one word.
    #[inline]
    pub(crate) fn part(&self, row: usize, columns: Range<usize>) -> Part<'_, T> {
        let (word, first, masks) = (columns.start / 64, columns.start % 64, &self.masks[row * self.words..]);
        let mask = masks[word];
        let before = masks[word / STRIDE * STRIDE..word].iter().map(|mask| mask.count_ones()).sum::<u32>()
            + (mask & ((1 << first) - 1)).count_ones();
        let place = self.starts[row] as usize + self.rank(row, word) as usize + before as usize;
        let kept = (mask >> first) & (u64::MAX >> (64 - columns.len()));
        Part::Masked(kept, self.values.numbers(place..))
    }

    /// Asks for the memory of such a part, as far as it is known without reading any.
    #[inline]
    pub(crate) fn expect(&self, row: usize, columns: Range<usize>) {
        prefetch(&self.masks[row * self.words + columns.start / 64..]);
    }

    fn rank(&self, row: usize, word: usize) -> u16 {
        self.ranks[row * self.words.div_ceil(STRIDE) + word / STRIDE]
    }

    /// Bytes that they take.
    pub(crate) fn bytes(&self) -> usize {
        let places = size_of_val(&self.masks[..]) + size_of_val(&self.ranks[..]) + size_of_val(&self.starts[..]);
        places + self.values.bytes()
    }
}

/// Bit i says that number i is not zero.
fn mask<S: Copy + Default + PartialEq>(numbers: &[S]) -> u64 {
    let bit = |mask: u64, (i, number): (usize, &S)| mask | u64::from(*number != S::default()) << i;
    numbers.iter().enumerate().fold(0, bit)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check<T: Element>(inputs: usize, numbers: &[u8]) {
        let entries = numbers.iter().filter(|&&number| number != 0).count();
        let packed = Packed::<T>::new(numbers, inputs, entries, Values::Bytes);
        for (row, numbers) in numbers.chunks_exact(inputs).enumerate() {
            for first in (0..inputs).step_by(T::PANEL) {
                let columns = first..inputs.min(first + T::PANEL);
                let mut panel = vec![T::from_f64(f64::NAN); columns.len()];
                packed.part(row, columns.clone()).scatter(ravine_kernels::Isa::SCALAR, &mut panel);
                assert!(panel.iter().zip(&numbers[columns]).all(|(&found, &byte)| found == T::from_byte(byte)));
            }
        }
    }

    #[test]
    fn what_is_packed_comes_out_again() {
        for (inputs, every) in [(1, 1), (1, 2), (63, 5), (64, 1), (65, 7), (100, 99), (784, 4), (4096, 1)] {
            let number = |i: usize| if i.is_multiple_of(every) { (i % 255 + 1) as u8 } else { 0 };
            let numbers: Vec<u8> = (0..5 * inputs).map(number).collect();
            check::<f32>(inputs, &numbers);
            check::<f64>(inputs, &numbers);
            check::<f32>(inputs, &vec![0; 3 * inputs]);
        }
    }
}
