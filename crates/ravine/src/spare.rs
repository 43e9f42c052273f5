use ravine_kernels::Element;
use std::any::Any;
use std::ops::{Deref, DerefMut};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Buffers that are kept for the next call: memory fresh from the system costs more than packing into it.
static KEPT: Mutex<Vec<Box<dyn Any + Send>>> = Mutex::new(Vec::new());
/// How many, and elements of each at most.
const MOST: usize = 8;
const LARGEST: usize = 1 << 23;

/// A buffer of some length with any contents, kept when it is dropped.
pub(crate) struct Spare<T: Element>(Vec<T>);

fn kept() -> MutexGuard<'static, Vec<Box<dyn Any + Send>>> {
    KEPT.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<T: Element> Spare<T> {
    pub(crate) fn new(len: usize) -> Self {
        let mut kept = kept();
        let found = kept.iter().position(|buffer| buffer.downcast_ref::<Vec<T>>().is_some_and(|b| b.capacity() >= len));
        let buffer = found.and_then(|place| kept.swap_remove(place).downcast().ok());
        drop(kept);
        let mut buffer = buffer.map_or_else(Vec::new, |buffer: Box<Vec<T>>| *buffer);
        buffer.resize(len, T::ZERO);
        Self(buffer)
    }
}

impl<T: Element> Drop for Spare<T> {
    fn drop(&mut self) {
        let (buffer, mut kept) = (std::mem::take(&mut self.0), kept());
        if buffer.capacity() <= LARGEST {
            if kept.len() == MOST {
                kept.remove(0);
            }
            kept.push(Box::new(buffer));
        }
    }
}

impl<T: Element> Deref for Spare<T> {
    type Target = [T];
    fn deref(&self) -> &[T] {
        &self.0
    }
}

impl<T: Element> DerefMut for Spare<T> {
    fn deref_mut(&mut self) -> &mut [T] {
        &mut self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_buffer_is_as_long_as_was_asked_for() {
        for len in [10, 1000, 3, 0, 500] {
            assert_eq!((Spare::<f32>::new(len).len(), Spare::<f64>::new(2 * len).len()), (len, 2 * len));
        }
    }
}
