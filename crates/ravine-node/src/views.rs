//! Typed arrays as ndarray views: the only room where this crate borrows JavaScript's memory for writing.

use crate::error::{coded, refusal};
use napi::bindgen_prelude::{
    Either, Float32Array, Float32ArraySlice, Float64Array, Float64ArraySlice, FromNapiValue, TypeName,
    ValidateNapiValue,
};
use napi::{Error, Result, ValueType, sys};
use ndarray::{ArrayView1, ArrayView2, ArrayViewMut1, ArrayViewMut2};
use ravine::Element;
use std::ops::Deref;

/// An argument of either element type.
pub(crate) type Floats<'a> = Either<Float32ArraySlice<'a>, Float64ArraySlice<'a>>;
/// Likewise one that is written.
pub struct Written<'a>(Floats<'a>);
/// A result of either element type.
pub(crate) type FloatArray = Either<Float32Array, Float64Array>;

/// An element type of JavaScript's arrays.
pub(crate) trait Scalar: Element {
    fn slice<'a>(array: &'a Floats<'_>) -> Option<&'a [Self]>;
    fn array(values: Vec<Self>) -> FloatArray;
    /// # Safety
    /// Nothing else borrows the memory of `array` while the result lives.
    unsafe fn slice_mut<'a>(array: &'a mut Floats<'_>) -> Option<&'a mut [Self]>;
}

macro_rules! scalar {
    ($type:ty, $variant:ident, $array:ident) => {
        impl Scalar for $type {
            fn slice<'a>(array: &'a Floats<'_>) -> Option<&'a [Self]> {
                if let Either::$variant(slice) = array { Some(slice) } else { None }
            }
            fn array(values: Vec<Self>) -> FloatArray {
                Either::$variant($array::new(values))
            }
            unsafe fn slice_mut<'a>(array: &'a mut Floats<'_>) -> Option<&'a mut [Self]> {
                // SAFETY: the caller vouches that nothing else borrows it; JavaScript stands still during a synchronous call.
                if let Either::$variant(slice) = array { Some(unsafe { slice.as_mut() }) } else { None }
            }
        }
    };
}

scalar!(f32, A, Float32Array);
scalar!(f64, B, Float64Array);

impl<'a> Deref for Written<'a> {
    type Target = Floats<'a>;

    fn deref(&self) -> &Floats<'a> {
        &self.0
    }
}

impl TypeName for Written<'_> {
    fn type_name() -> &'static str {
        Floats::type_name()
    }

    fn value_type() -> ValueType {
        Floats::value_type()
    }
}

impl ValidateNapiValue for Written<'_> {
    unsafe fn validate(env: sys::napi_env, value: sys::napi_value) -> Result<sys::napi_value> {
        // SAFETY: the caller vouches for both, as it would there.
        unsafe { Floats::validate(env, value) }
    }
}

impl FromNapiValue for Written<'_> {
    unsafe fn from_napi_value(env: sys::napi_env, value: sys::napi_value) -> Result<Self> {
        // SAFETY: the caller vouches for both, as it would there.
        unsafe { Floats::from_napi_value(env, value) }.map(Self)
    }
}

/// What a module of WebAssembly is lent is a copy of JavaScript's memory, which goes back when the call is over.
#[cfg(target_family = "wasm")]
impl Drop for Written<'_> {
    fn drop(&mut self) {
        use napi::JsValue;
        let (array, bytes) = match &self.0 {
            Either::A(slice) => (slice.value(), size_of_val(&**slice)),
            Either::B(slice) => (slice.value(), size_of_val(&**slice)),
        };
        if bytes > 0 {
            let mut value = array.value;
            // SAFETY: the array is alive, since the call that lent it is not over, and has so many bytes. A status is of no use here.
            unsafe { emnapi_sync_memory(array.env, false, &mut value, 0, bytes) };
        }
    }
}

#[cfg(target_family = "wasm")]
unsafe extern "C" {
    /// Copies `length` bytes of a view from the module to JavaScript. Source: emnapi, emnapi.h.
    fn emnapi_sync_memory(
        env: sys::napi_env,
        from_javascript: bool,
        view: *mut sys::napi_value,
        offset: usize,
        length: usize,
    ) -> sys::napi_status;
}

/// The bytes of an array, for comparison.
fn bytes(array: &Floats<'_>) -> std::ops::Range<usize> {
    let range = match array {
        Either::A(slice) => slice.as_ptr_range().start.cast::<u8>()..slice.as_ptr_range().end.cast(),
        Either::B(slice) => slice.as_ptr_range().start.cast::<u8>()..slice.as_ptr_range().end.cast(),
    };
    range.start.addr()..range.end.addr()
}

/// Refuses an array that is written and overlaps another.
pub(crate) fn apart(place: &str, written: &Floats<'_>, others: &[&Floats<'_>]) -> Result<()> {
    let own = bytes(written);
    let meets = |other: &&Floats<'_>| bytes(other).start < own.end && own.start < bytes(other).end;
    if others.iter().any(meets) {
        let sentence = "expected arrays that do not overlap but two of them share memory";
        return Err(coded("ERR_RAVINE_ALIAS", &format!("{place}: {sentence}")));
    }
    Ok(())
}

fn mixed(place: &str) -> Error {
    coded("ERR_RAVINE_SHAPE", &format!("{place}: expected arrays of one element type but received both"))
}

fn misshapen(place: &str, expected: &[usize], received: usize) -> Error {
    let sentence = format!("{place}: expected an array of shape {expected:?} but received {received} elements");
    coded("ERR_RAVINE_SHAPE", &sentence)
}

pub(crate) fn slice<'a, T: Scalar>(place: &str, array: &'a Floats<'_>) -> Result<&'a [T]> {
    T::slice(array).ok_or_else(|| mixed(place))
}

pub(crate) fn vector<'a, T: Scalar>(place: &str, array: &'a Floats<'_>) -> Result<ArrayView1<'a, T>> {
    Ok(ArrayView1::from(slice(place, array)?))
}

pub(crate) fn matrix<'a, T: Scalar>(
    place: &str,
    array: &'a Floats<'_>,
    shape: (u32, u32),
) -> Result<ArrayView2<'a, T>> {
    let (slice, shape) = (slice(place, array)?, [shape.0 as usize, shape.1 as usize]);
    ArrayView2::from_shape(shape, slice).map_err(|_| misshapen(place, &shape, slice.len()))
}

/// For writing: `others` are what else the call borrows.
pub(crate) fn vector_mut<'a, T: Scalar>(
    place: &str,
    array: &'a mut Written<'_>,
    others: &[&Floats<'_>],
) -> Result<ArrayViewMut1<'a, T>> {
    apart(place, array, others)?;
    // SAFETY: it shares no memory with anything else that the call borrows.
    let slice = unsafe { T::slice_mut(&mut array.0) };
    Ok(ArrayViewMut1::from(slice.ok_or_else(|| mixed(place))?))
}

/// For writing: `others` are what else the call borrows.
pub(crate) fn matrix_mut<'a, T: Scalar>(
    place: &str,
    array: &'a mut Written<'_>,
    others: &[&Floats<'_>],
    shape: (u32, u32),
) -> Result<ArrayViewMut2<'a, T>> {
    apart(place, array, others)?;
    // SAFETY: it shares no memory with anything else that the call borrows.
    let slice = unsafe { T::slice_mut(&mut array.0) }.ok_or_else(|| mixed(place))?;
    let (shape, length) = ([shape.0 as usize, shape.1 as usize], slice.len());
    ArrayViewMut2::from_shape(shape, slice).map_err(|_| misshapen(place, &shape, length))
}

/// A refusal of `crates/ravine` as JavaScript sees it.
pub(crate) fn accepted<R>(result: ravine::Result<R>) -> Result<R> {
    result.map_err(refusal)
}
