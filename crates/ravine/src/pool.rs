//! The threads: one private, named rayon pool for the process, made when first needed and joined when the last environment
//! that used it closes.

use crate::error::{Error, Result};
use crate::turns::Turns;
use rayon::{ThreadPool, ThreadPoolBuilder};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread::JoinHandle;

static POOL: Mutex<Option<Arc<Pool>>> = Mutex::new(None);

/// Threads with the handles by which they are joined.
pub(crate) struct Pool {
    threads: Option<ThreadPool>,
    handles: Vec<JoinHandle<()>>,
    turns: Turns,
}

impl Pool {
    fn new(size: usize) -> Result<Self> {
        let handles = Mutex::new(Vec::new());
        let threads = ThreadPoolBuilder::new()
            .num_threads(size)
            .thread_name(|i| format!("ravine-{i}"))
            .spawn_handler(|thread| {
                let builder = std::thread::Builder::new().name(thread.name().unwrap_or("ravine").to_owned());
                lock(&handles).push(builder.spawn(|| thread.run())?);
                Ok(())
            })
            .build()
            .map_err(|error| Error::Native(format!("threads: expected {size} threads but {error}")))?;
        let handles = handles.into_inner().unwrap_or_else(PoisonError::into_inner);
        Ok(Self { threads: Some(threads), handles, turns: Turns::new() })
    }

    fn threads(&self) -> &ThreadPool {
        self.threads.as_ref().expect("taken only by drop")
    }

    /// Runs `first` on this thread and `worker` on `workers − 1` threads of the pool at the same time.
    pub(crate) fn region<R>(&self, workers: usize, worker: impl Fn() + Sync, first: impl FnOnce() -> R) -> R {
        self.turns.take(|| {
            self.threads().in_place_scope(|scope| {
                scope.spawn_broadcast(|_, context| {
                    if context.index() + 1 < workers {
                        worker();
                    }
                });
                first()
            })
        })
    }
}

/// Runs `work` on every part, on this thread at once and on `threads − 1` others as soon as they wake: who comes late finds little left.
///
/// # Errors
/// [`Error::Native`] when the machine refuses threads.
pub(crate) fn share<P>(threads: usize, parts: impl Iterator<Item = P> + Send, work: impl Fn(P) + Sync) -> Result<()> {
    let (pool, parts) = (pool(threads - 1)?, Mutex::new(parts));
    let rest = || std::iter::from_fn(|| lock(&parts).next()).for_each(&work);
    pool.threads().in_place_scope(|scope| {
        (1..threads).for_each(|_| scope.spawn(|_| rest()));
        rest();
    });
    Ok(())
}

impl Drop for Pool {
    fn drop(&mut self) {
        drop(self.threads.take());
        for handle in self.handles.drain(..) {
            // A thread that panicked has said so already.
            drop(handle.join());
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The pool, of `size` threads or more.
///
/// # Errors
/// [`Error::Native`] when the machine refuses threads.
pub(crate) fn pool(size: usize) -> Result<Arc<Pool>> {
    let mut slot = lock(&POOL);
    match &*slot {
        Some(pool) if pool.handles.len() >= size => Ok(pool.clone()),
        _ => {
            let pool = Arc::new(Pool::new(size)?);
            *slot = Some(pool.clone());
            Ok(pool)
        }
    }
}

/// CPUs that this process may use, affinity and quota counted; asked once, since the answer is read from files.
pub(crate) fn parallelism() -> usize {
    static CPUS: OnceLock<usize> = OnceLock::new();
    *CPUS.get_or_init(|| std::thread::available_parallelism().map_or(1, usize::from))
}

/// Whether who computes has no others: JavaScript's own thread is who starts those of WebAssembly, and cannot while a call holds it.
pub(crate) const ALONE: bool = cfg!(target_family = "wasm");

/// Threads that this process should use: as many as there are CPUs, or what `RAVINE_THREADS` says; in WebAssembly one.
pub fn available_threads() -> usize {
    if ALONE {
        return 1;
    }
    let asked = std::env::var("RAVINE_THREADS").ok().and_then(|text| text.parse().ok()).filter(|&threads| threads > 0);
    asked.unwrap_or_else(parallelism)
}

/// Lets the pool go: its threads are joined as soon as no run uses them. A later call makes a new one.
pub fn shutdown() {
    drop(lock(&POOL).take());
}
