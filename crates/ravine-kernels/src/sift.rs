use crate::element::Element;
use crate::elementwise::widen;
use crate::isa::Isa;

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

/// What one example has in some adjacent columns, at most a panel of them.
#[derive(Clone, Copy, Debug)]
pub enum Part<'a, T> {
    /// A byte for each.
    Bytes(&'a [u8]),
    /// A number for each.
    Floats(&'a [T]),
    /// Entries: their columns, ascending, of which the first of the part is the one named, and their numbers.
    Listed(&'a [u32], u32, Numbers<'a, T>),
    /// Entries: bit c says that column c has one; and their numbers, which may go on behind them.
    Masked(u64, Numbers<'a, T>),
}

impl<T: Element> Part<'_, T> {
    /// panel[column] ← number, zeros elsewhere.
    ///
    /// # Panics
    /// When a column lies outside the panel.
    pub fn scatter(self, isa: Isa, panel: &mut [T]) {
        match self {
            Self::Bytes(bytes) => widen(isa, bytes, panel),
            Self::Floats(floats) => panel.copy_from_slice(floats),
            Self::Listed(..) | Self::Masked(..) => {
                panel.fill(T::ZERO);
                self.each(|column, number| panel[column] = number);
            }
        }
    }

    /// Calls `found(column, number)` for every entry that is not zero, and for some that are; columns ascend.
    #[inline(always)]
    fn each(self, mut found: impl FnMut(usize, T)) {
        match self {
            Self::Bytes(bytes) => each_byte(bytes, found),
            Self::Floats(floats) => floats.iter().enumerate().for_each(|(column, &number)| found(column, number)),
            Self::Listed(columns, first, numbers) => {
                numbers.each(columns.iter().map(|&column| (column - first) as usize), found);
            }
            Self::Masked(mask, numbers) => numbers.each(bits(mask), found),
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

/// Eight bytes that are all zero are passed over at once.
#[inline(always)]
fn each_byte<T: Element>(bytes: &[u8], mut found: impl FnMut(usize, T)) {
    let (blocks, rest) = bytes.as_chunks::<8>();
    for (block, bytes) in blocks.iter().enumerate().filter(|(_, bytes)| u64::from_ne_bytes(**bytes) != 0) {
        bytes.iter().enumerate().for_each(|(i, &byte)| found(block * 8 + i, T::from_byte(byte)));
    }
    rest.iter().enumerate().for_each(|(i, &byte)| found(blocks.len() * 8 + i, T::from_byte(byte)));
}

/// Fills one panel's lists (see [`crate::Columns`]) from what the rows have in its columns.
///
/// # Panics
/// When there are more than `batch` rows, or a column lies outside the panel.
pub fn sift<'a, T: Element>(rows: impl Iterator<Item = Part<'a, T>>, lists: &mut [T], batch: usize) {
    let (counts, pairs) = lists.split_at_mut(T::PANEL);
    let mut lengths = [0_usize; 32];
    for (r, row) in rows.enumerate() {
        let r = T::from_index(r as u32);
        // Without a branch: a zero is written, too, where the next entry will overwrite it.
        row.each(|column, number| {
            let place = (column * (batch + 1) + lengths[column]) * 2;
            pairs[place..place + 2].copy_from_slice(&[r, number]);
            lengths[column] += usize::from(number != T::ZERO);
        });
    }
    counts.iter_mut().zip(lengths).for_each(|(count, length)| *count = T::from_index(length as u32));
}
