use crate::element::Element;
use crate::elementwise::widen;
use crate::isa::Isa;
use crate::lists::{BLOCK, Columns, Lists};

/// The numbers of entries, one after another.
#[derive(Clone, Copy, Debug)]
pub enum Numbers<'a, T> {
    /// All are 1.
    Ones,
    /// Bytes as numbers.
    Bytes(&'a [u8]),
    /// As they are.
    Floats(&'a [T]),
}

/// The features of one example.
#[derive(Clone, Copy, Debug)]
pub enum Row<'a, T> {
    /// A byte for each.
    Bytes(&'a [u8]),
    /// A number for each.
    Floats(&'a [T]),
    /// Entries: their columns, ascending, and their numbers.
    Listed(&'a [u32], Numbers<'a, T>),
    /// Entries: bit c % 64 of word c / 64 says that column c has one; and their numbers.
    Masked(&'a [u64], Numbers<'a, T>),
}

impl<T: Element> Row<'_, T> {
    /// target[column] ← number, zeros elsewhere.
    ///
    /// # Panics
    /// When the target has not as many columns.
    pub fn write(self, isa: Isa, target: &mut [T]) {
        match self {
            Self::Bytes(bytes) => widen(isa, bytes, target),
            Self::Floats(floats) => target.copy_from_slice(floats),
            Self::Listed(..) | Self::Masked(..) => {
                target.fill(T::ZERO);
                self.each(|column, number| target[column] = number);
            }
        }
    }

    /// Calls `found(column, number)` for every entry that is not zero; columns ascend.
    #[inline(always)]
    pub fn each(self, mut found: impl FnMut(usize, T)) {
        let mut found = |column, number| {
            if number != T::ZERO {
                found(column, number);
            }
        };
        match self {
            Self::Bytes(bytes) => each_byte(bytes, found),
            Self::Floats(floats) => floats.iter().enumerate().for_each(|(column, &number)| found(column, number)),
            Self::Listed(columns, numbers) => numbers.each(columns.iter().map(|&column| column as usize), found),
            Self::Masked(masks, numbers) => {
                numbers
                    .each(masks.iter().enumerate().flat_map(|(i, &mask)| bits(mask).map(move |c| 64 * i + c)), found);
            }
        }
    }
}

impl<T: Element> Numbers<'_, T> {
    #[inline(always)]
    fn each(self, columns: impl Iterator<Item = usize>, mut found: impl FnMut(usize, T)) {
        match self {
            Self::Ones => columns.for_each(|column| found(column, T::ONE)),
            Self::Bytes(bytes) => columns.zip(bytes).for_each(|(column, &byte)| found(column, T::from_byte(byte))),
            Self::Floats(floats) => columns.zip(floats).for_each(|(column, &number)| found(column, number)),
        }
    }
}

/// Places of the bits, ascending.
#[inline(always)]
pub fn bits(mut mask: u64) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let place = mask.trailing_zeros() as usize;
        (mask != 0).then(|| {
            mask &= mask - 1;
            place
        })
    })
}

/// Bytes are passed over by eight.
#[inline(always)]
fn each_byte<T: Element>(bytes: &[u8], mut found: impl FnMut(usize, T)) {
    for (block, bytes) in bytes.chunks(64).enumerate() {
        bits(nonzero(bytes)).for_each(|column| found(block * 64 + column, T::from_byte(bytes[column])));
    }
}

/// Which of up to 64 bytes are not zero.
fn nonzero(bytes: &[u8]) -> u64 {
    let (words, rest) = bytes.as_chunks::<8>();
    let of_word = |(i, word): (usize, &[u8; 8])| eight(u64::from_le_bytes(*word)) << (8 * i);
    let of_byte = |(i, &byte): (usize, &u8)| u64::from(byte != 0) << (words.len() * 8 + i);
    words.iter().enumerate().map(of_word).chain(rest.iter().enumerate().map(of_byte)).fold(0, |mask, bits| mask | bits)
}

/// Which of the eight bytes of a word are not zero: the top bit of each, gathered by a product that puts them side by side.
fn eight(word: u64) -> u64 {
    const LOW: u64 = 0x7f7f_7f7f_7f7f_7f7f;
    let tops = (((word & LOW) + LOW) | word) & !LOW;
    (tops >> 7).wrapping_mul(0x0102_0408_1020_4080) >> 56
}

/// Fills the list of one row (see [`Lists`]) from all that it has.
///
/// # Panics
/// When it has more entries than there is room for, or one beyond `inputs`.
pub fn list<T: Element>(row: Row<'_, T>, list: &mut [T], inputs: usize) {
    let (places, pairs) = list.split_at_mut(inputs.div_ceil(BLOCK) + 1);
    let pairs = pairs.as_chunks_mut().0;
    match row {
        Row::Masked(masks, Numbers::Bytes(bytes)) => list_masked(masks, |i| T::from_byte(bytes[i]), places, pairs),
        Row::Masked(masks, Numbers::Floats(floats)) => list_masked(masks, |i| floats[i], places, pairs),
        row => list_each(row, places, pairs),
    }
}

/// A word of the mask is a block.
#[inline(always)]
fn list_masked<T: Element>(masks: &[u64], number: impl Fn(usize) -> T, places: &mut [T], pairs: &mut [[T; 2]]) {
    const { assert!(BLOCK == u64::BITS as usize, "a word of a mask is a block") };
    let mut count = 0;
    for ((block, place), &mask) in places.iter_mut().enumerate().zip(masks) {
        *place = T::from_index(count as u32);
        for column in bits(mask) {
            pairs[count] = [T::from_index((block * BLOCK + column) as u32), number(count)];
            count += 1;
        }
    }
    places[masks.len()..].fill(T::from_index(count as u32));
}

fn list_each<T: Element>(row: Row<'_, T>, places: &mut [T], pairs: &mut [[T; 2]]) {
    let (mut block, mut count) = (0, 0);
    row.each(|column, number| {
        if column >= block * BLOCK {
            let next = column / BLOCK + 1;
            places[block..next].fill(T::from_index(count as u32));
            block = next;
        }
        pairs[count] = [T::from_index(column as u32), number];
        count += 1;
    });
    places[block..].fill(T::from_index(count as u32));
}

/// Fills the lists of the columns of one block (see [`Columns`]) from those of the first `rows` rows.
///
/// # Panics
/// When `lists` are not those of the block's panels, or a row has a column twice.
pub fn sift<T: Element>(x: Lists<'_, T>, rows: usize, block: usize, lists: &mut [T], batch: usize) {
    let (mut counts, size) = ([0_u32; BLOCK], Columns::<T>::size(batch));
    for row in 0..rows {
        for &[column, value] in x.run(row, block..block + 1) {
            let column = column.index() as usize % BLOCK;
            let pair = column % T::PANEL * batch + counts[column] as usize;
            let place = column / T::PANEL * size + T::PANEL + 2 * pair;
            lists[place..place + 2].copy_from_slice(&[T::from_index(row as u32), value]);
            counts[column] += 1;
        }
    }
    for (panel, counts) in lists.chunks_mut(size).zip(counts.chunks(T::PANEL)) {
        panel.iter_mut().zip(counts).for_each(|(to, &count)| *to = T::from_index(count));
    }
}
