use napi::{Error, Status};

/// A refusal as it travels to `src/native.ts`, which makes a `RavineError` of it: the code, a blank, the sentence.
pub(crate) fn refusal(error: ravine::Error) -> Error {
    coded(error.code(), &error)
}

pub(crate) fn coded(code: &str, sentence: &dyn std::fmt::Display) -> Error {
    Error::new(Status::GenericFailure, format!("{code} {sentence}"))
}
