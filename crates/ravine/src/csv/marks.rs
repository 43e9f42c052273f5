/// Bytes that are looked at together.
const BLOCK: usize = 64;
/// The same in each byte of a word.
pub(super) const ONES: u64 = u64::MAX / 255;
/// The high bit of each.
pub(super) const HIGH: u64 = ONES << 7;

/// The places where a field may end: of delimiters, quotes, LF and CR, in order. They are found a block at a time, so that to cut a field is
/// to count zeros, whatever its length.
pub(super) struct Marks {
    /// Where the block begins.
    block: usize,
    /// Those of it that have not been given: a bit for each byte.
    found: u64,
}

impl Marks {
    /// Of bytes that have not been looked at.
    pub(super) const NONE: Self = Self { block: usize::MAX, found: 0 };

    /// Those from a place on are next; it is not before the last that was given.
    #[inline]
    pub(super) fn seek(&mut self, bytes: &[u8], delimiter: u8, from: usize) {
        let block = from - from % BLOCK;
        if self.block != block {
            *self = Self { block, found: marks(bytes, delimiter, block) };
        }
        self.found &= u64::MAX << (from % BLOCK);
    }

    /// The next one, of bytes that are whole blocks.
    #[inline]
    pub(super) fn next(&mut self, bytes: &[u8], delimiter: u8) -> Option<usize> {
        while self.found == 0 {
            self.block += BLOCK;
            if self.block >= bytes.len() {
                return None;
            }
            self.found = marks(bytes, delimiter, self.block);
        }
        let place = self.block + self.found.trailing_zeros() as usize;
        self.found &= self.found - 1;
        Some(place)
    }
}

#[inline]
fn marks(bytes: &[u8], delimiter: u8, block: usize) -> u64 {
    let patterns = [delimiter, b'"', b'\n', b'\r'].map(|byte| ONES * u64::from(byte));
    let (words, _) = bytes[block..block + BLOCK].as_chunks();
    words.iter().rev().fold(0, |found, &word| {
        let word = u64::from_le_bytes(word);
        let others = patterns.iter().fold(HIGH, |others, pattern| others & nonzero(word ^ pattern));
        found << 8 | gathered(others ^ HIGH)
    })
}

/// The high bit of each byte that is not zero; the other bits are any.
fn nonzero(word: u64) -> u64 {
    ((word & !HIGH) + !HIGH) | word
}

/// The high bits of the bytes, side by side; there are no others. Each product has its own place in the highest byte.
fn gathered(high: u64) -> u64 {
    (high >> 7).wrapping_mul(0x0102_0408_1020_4080) >> 56
}
