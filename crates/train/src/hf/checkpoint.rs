//! A checkpoint folder: configuration and tensors that fit it.

use super::tensors::{Found, read_file, tensor_error, weight_files};
use super::{BertConfig, HfError, HostTensor, Presence, TensorSpec, tensor_table};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// A BERT model as read from, or to be written to, a folder.
#[derive(Debug, Clone, PartialEq)]
pub struct Checkpoint {
    /// Its configuration.
    pub config: BertConfig,
    /// Its tensors by canonical name (see [`tensor_table`]).
    pub tensors: BTreeMap<String, HostTensor>,
    /// Names in the files that no part of the network here takes (a masked-language-model head,
    /// stored position numbers); not written back.
    pub ignored: Vec<String>,
}

impl Checkpoint {
    /// Reads `config.json` and `model.safetensors` (F32, F16 or BF16; also in shards with an
    /// index) of a folder.
    ///
    /// Names are taken with and without the prefix `bert.`. The pooler and the classifier may be
    /// absent: see [`Self::has_pooler`] and [`Self::has_classifier`].
    ///
    /// # Errors
    /// One line with file, field or tensor, and remedy: those of [`BertConfig::read`], no weights,
    /// a file that is cut short, a tensor that is missing, there twice, of another shape or type,
    /// or not finite.
    pub fn read(folder: &Path) -> Result<Self, HfError> {
        let config = BertConfig::read(&folder.join("config.json"))?;
        let files = weight_files(folder)?;
        let table = tensor_table(&config);
        let wanted: BTreeSet<&str> = table.iter().map(|spec| spec.name.as_str()).collect();
        let mut found = BTreeMap::new();
        let mut ignored = Vec::new();
        for file in &files {
            read_file(file, &wanted, &mut found, &mut ignored)?;
        }
        ignored.sort();
        check_present(folder, &table, |name| found.contains_key(name))?;
        for spec in &table {
            found.get(&spec.name).map_or(Ok(()), |found| check_found(found, spec))?;
        }
        let tensors = found.into_iter().map(|(name, found)| (name, found.tensor)).collect();
        Ok(Self { config, tensors, ignored })
    }

    /// Whether the tanh pooler is there.
    pub fn has_pooler(&self) -> bool {
        self.tensors.contains_key("pooler.dense.weight")
    }

    /// Whether the classifier is there; without one a fresh head has to be made.
    pub fn has_classifier(&self) -> bool {
        self.tensors.contains_key("classifier.weight")
    }
}

/// Every required tensor, and of pooler and classifier all or none.
pub(super) fn check_present(
    path: &Path,
    table: &[TensorSpec],
    present: impl Fn(&str) -> bool,
) -> Result<(), HfError> {
    let begun = |group| table.iter().any(|spec| spec.presence == group && present(&spec.name));
    let needed = |spec: &&TensorSpec| spec.presence == Presence::Required || begun(spec.presence);
    let mut missing = table.iter().filter(needed).filter(|spec| !present(&spec.name));
    let Some(first) = missing.next() else { return Ok(()) };
    let further = match missing.count() {
        0 => String::new(),
        more => format!(" (and {more} more)"),
    };
    let (name, expected) = (first.name.clone(), first.shape.clone());
    Err(HfError::Missing { path: path.into(), name, expected, further })
}

fn check_found(found: &Found, spec: &TensorSpec) -> Result<(), HfError> {
    check_shape(&found.tensor, spec)
        .map_err(|problem| tensor_error(&found.path, &found.name, problem))
}

/// The shape that the configuration gives a tensor.
pub(super) fn check_shape(tensor: &HostTensor, spec: &TensorSpec) -> Result<(), String> {
    if tensor.shape == spec.shape {
        return Ok(());
    }
    Err(format!(
        "has shape {:?}, config.json gives it {:?}; is this the checkpoint of this config.json?",
        tensor.shape, spec.shape
    ))
}
