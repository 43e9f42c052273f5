//! The boundary: typed array → view, call, error → code. No arithmetic and no defaults.

mod csv;
mod data;
mod engine;
mod environment;
mod error;
mod machine;
mod options;
mod primitives;
mod views;
