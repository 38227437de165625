//! Runs an integer program on a CPU, bit for bit as the interpreter does.
//!
//! ```
//! use noctule_engine::{Engine, Options, verify};
//! use noctule_program::generate;
//!
//! let program = generate::program(1);
//! let input = generate::input(&program, 1);
//!
//! let engine = Engine::new(&program, Options { threads: 1, kernel: None })?;
//! let mut session = engine.session();
//! let mut logits = Vec::new();
//! session.run(&input, &mut logits)?; // allocates nothing from the second call on
//!
//! println!("on {}: {logits:?}", engine.kernel_name());
//! assert!(verify(&program, &[input], 1)?.agrees());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! At load a program is laid out for the kernel in use; that form is never saved. Every code and
//! weight is split in bit planes, so that one operation of a kernel, `popcount(a & b)`, serves all
//! precisions and both operands of the attention. What is absent on purpose: floating-point numbers in
//! any computation ([`Limits`], a report, has some), matrices of all tokens' sums, and `unsafe` outside
//! the kernels and the mapping of files.
//!
//! The environment variable `NOCTULE_KERNEL` forces a kernel (`scalar`, `avx2`, `avx512`, `vnni`, `amx`,
//! `neon`, `neon-table`, `neon-dot`).
//!
//! Without the feature `std` (`default-features = false`) the engine needs `alloc` only, for boards:
//! one thread, no `run_batch`, no `verify`, no environment, and of the kernels those that the
//! features of the compile target promise.
#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

#[cfg(feature = "std")]
mod batch;
mod engine;
mod error;
mod kernels;
#[cfg(feature = "std")]
mod limits;
#[cfg(feature = "std")]
mod map;
mod measure;
mod memory;
mod prepare;
mod room;
mod run;
mod threads;
#[cfg(feature = "std")]
mod timing;
#[cfg(feature = "std")]
mod verify;

pub use engine::{Engine, Options, Session};
pub use error::EngineError;
#[cfg(feature = "std")]
pub use error::KERNEL_VARIABLE;
pub use kernels::{KernelName, UnknownKernel};
#[cfg(feature = "std")]
pub use limits::{Level, Limits};
#[cfg(feature = "std")]
pub use map::map;
pub use measure::Product;
pub use memory::{Memory, Work};
#[cfg(feature = "std")]
pub use run::Clock;
pub use run::Operator;
#[cfg(feature = "std")]
pub use verify::{KernelVerification, Mismatch, Verification, VerifyError, verify};

/// Engines and sessions may go to other threads.
#[cfg(test)]
const _: () = {
    const fn is_send<T: Send>() {}
    const fn is_sync<T: Sync>() {}
    is_send::<Session>();
    is_sync::<Engine>();
};
