use crate::error::coded;
use napi::Result;
use ravine::Model;
use std::sync::{Mutex, MutexGuard, PoisonError, TryLockError};

/// A model of either element type, locked by the run in hand.
pub(super) enum Locked {
    F32(Mutex<Model<f32>>),
    F64(Mutex<Model<f64>>),
}

/// Calls `$body` with the model (waiting for it) and the dataset of its type.
macro_rules! together {
    ($model:expr, $dataset:expr, |$m:ident, $d:ident| $body:expr) => {
        match ($model, $dataset) {
            (Locked::F32(model), Typed::F32($d)) => {
                let $m = &mut *held(model);
                $body
            }
            (Locked::F64(model), Typed::F64($d)) => {
                let $m = &mut *held(model);
                $body
            }
            _ => Err(coded(
                "ERR_RAVINE_SHAPE",
                &"expected a dataset of the engine's element type but received the other",
            )),
        }
    };
}

/// Calls `$body` with the model of either type, or refuses while a run holds it.
macro_rules! idle {
    ($model:expr, |$m:ident| $body:expr) => {
        match $model {
            Locked::F32(model) => {
                let $m = &mut *free(model)?;
                $body
            }
            Locked::F64(model) => {
                let $m = &mut *free(model)?;
                $body
            }
        }
    };
}

pub(super) fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

pub(super) fn free<T>(mutex: &Mutex<T>) -> Result<MutexGuard<'_, T>> {
    match mutex.try_lock() {
        Ok(guard) => Ok(guard),
        Err(TryLockError::Poisoned(guard)) => Ok(guard.into_inner()),
        Err(TryLockError::WouldBlock) => {
            Err(coded("ERR_RAVINE_HYPERPARAMETER", &"expected no run of this model in hand but one is; await it first"))
        }
    }
}

pub(super) use {idle, together};
