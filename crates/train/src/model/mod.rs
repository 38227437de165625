//! The network: shape, precision, parameters, forward pass, losses and optimisation step.
//!
//! [`Arch`] and [`Precision`] say which network; [`shapes`] is the one table of its parameters;
//! [`Model`] holds all of it and is what a folder on disk holds. [`forward`] runs it on a packed
//! batch ([`Rows`]), [`Objective`] turns the answer into a loss and [`Trainable`] moves the
//! parameters. The definitions are in `docs/bmt.md`.

mod arch;
mod error;
mod head;
mod input;
mod layer;
mod leaves;
mod network;
mod params;
mod precision;
mod rows;
mod shapes;

pub use crate::ops::Ragged;
pub use arch::{Activation, Arch, Head, Input, Masks, SquareMask};
pub use error::ModelError;
pub use leaves::Leaves;
pub use network::{AttentionStart, Forward, Probe, Unobserved, forward};
pub use params::{HostTensor, Params};
pub use precision::{AttentionForm, FLOAT_BITS, Precision, Site, Sites, WeightForm};
pub use rows::{Rows, RowsInput, Targets};
pub use shapes::{Entry, Kind, matrices, quantizer, shapes, threshold};
