//! A network with everything that belongs to it.

use std::collections::BTreeMap;

use burn::tensor::Device;
use serde_json::Value;

use super::{
    Arch, Forward, Head, Leaves, ModelError, Params, Precision, Rows, Unobserved, forward,
};

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
    /// A seeded start (see [`Params::fresh`]); a quantized network is the float one's
    /// [`student`](Self::student), whose scales [`init_scales`](super::init_scales) sets.
    ///
    /// # Errors
    /// [`ModelError::Arch`] or [`ModelError::Precision`].
    pub fn fresh(arch: Arch, precision: Precision, seed: u64) -> Result<Self, ModelError> {
        let arch = arch.checked()?;
        let params = Params::fresh(&arch, seed);
        let (labels, extras) = (Vec::new(), BTreeMap::new());
        let float = Self { arch, precision: Precision::float(), labels, extras, params };
        match precision == Precision::float() {
            true => Ok(float),
            false => float.student(precision),
        }
    }

    /// Whether shape, precision, labels and parameters belong together.
    ///
    /// # Errors
    /// [`ModelError`] with the first thing that is wrong.
    pub fn check(&self) -> Result<(), ModelError> {
        self.arch.clone().checked()?;
        self.precision.clone().checked()?;
        if self.arch.pooler && self.precision != Precision::float() {
            let sentence = "pooler is set, which only a float network has; fold it into the head";
            return Err(ModelError::Arch(sentence.to_owned()));
        }
        self.check_labels()?;
        self.params.check(&self.arch, &self.precision)
    }

    fn check_labels(&self) -> Result<(), ModelError> {
        let count = self.labels.len();
        match self.arch.head {
            Head::Pooled { classes } if count != 0 && count != classes => Err(ModelError::Arch(
                format!("there are {count} labels for {classes} classes; give one each or none"),
            )),
            _ => Ok(()),
        }
    }

    /// Answers a batch without a graph for gradients.
    ///
    /// Many batches go faster with [`Leaves::fixed`] of [`Self::seen`] made once and [`forward`].
    ///
    /// # Errors
    /// As [`forward`].
    pub fn answer(&self, rows: &Rows, device: &Device) -> Result<Forward, ModelError> {
        let leaves = Leaves::fixed(&self.seen()?, device)?;
        forward(&leaves, &self.arch, &self.precision, rows, &mut Unobserved)
    }
}
