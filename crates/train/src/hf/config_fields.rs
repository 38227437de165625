//! Fields of a JSON object, each error with its file, field and remedy.

use super::HfError;
use serde_json::{Map, Value};
use std::path::{Path, PathBuf};

/// The largest size a configuration may name; products of three still fit 64 bits.
const LARGEST: u64 = 1 << 20;

/// A JSON object read from a file.
pub(super) struct Fields {
    path: PathBuf,
    object: Map<String, Value>,
}

impl Fields {
    pub(super) fn read(path: &Path) -> Result<Self, HfError> {
        let bytes =
            std::fs::read(path).map_err(|source| HfError::Read { path: path.into(), source })?;
        let object = serde_json::from_slice(&bytes)
            .map_err(|error| HfError::Json { path: path.into(), problem: error.to_string() })?;
        Ok(Self { path: path.into(), object })
    }

    pub(super) fn error(&self, field: &str, problem: impl Into<String>) -> HfError {
        HfError::Field { path: self.path.clone(), field: field.into(), problem: problem.into() }
    }

    /// A field that is there and not null.
    pub(super) fn get(&self, field: &str) -> Option<&Value> {
        self.object.get(field).filter(|value| !value.is_null())
    }

    /// A whole number from 1 on.
    pub(super) fn count(&self, field: &str) -> Result<usize, HfError> {
        self.count_up_to(field, LARGEST)
    }

    /// A whole number from 1 to `largest`.
    pub(super) fn count_up_to(&self, field: &str, largest: u64) -> Result<usize, HfError> {
        let value = self.required(field)?;
        let count = value.as_u64().filter(|count| (1..=largest).contains(count));
        let problem = || format!("is {value}; give a whole number 1 to {largest}");
        count.map(|count| count as usize).ok_or_else(|| self.error(field, problem()))
    }

    /// A positive finite number.
    pub(super) fn positive(&self, field: &str) -> Result<f64, HfError> {
        let value = self.required(field)?;
        let number = value.as_f64().filter(|number| number.is_finite() && *number > 0.0);
        number.ok_or_else(|| self.error(field, format!("is {value}; give a number above 0")))
    }

    /// One of a few words; `default` stands where the field is missing.
    pub(super) fn word<T: Copy>(
        &self,
        field: &str,
        known: &[(&str, T)],
        default: Option<T>,
    ) -> Result<T, HfError> {
        let value = match (self.get(field), default) {
            (None, Some(default)) => return Ok(default),
            _ => self.required(field)?,
        };
        let found = known.iter().find(|(word, _)| value.as_str() == Some(word));
        found.map(|(_, meaning)| *meaning).ok_or_else(|| {
            let words: Vec<_> = known.iter().map(|(word, _)| format!("\"{word}\"")).collect();
            self.error(field, format!("is {value}; supported are: {}", words.join(", ")))
        })
    }

    /// An object of texts or numbers.
    pub(super) fn object(&self, field: &str) -> Result<Option<&Map<String, Value>>, HfError> {
        let Some(value) = self.get(field) else { return Ok(None) };
        let object = value.as_object();
        object.map(Some).ok_or_else(|| self.error(field, format!("is {value}; give an object")))
    }

    fn required(&self, field: &str) -> Result<&Value, HfError> {
        self.get(field)
            .ok_or_else(|| self.error(field, "is missing; add it, or copy the file again"))
    }
}
