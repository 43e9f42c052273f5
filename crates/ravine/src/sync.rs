//! What threads meet by: the standard library's or, to try every order in which they may (`npm run sound -- loom`), loom's.

#[cfg(not(all(test, loom)))]
pub(crate) use std::{
    hint::spin_loop,
    sync::atomic::{AtomicBool, AtomicUsize},
    sync::{Condvar, Mutex, MutexGuard},
    thread::yield_now,
};

#[cfg(all(test, loom))]
pub(crate) use loom::{
    hint::spin_loop,
    sync::atomic::{AtomicBool, AtomicUsize},
    sync::{Condvar, Mutex, MutexGuard},
    thread::yield_now,
};

use std::sync::PoisonError;

/// The lock, also where a thread panicked that held it.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Waits with a lock until something is no longer so.
pub(crate) fn wait_while<T>(changed: &Condvar, mut guard: MutexGuard<'_, T>, so: impl Fn(&T) -> bool) {
    while so(&guard) {
        guard = changed.wait(guard).unwrap_or_else(PoisonError::into_inner);
    }
}
