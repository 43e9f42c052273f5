//! Numbers in f64 in arenas of either element type: the halves of their bits, which no arithmetic touches.

use ravine_kernels::Element;

/// Elements of a number.
pub(crate) const ELEMENTS: usize = 2;

/// The number at a place.
pub(crate) fn read<T: Element>(region: &[T], place: usize) -> f64 {
    let [low, high] = [0, 1].map(|half| u64::from(region[place * ELEMENTS + half].index()));
    f64::from_bits(high << 32 | low)
}

/// The numbers from the first place on.
pub(crate) fn write<T: Element>(region: &mut [T], numbers: &[f64]) {
    for (halves, number) in region.chunks_exact_mut(ELEMENTS).zip(numbers) {
        let bits = number.to_bits();
        [halves[0], halves[1]] = [bits, bits >> 32].map(|half| T::from_index(half as u32));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check<T: Element>() {
        let numbers = [0.0, -0.0, 1.5, -1e300, f64::MIN_POSITIVE, 5e-324, f64::INFINITY, std::f64::consts::PI];
        let mut region = [T::ZERO; 16];
        write(&mut region, &numbers);
        for (place, number) in numbers.iter().enumerate() {
            assert_eq!(read(&region, place).to_bits(), number.to_bits());
        }
        write(&mut region, &[f64::NAN]);
        assert!(read(&region, 0).is_nan());
    }

    #[test]
    fn every_number_comes_back_to_the_bit() {
        check::<f32>();
        check::<f64>();
    }
}
