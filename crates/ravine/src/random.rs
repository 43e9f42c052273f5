const MULTIPLIERS: [u32; 2] = [0xD251_1F53, 0xCD9E_8D57];
const WEYL: [u32; 2] = [0x9E37_79B9, 0xBB67_AE85];
const ROUNDS: usize = 10;
const SHUFFLE: u32 = 1;
pub(crate) const DROPOUT: u32 = 4;

/// Philox4x32-10: a counter-based generator, the same stream as `src/random.ts` draws.
///
/// Source: Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", 2011.
pub struct Philox {
    key: [u32; 2],
    counter: [u32; 4],
    words: [u32; 4],
    used: usize,
}

impl Philox {
    /// The stream of a seed, a purpose and an index.
    pub fn new(seed: u64, purpose: u32, index: u32) -> Self {
        Self { key: [seed as u32, (seed >> 32) as u32], counter: [0, index, purpose, 0], words: [0; 4], used: 4 }
    }

    /// A whole number in [0, 2³²).
    pub fn next_word(&mut self) -> u32 {
        if self.used == 4 {
            self.words = block(self.counter, self.key);
            self.counter[0] = self.counter[0].wrapping_add(1);
            self.used = 0;
        }
        self.used += 1;
        self.words[self.used - 1]
    }

    /// A whole number in [0, bound); its bias is below bound / 2³².
    pub fn below(&mut self, bound: u32) -> u32 {
        ((u64::from(self.next_word()) * u64::from(bound)) >> 32) as u32
    }
}

/// The words of one place: a bijection of the counter (place in the stream, index, purpose, a further number) under the key.
pub(crate) fn block(counter: [u32; 4], key: [u32; 2]) -> [u32; 4] {
    let ([mut x0, mut x1, mut x2, mut x3], [mut k0, mut k1]) = (counter, key);
    for _ in 0..ROUNDS {
        let first = u64::from(MULTIPLIERS[0]) * u64::from(x0);
        let second = u64::from(MULTIPLIERS[1]) * u64::from(x2);
        (x0, x1) = ((second >> 32) as u32 ^ x1 ^ k0, second as u32);
        (x2, x3) = ((first >> 32) as u32 ^ x3 ^ k1, first as u32);
        k0 = k0.wrapping_add(WEYL[0]);
        k1 = k1.wrapping_add(WEYL[1]);
    }
    [x0, x1, x2, x3]
}

/// order ← the examples 0 … n−1 as they come in an epoch, by Fisher and Yates' method.
pub fn shuffle(order: &mut [u32], seed: u64, epoch: u32) {
    let mut random = Philox::new(seed, SHUFFLE, epoch);
    order.iter_mut().zip(0..).for_each(|(place, example)| *place = example);
    for i in (1..order.len()).rev() {
        order.swap(i, random.below(i as u32 + 1) as usize);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agrees_with_the_authors_known_answers() {
        assert_eq!(block([0; 4], [0; 2]), [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]);
        assert_eq!(block([u32::MAX; 4], [u32::MAX; 2]), [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]);
    }

    #[test]
    fn a_shuffle_is_a_permutation_and_each_epoch_has_its_own() {
        let (mut first, mut second) = ([0; 1000], [0; 1000]);
        shuffle(&mut first, 7, 0);
        shuffle(&mut second, 7, 1);
        assert_ne!(first, second);
        let mut sorted = first;
        sorted.sort_unstable();
        assert!(sorted.into_iter().eq(0..1000));
    }
}
