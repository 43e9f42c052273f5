use crate::views::accepted;
use napi::Result;
use napi_derive::napi;
use ravine::Isa;

/// What the addon found: its arithmetic and how many threads it may use.
#[napi(object, object_from_js = false)]
pub struct Cpu {
    /// 'avx512', 'avx2', 'neon' or 'scalar'.
    pub instruction_set: String,
    /// Threads that this process may use, affinity and quota counted.
    pub threads: u32,
}

/// What the addon found on this machine.
#[napi(catch_unwind)]
pub fn cpu() -> Cpu {
    Cpu { instruction_set: Isa::chosen().name().into(), threads: ravine::available_threads() as u32 }
}

/// The machine's measured roof in GFLOP/s: `threads` threads that only multiply and add in registers, in f32, for some milliseconds.
#[napi(catch_unwind)]
pub fn peak_gflops(threads: u32) -> Result<f64> {
    accepted(ravine::peak_gflops::<f32>(threads.max(1) as usize))
}

/// Version of the addon.
#[napi(catch_unwind)]
pub fn version() -> &'static str {
    env!("CARGO_PKG_VERSION")
}
