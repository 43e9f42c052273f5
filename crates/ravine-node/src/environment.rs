//! Runs belong to the environment (the main thread's or a worker's) that began them: when it closes they are stopped and joined,
//! and when the last one closes the pool is.

use crate::error::coded;
use napi::bindgen_prelude::{PromiseRaw, ToNapiValue};
use napi::{Env, Result};
use std::cell::RefCell;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::JoinHandle;

static ENVIRONMENTS: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    static RUNS: RefCell<Option<Vec<Run>>> = const { RefCell::new(None) };
}

/// A driver thread, and the flag that it reads once a step.
struct Run {
    stop: Arc<AtomicBool>,
    driver: JoinHandle<()>,
}

/// Does `work` on a driver thread and settles a promise with what it makes.
pub(crate) fn promised<'env, Data, Settled>(
    env: &'env Env,
    stop: Arc<AtomicBool>,
    work: impl FnOnce() -> Result<Settled> + Send + 'static,
) -> Result<PromiseRaw<'env, Data>>
where
    Data: ToNapiValue + 'static,
    Settled: FnOnce(Env) -> Result<Data> + Send + 'static,
{
    let (deferred, promise) = env.create_deferred::<Data, Settled>()?;
    start(env, stop, move || {
        let bug = |_| Err(coded("ERR_RAVINE_NATIVE", &"a run panicked: a bug of ravine; a model may be at any step"));
        match std::panic::catch_unwind(std::panic::AssertUnwindSafe(work)).unwrap_or_else(bug) {
            Ok(settled) => deferred.resolve(settled),
            Err(error) => deferred.reject(error),
        }
    })?;
    Ok(PromiseRaw::new(env.raw(), napi::JsValue::raw(&promise)))
}

/// Starts a driver thread of its own for `work`: never one of libuv's, never this one.
fn start(env: &Env, stop: Arc<AtomicBool>, work: impl FnOnce() + Send + 'static) -> Result<()> {
    // WebAssembly is not unloaded while a thread of it runs.
    #[cfg(not(target_family = "wasm"))]
    napi::bindgen_prelude::retain_current_module_for_unload_safety();
    let driver = std::thread::Builder::new().name("ravine-run".into()).spawn(work)?;
    let first = RUNS.with_borrow_mut(|runs| {
        let first = runs.is_none();
        let runs = runs.get_or_insert_default();
        runs.retain(|run| !run.driver.is_finished());
        runs.push(Run { stop, driver });
        first
    });
    if first {
        ENVIRONMENTS.fetch_add(1, Ordering::AcqRel);
        env.add_env_cleanup_hook((), |()| close())?;
    }
    Ok(())
}

fn close() {
    for run in RUNS.take().unwrap_or_default() {
        run.stop.store(true, Ordering::Relaxed);
        // A driver that panicked has nothing left to say to an environment that closes.
        drop(run.driver.join());
    }
    if ENVIRONMENTS.fetch_sub(1, Ordering::AcqRel) == 1 {
        ravine::shutdown();
    }
}
