//! The network: shape, precision, parameters, forward pass, losses and optimisation step.
//!
//! [`Arch`] and [`Precision`] say which network; [`shapes`] is the one table of its parameters;
//! [`Model`] holds all of it and is what a folder on disk holds. [`forward`] runs it on a packed
//! batch ([`Rows`]), [`Objective`] turns the answer into a loss and [`Optimizer`] moves the
//! parameters. The definitions are in `docs/bmt.md`.

mod arch;
mod branches;
mod bundle;
mod checkpoint;
mod convert;
mod error;
mod grid;
mod head;
mod input;
mod layer;
mod leaves;
mod loss;
mod network;
mod params;
mod precision;
mod rows;
mod scales;
mod shapes;
mod step;
mod store;
mod student;
mod tables;

pub use crate::hf::HostTensor;
pub use crate::ops::Ragged;
pub use arch::{Activation, Arch, Head, Input, Masks, SquareMask};
pub use bundle::Model;
pub use error::ModelError;
pub use leaves::Leaves;
pub use loss::{Loss, LossWeights, Objective, Teacher};
pub use network::{AttentionStart, Forward, Probe, Unobserved, forward};
pub use params::Params;
pub use precision::{AttentionForm, FLOAT_BITS, Precision, Site, Sites, WeightForm};
pub use rows::{Rows, RowsInput, Targets};
pub use scales::{fresh_sites, init_scales};
pub use shapes::{Entry, Kind, matrices, quantizer, shapes, threshold};
pub use step::{Optimizer, StepOptions, StepReport};
pub(crate) use tables::{TableOptions, byte, fold_tables};
