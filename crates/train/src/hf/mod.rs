//! BERT checkpoints in the layout of the `transformers` library: `config.json` and
//! `model.safetensors` in one folder.
//!
//! [`BertConfig`] holds what the network needs of the configuration, [`Checkpoint`] adds the
//! tensors under canonical names, which [`tensor_table`] lists with their shapes. The files are
//! treated as hostile: every name, shape and number is checked before use.

mod checkpoint;
mod config;
mod config_fields;
mod error;
mod names;
mod tensors;
mod write;

pub use crate::data::Overwrite;
pub use checkpoint::Checkpoint;
pub use config::{Architecture, BertConfig, HiddenAct, ProblemType};
pub use error::HfError;
pub use names::{Presence, TensorSpec, canonical_name, tensor_table};
pub use tensors::HostTensor;
