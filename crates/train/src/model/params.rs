//! The parameters of a network in host memory.

use std::collections::BTreeMap;

use rand::Rng;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use super::shapes::{Entry, Kind, shapes};
use super::{Arch, HostTensor, Input, ModelError, Precision};

/// Named tensors, ordered by name.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Params {
    tensors: BTreeMap<String, HostTensor>,
}

impl Params {
    /// Seeded start of a float network: BERT's truncated normal of deviation 0.02, or for channel
    /// words Xavier's uniform (Glorot and Bengio 2010); gains 1, biases 0.
    #[must_use]
    pub fn fresh(arch: &Arch, seed: u64) -> Self {
        let mut draw = ChaCha8Rng::seed_from_u64(seed);
        let xavier = matches!(arch.input, Input::Channel { .. });
        let tensors = shapes(arch, &Precision::float()).into_iter();
        let mut params = Self {
            tensors: tensors.map(|(name, e)| (name, start(&e, xavier, &mut draw))).collect(),
        };
        if let Input::Channel { magnitudes, .. } = arch.input {
            params.start_channel(magnitudes, &mut draw);
        }
        params
    }

    /// All symbols start from one row and all checks from another. A network whose masks are those of
    /// the Tanner graph then treats bits alike that the code treats alike, and every word
    /// teaches all of them at once.
    fn start_channel(&mut self, magnitudes: usize, draw: &mut ChaCha8Rng) {
        let Some(table) = self.tensors.get_mut("embeddings.channel.weight") else { return };
        let width = table.shape[1];
        let kinds: Vec<f32> = (0..2 * width).map(|_| truncated_normal(draw)).collect();
        for (token, row) in table.data.chunks_exact_mut(width).enumerate() {
            let kind = usize::from(token >= magnitudes);
            row.copy_from_slice(&kinds[kind * width..][..width]);
        }
    }

    /// Takes tensors as they are; [`Params::check`] says whether they are a network's.
    #[must_use]
    pub fn from_tensors(tensors: BTreeMap<String, HostTensor>) -> Self {
        Self { tensors }
    }

    /// The tensors by name.
    #[must_use]
    pub fn tensors(&self) -> &BTreeMap<String, HostTensor> {
        &self.tensors
    }

    /// The tensor called `name`.
    ///
    /// # Errors
    /// [`ModelError::Params`] if there is none.
    pub fn get(&self, name: &str) -> Result<&HostTensor, ModelError> {
        self.tensors.get(name).ok_or_else(|| ModelError::Params(missing(name)))
    }

    /// Sets or adds a tensor.
    pub fn set(&mut self, name: impl Into<String>, tensor: HostTensor) {
        self.tensors.insert(name.into(), tensor);
    }

    /// Shape and values of the tensor called `name`, to be changed in place.
    ///
    /// # Errors
    /// [`ModelError::Params`] if there is none.
    pub fn get_mut(&mut self, name: &str) -> Result<&mut HostTensor, ModelError> {
        self.tensors.get_mut(name).ok_or_else(|| ModelError::Params(missing(name)))
    }

    /// Removes the tensor called `name`.
    ///
    /// # Errors
    /// [`ModelError::Params`] if there is none.
    pub fn take(&mut self, name: &str) -> Result<HostTensor, ModelError> {
        self.tensors.remove(name).ok_or_else(|| ModelError::Params(missing(name)))
    }

    /// Whether these are exactly the parameters of such a network, all finite numbers.
    ///
    /// # Errors
    /// [`ModelError::Params`] with the first parameter that is missing, foreign, of another shape
    /// or not finite.
    pub fn check(&self, arch: &Arch, precision: &Precision) -> Result<(), ModelError> {
        self.problem(&shapes(arch, precision)).map_or(Ok(()), |p| Err(ModelError::Params(p)))
    }

    fn problem(&self, table: &BTreeMap<String, Entry>) -> Option<String> {
        if let Some(name) = self.tensors.keys().find(|name| !table.contains_key(*name)) {
            return Some(format!("{name} belongs to no such network; remove it"));
        }
        table.iter().find_map(|(name, entry)| match self.tensors.get(name) {
            None => Some(missing(name)),
            Some(tensor) => misfit(name, tensor, entry),
        })
    }
}

fn missing(name: &str) -> String {
    format!("{name} is missing; the architecture and the parameters belong to different networks")
}

fn misfit(name: &str, tensor: &HostTensor, entry: &Entry) -> Option<String> {
    let HostTensor { shape, data } = tensor;
    if *shape != entry.shape || data.len() != entry.shape.iter().product::<usize>() {
        let wanted = &entry.shape;
        return Some(format!("{name} has shape {shape:?}; this network needs {wanted:?}"));
    }
    let at = data.iter().position(|value| !value.is_finite())?;
    Some(format!("{name} holds {} at index {at}; go back to an earlier save", data[at]))
}

fn start(entry: &Entry, xavier: bool, draw: &mut ChaCha8Rng) -> HostTensor {
    let mut tensor = entry.neutral();
    if entry.kind == Kind::Matrix {
        let limit = (6.0 / entry.shape.iter().sum::<usize>() as f32).sqrt();
        tensor.data.fill_with(|| match xavier {
            true => draw.random_range(-limit..limit),
            false => 0.02 * truncated_normal(draw),
        });
    }
    tensor
}

/// A standard normal number (Box and Muller 1958), drawn again while beyond two deviations.
fn truncated_normal(draw: &mut ChaCha8Rng) -> f32 {
    loop {
        let radius = (-2.0 * (1.0 - draw.random::<f32>()).ln()).sqrt();
        let value = radius * (std::f32::consts::TAU * draw.random::<f32>()).cos();
        if value.abs() <= 2.0 {
            return value;
        }
    }
}
