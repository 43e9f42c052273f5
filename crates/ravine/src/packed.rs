use crate::features::{Values, prefetch_all};
use ravine_kernels::{Element, Row, bits};
use std::ops::Range;

/// Rows of numbers of which most are zero: the others, and where they are.
pub(crate) struct Packed<T> {
    /// Words of a row.
    words: usize,
    /// [rows][words]: bit c % 64 of word c / 64 says that column c is not zero.
    masks: Vec<u64>,
    /// [rows + 1]: how many numbers belong to the rows before.
    starts: Vec<u32>,
    values: Values<T>,
}

impl<T: Element> Packed<T> {
    /// Rows of `inputs` numbers, of which `entries` are not zero, at most 2³² − 1. `values` says of which kind they are.
    pub(crate) fn new<S: Copy + Default + PartialEq>(
        numbers: &[S],
        inputs: usize,
        entries: usize,
        values: impl FnOnce(Vec<S>) -> Values<T>,
    ) -> Self {
        let (rows, words) = (numbers.len() / inputs, inputs.div_ceil(64));
        let (mut masks, mut starts) = (Vec::with_capacity(rows * words), Vec::with_capacity(rows + 1));
        let mut kept = Vec::with_capacity(entries);
        starts.push(0);
        for row in numbers.chunks_exact(inputs) {
            for word in row.chunks(64) {
                let mask = mask(word);
                masks.push(mask);
                kept.extend(bits(mask).map(|column| word[column]));
            }
            starts.push(kept.len() as u32);
        }
        Self { words, masks, starts, values: values(kept) }
    }

    fn masks(&self, row: usize) -> &[u64] {
        &self.masks[row * self.words..][..self.words]
    }

    /// Where the numbers of row `row` are.
    pub(crate) fn numbers(&self, row: usize) -> Range<usize> {
        self.starts[row] as usize..self.starts[row + 1] as usize
    }

    /// All that row `row` has.
    #[inline]
    pub(crate) fn row(&self, row: usize) -> Row<'_, T> {
        Row::Masked(self.masks(row), self.values.numbers(self.numbers(row)))
    }

    /// Asks for the memory of row `row`.
    #[inline]
    pub(crate) fn expect(&self, row: usize) {
        prefetch_all(self.masks(row));
        self.values.expect(self.numbers(row));
    }

    /// Bytes that they take.
    pub(crate) fn bytes(&self) -> usize {
        size_of_val(&self.masks[..]) + size_of_val(&self.starts[..]) + self.values.bytes()
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
            let mut whole = vec![T::from_f64(f64::NAN); inputs];
            packed.row(row).write(ravine_kernels::Isa::SCALAR, &mut whole);
            assert!(whole.iter().zip(numbers).all(|(&found, &byte)| found == T::from_byte(byte)));
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
