//! Trains a binarized multi-precision Transformer (BMT) and lowers it to an integer program.
//!
//! The way through the modules is the way of a model: [`data`], [`ecc`] and [`hf`] bring what is taught,
//! [`model`] holds the network, [`ops`] the quantizers and fused operations it is made of,
//! [`trainer`] teaches it, [`fold`] makes integers of its numbers, and [`lower`] freezes the result
//! into a [`noctule_program::Program`].

pub use noctule_tasks::{data, ecc};

pub mod fold;
pub mod hf;
pub mod lower;
pub mod model;
pub mod ops;
pub mod trainer;
