//! A network with everything that belongs to it.

use std::collections::BTreeMap;

use burn::tensor::Device;
use serde_json::Value;

use super::{Arch, Forward, Leaves, ModelError, Params, Precision, Rows, Unobserved, forward};

/// A network: what one folder on disk holds.
#[derive(Clone, Debug, PartialEq)]
pub struct Model {
    /// Its shape.
    pub arch: Arch,
    /// Its precision.
    pub precision: Precision,
    /// The classes' names, in the order of the logits; empty where there are no classes.
    pub labels: Vec<String>,
    /// What else the maker wants to keep with it, by name (tokenizer settings, code, task, ...).
    pub extras: BTreeMap<String, Value>,
    /// Its parameters.
    pub params: Params,
}

impl Model {
    /// A seeded start (see [`Params::fresh`]).
    ///
    /// # Errors
    /// [`ModelError::Arch`] or [`ModelError::Precision`].
    pub fn fresh(arch: Arch, precision: Precision, seed: u64) -> Result<Self, ModelError> {
        let (arch, precision) = (arch.checked()?, precision.checked()?);
        let params = Params::fresh(&arch, &precision, seed);
        Ok(Self { arch, precision, labels: Vec::new(), extras: BTreeMap::new(), params })
    }

    /// Whether shape, precision, labels and parameters belong together.
    ///
    /// # Errors
    /// [`ModelError`] with the first thing that is wrong.
    pub fn check(&self) -> Result<(), ModelError> {
        self.arch.clone().checked()?;
        self.precision.clone().checked()?;
        self.params.check(&self.arch, &self.precision)
    }

    /// Answers a batch without a graph for gradients.
    ///
    /// Many batches go faster with [`Leaves::fixed`] made once and [`forward`].
    ///
    /// # Errors
    /// As [`forward`].
    pub fn answer(&self, rows: &Rows, device: &Device) -> Result<Forward, ModelError> {
        let leaves = Leaves::fixed(&self.params, device)?;
        forward(&leaves, &self.arch, &self.precision, rows, &mut Unobserved)
    }
}
