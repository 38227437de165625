//! The integer program of Noctule: what it is made of, what it computes, how it is stored.
//!
//! A [`Program`] is a binarized Transformer in integers. It is made from [`parts::Parts`], checked
//! once by [`Program::new`]; [`interpret::run`] is its meaning, naive and obvious, and every other
//! executor is judged against it bit for bit. `docs/program-format.md` defines all of it.
#![no_std]
#![forbid(unsafe_code)]
#![deny(clippy::float_arithmetic)]

extern crate alloc;

pub mod bits;
pub mod format;
pub mod generate;
pub mod interpret;
pub mod numbers;
pub mod parts;
mod validate;

pub use validate::{Invalid, Program, limits};
