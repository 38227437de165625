//! Trains a binarized multi-precision Transformer (BMT) and lowers it to an integer program.
//!
//! The way through the modules is the way of a model: [`data`] and [`hf`] read what the user has,
//! [`model`] holds the network, [`ops`] the quantizers and fused operations it is made of,
//! [`trainer`] teaches it, [`ecc`] is the built-in task of error-correcting codes, and [`lower`]
//! freezes the result into a [`noctule_program::Program`].

pub mod data;
pub mod ecc;
pub mod hf;
pub mod lower;
pub mod model;
pub mod ops;
pub mod trainer;
