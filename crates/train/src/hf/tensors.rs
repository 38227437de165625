//! Tensors out of safetensors files, as `f32`.

use super::config_fields::Fields;
use super::{HfError, canonical_name};
use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// A tensor in memory.
#[derive(Debug, Clone, PartialEq)]
pub struct HostTensor {
    /// Its shape; the product is the length of `data`.
    pub shape: Vec<usize>,
    /// Its elements, row-major, all finite.
    pub data: Vec<f32>,
}

/// A tensor with the place it came from, for errors.
pub(super) struct Found {
    pub(super) path: PathBuf,
    pub(super) name: String,
    pub(super) tensor: HostTensor,
}

/// The weight files of a folder: the single one, or those of its index.
pub(super) fn weight_files(folder: &Path) -> Result<Vec<PathBuf>, HfError> {
    let single = folder.join("model.safetensors");
    if single.exists() {
        return Ok(vec![single]);
    }
    let index = folder.join("model.safetensors.index.json");
    if index.exists() {
        return shards(folder, &index);
    }
    Err(HfError::NoWeights { path: folder.into() })
}

fn shards(folder: &Path, index: &Path) -> Result<Vec<PathBuf>, HfError> {
    let fields = Fields::read(index)?;
    let error = |problem: String| fields.error("weight_map", problem);
    let map = fields.object("weight_map")?.filter(|map| !map.is_empty());
    let map = map.ok_or_else(|| error("is missing or empty; copy the file again".into()))?;
    let mut names = BTreeSet::new();
    for value in map.values() {
        // A name with a folder in it could lead out of the checkpoint.
        let name = value.as_str().filter(|name| !name.contains(['/', '\\']));
        names.insert(
            name.ok_or_else(|| error(format!("{value} is not a file name; copy the file again")))?,
        );
    }
    Ok(names.into_iter().map(|name| folder.join(name)).collect())
}

/// Adds the tensors of one file that `wanted` names, and the names of the others to `ignored`.
pub(super) fn read_file(
    path: &Path,
    wanted: &BTreeSet<&str>,
    found: &mut BTreeMap<String, Found>,
    ignored: &mut Vec<String>,
) -> Result<(), HfError> {
    let bytes =
        std::fs::read(path).map_err(|source| HfError::Read { path: path.into(), source })?;
    let file = SafeTensors::deserialize(&bytes)
        .map_err(|error| HfError::Damaged { path: path.into(), problem: error.to_string() })?;
    for (name, view) in file.iter() {
        let canonical = canonical_name(name);
        if !wanted.contains(canonical.as_str()) {
            ignored.push(name.into());
            continue;
        }
        let tensor = host_tensor(&view).map_err(|problem| tensor_error(path, name, problem))?;
        let new = Found { path: path.into(), name: name.into(), tensor };
        if let Some(other) = found.insert(canonical, new) {
            let problem = format!("is there a second time as \"{}\"; keep one of them", other.name);
            return Err(tensor_error(path, name, problem));
        }
    }
    Ok(())
}

pub(super) fn tensor_error(path: &Path, name: &str, problem: String) -> HfError {
    HfError::Tensor { path: path.into(), name: name.into(), problem }
}

fn host_tensor(view: &TensorView) -> Result<HostTensor, String> {
    let bytes = view.data();
    let data: Vec<f32> = match view.dtype() {
        Dtype::F32 => bytes.as_chunks().0.iter().map(|&word| f32::from_le_bytes(word)).collect(),
        Dtype::F16 => halves(bytes).map(f16_to_f32).collect(),
        Dtype::BF16 => halves(bytes).map(|half| f32::from_bits(u32::from(half) << 16)).collect(),
        other => return Err(format!("has type {other}; F32, F16 and BF16 are read")),
    };
    let tensor = HostTensor { shape: view.shape().to_vec(), data };
    check_finite(&tensor)?;
    Ok(tensor)
}

/// Refuses NaN and infinity, naming the first place.
pub(super) fn check_finite(tensor: &HostTensor) -> Result<(), String> {
    let Some(flat) = tensor.data.iter().position(|value| !value.is_finite()) else { return Ok(()) };
    let (value, index) = (tensor.data[flat], index_of(flat, &tensor.shape));
    Err(format!("is {value} at index {index:?}; the training that made it has diverged"))
}

/// Row-major index of a flat place.
fn index_of(mut flat: usize, shape: &[usize]) -> Vec<usize> {
    let mut index = vec![0; shape.len()];
    for (place, &size) in index.iter_mut().zip(shape).rev() {
        *place = flat % size;
        flat /= size;
    }
    index
}

fn halves(bytes: &[u8]) -> impl Iterator<Item = u16> {
    bytes.as_chunks().0.iter().map(|&half| u16::from_le_bytes(half))
}

/// IEEE 754 half to single precision; exact for every value.
fn f16_to_f32(half: u16) -> f32 {
    let sign = u32::from(half & 0x8000) << 16;
    let exponent = u32::from(half >> 10) & 0x1f;
    let fraction = u32::from(half & 0x3ff);
    let magnitude = match exponent {
        // Subnormal: fraction units of 2^-24.
        0 => (fraction as f32 * f32::from_bits(0x3380_0000)).to_bits(),
        31 => 0x7f80_0000 | fraction << 13,
        _ => (exponent + 112) << 23 | fraction << 13,
    };
    f32::from_bits(sign | magnitude)
}

#[cfg(test)]
mod tests {
    use super::f16_to_f32;

    #[test]
    fn halves_have_their_values() {
        let cases = [
            (0x0000, 0.0),
            (0x3c00, 1.0),
            (0xc000, -2.0),
            (0x7bff, 65504.0),
            (0x0400, 2f32.powi(-14)),
            (0x0001, 2f32.powi(-24)),
            (0x03ff, 1023.0 * 2f32.powi(-24)),
            (0x3555, 0.333_251_95),
            (0x7c00, f32::INFINITY),
            (0xfc00, f32::NEG_INFINITY),
        ];
        for (half, value) in cases {
            assert_eq!(f16_to_f32(half), value, "{half:#06x}");
        }
        assert!(f16_to_f32(0x8000).is_sign_negative());
        assert!(f16_to_f32(0x7e00).is_nan());
    }
}
