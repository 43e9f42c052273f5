use crate::error::Result;
use crate::pool::{ALONE, pool};
use ravine_kernels::{Element, Isa, peak};
use std::time::Instant;

/// Enough rounds to take some milliseconds.
const ROUNDS: usize = 1 << 20;

/// The machine's measured roof: flops a second of `threads` threads that only multiply and add in registers, in GFLOP/s.
///
/// # Errors
/// [`crate::Error::Native`] without threads.
pub fn peak_gflops<T: Element>(threads: usize) -> Result<f64> {
    let (isa, threads) = (Isa::chosen(), if ALONE { 1 } else { threads });
    let work = || peak::<T>(isa, ROUNDS);
    if threads == 1 {
        let began = Instant::now();
        return Ok(work() / began.elapsed().as_secs_f64() * 1e-9);
    }
    let pool = pool(threads - 1)?;
    let began = Instant::now();
    let flops = pool.region(threads, || _ = work(), work);
    Ok(flops * threads as f64 / began.elapsed().as_secs_f64() * 1e-9)
}
