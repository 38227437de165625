//! Noctule takes a Transformer to one bit and to the edge.
//!
//! This crate is the one public door. What the `noctule` command does is a function here:
//! [`model`] opens and saves programs, [`answer`] asks them in the user's terms, [`evaluate`]
//! measures them; the parts themselves are re-exported as [`program`], [`engine`], [`tasks`] and,
//! with the default features of these names, [`accel`] and [`train`].

#[cfg(feature = "accel")]
pub use noctule_accel as accel;
pub use noctule_engine as engine;
pub use noctule_program as program;
pub use noctule_tasks as tasks;
#[cfg(feature = "train")]
pub use noctule_train as train;

#[cfg(feature = "accel")]
pub mod accelerator;
pub mod answer;
pub mod bench;
pub mod command;
#[cfg(feature = "train")]
pub mod compress;
pub mod console;
pub mod error;
pub mod evaluate;
#[cfg(feature = "train")]
pub mod export;
pub mod file;
#[cfg(feature = "train")]
pub mod freeze;
pub mod inspection;
pub mod model;
#[cfg(feature = "train")]
pub mod network;
pub mod page;
#[cfg(feature = "train")]
pub mod quickstart;
#[cfg(feature = "train")]
pub mod training;
pub mod verification;
