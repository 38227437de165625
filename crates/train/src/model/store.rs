//! A model's folder, and the optimizer's file.
//!
//! A folder holds `model.safetensors` (the parameters, F32) and `model.json` (everything else).
//! Both are read as if somebody had tampered with them.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Arch, HostTensor, Model, ModelError, Optimizer, Params, Precision, shapes};
use crate::data::write_atomically;

/// Version of the folder's layout.
const VERSION: u32 = 1;
/// Largest `model.json` that is read, in bytes.
const JSON_CAP: u64 = 64 << 20;

const JSON: &str = "model.json";
const TENSORS: &str = "model.safetensors";

/// What `model.json` holds.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Card {
    version: u32,
    arch: Arch,
    precision: Precision,
    labels: Vec<String>,
    extras: BTreeMap<String, Value>,
}

impl Model {
    /// Writes the model to `folder`, which must not hold one yet. `model.json` comes last, so a
    /// folder with it is complete.
    ///
    /// # Errors
    /// [`ModelError::File`] if there is a model already; what the file system refuses; whatever
    /// [`Model::check`] finds.
    pub fn save(&self, folder: &Path) -> Result<(), ModelError> {
        self.check()?;
        let (card, tensors) = (folder.join(JSON), folder.join(TENSORS));
        for path in [&card, &tensors] {
            if path.exists() {
                return Err(ModelError::file(path, "exists already; give another folder"));
            }
        }
        fs::create_dir_all(folder).map_err(|e| ModelError::io(folder, "create", e))?;
        write_tensors(&tensors, self.params.tensors())?;
        write(&card, self.card(&card)?.as_bytes())
    }

    /// Reads the model of a folder.
    ///
    /// # Errors
    /// One line with the file, the field or parameter, and the remedy.
    pub fn load(folder: &Path) -> Result<Self, ModelError> {
        let (path, tensors) = (folder.join(JSON), folder.join(TENSORS));
        let Card { arch, precision, labels, extras, .. } = read_card(&path)?;
        let params = Params::from_tensors(read_tensors(&tensors)?);
        let model = Self { arch, precision, labels, extras, params };
        model.check().map_err(|error| match error {
            ModelError::Params(problem) => ModelError::file(&tensors, problem),
            other => ModelError::file(&path, other.to_string()),
        })?;
        Ok(model)
    }

    fn card(&self, path: &Path) -> Result<String, ModelError> {
        let card = Card {
            version: VERSION,
            arch: self.arch.clone(),
            precision: self.precision.clone(),
            labels: self.labels.clone(),
            extras: self.extras.clone(),
        };
        serde_json::to_string_pretty(&card).map_err(|e| ModelError::file(path, e.to_string()))
    }
}

impl Optimizer {
    /// Writes the memory to `path`, which must not exist.
    ///
    /// # Errors
    /// [`ModelError::File`] if the file exists; what the file system refuses.
    pub fn save(&self, path: &Path) -> Result<(), ModelError> {
        if path.exists() {
            return Err(ModelError::file(path, "exists already; give another name"));
        }
        let named = |prefix: &'static str, moments: &BTreeMap<String, Vec<f32>>| {
            let pairs = moments.iter().map(move |(name, values)| {
                let tensor = HostTensor { shape: vec![values.len()], data: values.clone() };
                (format!("{prefix}.{name}"), tensor)
            });
            pairs.collect::<Vec<_>>()
        };
        let mut tensors: BTreeMap<String, HostTensor> = BTreeMap::new();
        tensors.extend(named("m", &self.m));
        tensors.extend(named("v", &self.v));
        tensors.insert(STEP.to_owned(), step_tensor(self.step));
        write_tensors(path, &tensors)
    }

    /// Reads the memory that belongs to `model`.
    ///
    /// # Errors
    /// One line with the file, what is wrong, and the remedy.
    pub fn load(path: &Path, model: &Model) -> Result<Self, ModelError> {
        let (mut m, mut v, mut step) = (BTreeMap::new(), BTreeMap::new(), None);
        for (name, tensor) in read_tensors(path)? {
            match name.split_once('.') {
                Some(("m", name)) => drop(m.insert(name.to_owned(), tensor.data)),
                Some(("v", name)) => drop(v.insert(name.to_owned(), tensor.data)),
                _ if name == STEP => step = steps_of(&tensor),
                _ => return Err(ModelError::file(path, format!("{name} is not the optimizer's"))),
            }
        }
        let step = step.ok_or_else(|| ModelError::file(path, "`step` is missing or no number"))?;
        let read = Self { m, v, step };
        let fits = read.check(&shapes(&model.arch, &model.precision));
        fits.map_err(|problem| ModelError::file(path, problem.to_string()))?;
        Ok(read)
    }
}

const STEP: &str = "step";

/// Steps in two numbers below 2^16, each exact as F32.
fn step_tensor(step: u32) -> HostTensor {
    HostTensor { shape: vec![2], data: vec![(step >> 16) as f32, (step & 0xffff) as f32] }
}

fn steps_of(tensor: &HostTensor) -> Option<u32> {
    let half = |value: f32| {
        (value.fract() == 0.0 && (0.0..65536.0).contains(&value)).then_some(value as u32)
    };
    match tensor.data[..] {
        [high, low] => Some(half(high)? << 16 | half(low)?),
        _ => None,
    }
}

fn read_card(path: &Path) -> Result<Card, ModelError> {
    let size = fs::metadata(path).map_err(|e| ModelError::io(path, "read", e))?.len();
    if size > JSON_CAP {
        return Err(ModelError::file(
            path,
            format!("has {size} bytes; it is no model.json of ours"),
        ));
    }
    let text = fs::read_to_string(path).map_err(|e| ModelError::io(path, "read", e))?;
    let card: Card =
        serde_json::from_str(&text).map_err(|e| ModelError::file(path, e.to_string()))?;
    match card.version {
        VERSION => Ok(card),
        other => Err(ModelError::file(
            path,
            format!(
                "version is {other}, this program reads {VERSION}; use the program that wrote it"
            ),
        )),
    }
}

fn write_tensors(path: &Path, tensors: &BTreeMap<String, HostTensor>) -> Result<(), ModelError> {
    let bytes: Vec<(&String, &HostTensor, Vec<u8>)> =
        tensors.iter().map(|(name, tensor)| (name, tensor, little_endian(tensor))).collect();
    let mut views = Vec::with_capacity(bytes.len());
    for (name, tensor, bytes) in &bytes {
        let view = TensorView::new(Dtype::F32, tensor.shape.clone(), bytes);
        let view = view.map_err(|e| ModelError::file(path, format!("{name}: {e}")))?;
        views.push((name.as_str(), view));
    }
    let file = safetensors::serialize(views, None);
    write(path, &file.map_err(|e| ModelError::file(path, e.to_string()))?)
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), ModelError> {
    write_atomically(path, bytes).map_err(|e| ModelError::io(path, "write", e))
}

fn little_endian(tensor: &HostTensor) -> Vec<u8> {
    tensor.data.iter().flat_map(|value| value.to_le_bytes()).collect()
}

fn read_tensors(path: &Path) -> Result<BTreeMap<String, HostTensor>, ModelError> {
    let bytes = fs::read(path).map_err(|e| ModelError::io(path, "read", e))?;
    let file = SafeTensors::deserialize(&bytes).map_err(|e| {
        ModelError::file(path, format!("is no whole safetensors file ({e}); save it again"))
    })?;
    let tensors = file.iter().map(|(name, view)| match view.dtype() {
        Dtype::F32 => Ok((name.to_owned(), to_host(&view))),
        other => Err(ModelError::file(path, format!("{name} is {other:?}; it must be F32"))),
    });
    tensors.collect()
}

fn to_host(view: &TensorView<'_>) -> HostTensor {
    let values = view.data().chunks_exact(4);
    let data = values.map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect();
    HostTensor { shape: view.shape().to_vec(), data }
}
