//! Writing a checkpoint folder.

use super::checkpoint::{check_present, check_shape};
use super::names::written_name;
use super::tensors::{check_finite, tensor_error};
use super::{Checkpoint, HfError, HostTensor, Overwrite, TensorSpec, tensor_table};
use crate::data::write_atomically;
use safetensors::Dtype;
use safetensors::tensor::TensorView;
use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::Path;

impl Checkpoint {
    /// Writes `model.safetensors` (F32) and then `config.json`, so that `transformers` opens the
    /// folder as the configuration's architecture.
    ///
    /// Each file appears whole or not at all, the configuration last: a folder without one is no
    /// checkpoint, to us and to `transformers`.
    ///
    /// # Errors
    /// Under [`Overwrite::No`] a folder that is not empty; a tensor that is missing, of another
    /// shape, or not finite; a name outside the table; what the file system refuses.
    pub fn save(&self, folder: &Path, overwrite: Overwrite) -> Result<(), HfError> {
        let weights = folder.join("model.safetensors");
        let table = tensor_table(&self.config);
        self.check(&weights, &table)?;
        prepare(folder, overwrite)?;
        write(&weights, &self.weights(&weights)?)?;
        write(&folder.join("config.json"), self.config.to_json().as_bytes())
    }

    fn check(&self, path: &Path, table: &[TensorSpec]) -> Result<(), HfError> {
        check_present(path, table, |name| self.tensors.contains_key(name))?;
        let specs: BTreeMap<&str, &TensorSpec> =
            table.iter().map(|spec| (spec.name.as_str(), spec)).collect();
        for (name, tensor) in &self.tensors {
            check_tensor(tensor, specs.get(name.as_str()).copied())
                .map_err(|problem| tensor_error(path, name, problem))?;
        }
        Ok(())
    }

    fn weights(&self, path: &Path) -> Result<Vec<u8>, HfError> {
        let bytes: Vec<(&String, Vec<u8>)> =
            self.tensors.iter().map(|(name, tensor)| (name, little_endian(tensor))).collect();
        let mut views = Vec::new();
        for (name, bytes) in &bytes {
            let view = TensorView::new(Dtype::F32, self.tensors[*name].shape.clone(), bytes)
                .map_err(|error| tensor_error(path, name, error.to_string()))?;
            views.push((written_name(name), view));
        }
        // `transformers` asks for the framework's name.
        let metadata = HashMap::from([("format".to_string(), "pt".to_string())]);
        safetensors::serialize(views, Some(metadata))
            .map_err(|error| HfError::Damaged { path: path.into(), problem: error.to_string() })
    }
}

fn check_tensor(tensor: &HostTensor, spec: Option<&TensorSpec>) -> Result<(), String> {
    let spec = spec.ok_or("is no tensor of this network; leave it out")?;
    check_shape(tensor, spec)?;
    if tensor.data.len() != tensor.shape.iter().product::<usize>() {
        return Err(format!("has {} elements for shape {:?}", tensor.data.len(), tensor.shape));
    }
    check_finite(tensor)
}

fn little_endian(tensor: &HostTensor) -> Vec<u8> {
    tensor.data.iter().flat_map(|value| value.to_le_bytes()).collect()
}

fn prepare(folder: &Path, overwrite: Overwrite) -> Result<(), HfError> {
    let failed = |source| HfError::Write { path: folder.into(), source };
    fs::create_dir_all(folder).map_err(failed)?;
    let filled = fs::read_dir(folder).map_err(failed)?.next().is_some();
    if filled && overwrite == Overwrite::No {
        return Err(HfError::NotEmpty { path: folder.into() });
    }
    Ok(())
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), HfError> {
    write_atomically(path, bytes).map_err(|source| HfError::Write { path: path.into(), source })
}
