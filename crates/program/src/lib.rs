//! The integer program of Noctule: what it is made of, what it computes, how it is stored.
//!
//! A [`Program`] is a binarized Transformer in integers. It is made from [`parts::Parts`], checked
//! once by [`Program::new`]; [`interpret::run`] is its meaning, naive and obvious, and every other
//! executor is judged against it bit for bit. `docs/program-format.md` defines all of it.
//!
//! ```
//! use noctule_program::{Program, generate, interpret};
//!
//! let program = generate::program(7);
//! let read = Program::from_bytes(&program.to_bytes())?;
//! assert_eq!(read, program);
//!
//! let logits = interpret::run(&read, &generate::input(&read, 1))?;
//! assert_eq!(logits.len() % read.head.bias.len(), 0);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! No floating-point number, no `unsafe`, no standard library; sums that a program proves to fit
//! are checked all the same, in release builds too.
#![no_std]
#![forbid(unsafe_code)]
#![deny(clippy::float_arithmetic)]

extern crate alloc;

pub mod bits;
pub mod codes;
pub mod format;
pub mod generate;
pub mod interpret;
pub mod numbers;
pub mod parts;
pub mod shape;
pub mod summary;
mod validate;

pub use validate::{Invalid, Program, limits};
