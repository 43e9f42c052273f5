//! The primitives, into arrays that are given: `src/primitives.ts` checks, allocates and names; sizes and overlap are checked again
//! here, since memory is lent.

mod activation;
mod linear;
mod loss;
mod matmul;
mod momentum;

/// Calls a generic function with the element type of an array.
macro_rules! typed {
    ($array:expr, $function:ident($($argument:expr),*)) => {
        match $array {
            Either::A(_) => $function::<f32>($($argument),*),
            Either::B(_) => $function::<f64>($($argument),*),
        }
    };
}
use typed;
