use crate::{CHAIN, LENGTHS, bits, both, nan, numbers, panics};
use ravine_kernels::{Element, Isa, add_rows, argmax, max, sum16};

both! { columns_are_summed_in_parts a_sum_has_sixteen_lanes_and_a_tree the_first_of_the_largest_wins }

const ROWS: &[usize] = if cfg!(miri) { &[0, 1, 33] } else { &[0, 1, 2, 33, 4095, 4096, 4097, 9000] };

fn columns_are_summed_in_parts<T: Element>() {
    for &rows in ROWS {
        let values = numbers::<T>(rows * T::PANEL, 1);
        let column = |j: usize| {
            let column: Vec<T> = values.iter().skip(j).step_by(T::PANEL).copied().collect();
            let parts = column.chunks(CHAIN).map(|part| part.iter().fold(T::ZERO, |sum, &value| sum + value));
            parts.reduce(|total, part| total + part).unwrap_or(T::ZERO)
        };
        let expected: Vec<T> = (0..T::PANEL).map(column).collect();
        for isa in Isa::available() {
            let mut sums = nan(T::PANEL);
            add_rows(isa, &mut sums, &values);
            assert_eq!(bits(&sums), bits(&expected), "{} {rows}", isa.name());
        }
    }
    assert!(panics(|| add_rows(Isa::chosen(), &mut nan::<T>(T::PANEL - 1), &[])));
    assert!(panics(|| add_rows(Isa::chosen(), &mut nan::<T>(T::PANEL + 1), &[])));
}

fn a_sum_has_sixteen_lanes_and_a_tree<T: Element>() {
    for &len in LENGTHS {
        let values = numbers::<T>(len, 1);
        let lane = |i: usize| values.iter().skip(i).step_by(16).fold(T::ZERO, |sum, &value| sum + value);
        let lanes: Vec<T> = (0..16).map(lane).collect();
        assert_eq!(bits(&[sum16(values.clone())]), bits(&[tree(&lanes)]), "{len}");
    }
}

/// The lower half plus the upper, until one is left.
fn tree<T: Element>(lanes: &[T]) -> T {
    match lanes {
        [sum] => *sum,
        _ => {
            let (lower, upper) = lanes.split_at(lanes.len() / 2);
            tree(&lower.iter().zip(upper).map(|(&a, &b)| a + b).collect::<Vec<_>>())
        }
    }
}

fn the_first_of_the_largest_wins<T: Element>() {
    let cases: [(&[f64], usize); 6] = [
        (&[2.0], 0),
        (&[1.0, 3.0, 3.0], 1),
        (&[-0.0, 0.0], 0),
        (&[1.0, f64::NAN, 2.0], 2),
        (&[2.0, f64::NAN, 1.0], 0),
        (&[f64::NEG_INFINITY, -5.0], 1),
    ];
    for (values, place) in cases {
        let values: Vec<T> = values.iter().map(|&value| T::from_f64(value)).collect();
        assert_eq!((argmax(&values), max(&values)), (place, values[place]), "{values:?}");
    }
}
