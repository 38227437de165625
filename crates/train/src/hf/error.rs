//! What can be wrong with a checkpoint folder, in one line each.

use std::io;
use std::path::PathBuf;

/// An error of reading or writing a checkpoint folder.
#[derive(Debug, thiserror::Error)]
pub enum HfError {
    /// The file cannot be opened or read.
    #[error("{path}: cannot be read: {source}; check the path and its permissions")]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The file cannot be written.
    #[error("{path}: cannot be written: {source}; check the folder, its permissions and space")]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A folder that holds something already.
    #[error("{path}: not empty; choose another folder, or --force to write into it")]
    NotEmpty {
        /// The folder.
        path: PathBuf,
    },
    /// No weights in the folder.
    #[error(
        "{path}: neither model.safetensors nor model.safetensors.index.json is here; save the \
         model with safetensors (older .bin files are not read)"
    )]
    NoWeights {
        /// The folder.
        path: PathBuf,
    },
    /// A field of a JSON file that is missing or has a value we cannot use.
    #[error("{path}: field \"{field}\": {problem}")]
    Field {
        /// The file.
        path: PathBuf,
        /// The field.
        field: String,
        /// What is wrong, and the remedy.
        problem: String,
    },
    /// A file that is not JSON.
    #[error("{path}: not a JSON object ({problem}); copy the file again")]
    Json {
        /// The file.
        path: PathBuf,
        /// What the parser says.
        problem: String,
    },
    /// A safetensors file that is cut short or damaged.
    #[error("{path}: cut short or not a safetensors file ({problem}); copy the file again")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What the parser says.
        problem: String,
    },
    /// One tensor of the file (or of the checkpoint to be written).
    #[error("{path}: tensor \"{name}\": {problem}")]
    Tensor {
        /// The file.
        path: PathBuf,
        /// The name as the file has it.
        name: String,
        /// What is wrong, and the remedy.
        problem: String,
    },
    /// Tensors that the configuration needs and the file lacks.
    #[error(
        "{path}: tensor \"{name}\" of shape {expected:?} is missing{further}; is this the checkpoint of this config.json?"
    )]
    Missing {
        /// The file.
        path: PathBuf,
        /// The first of them.
        name: String,
        /// The shape that the configuration gives it.
        expected: Vec<usize>,
        /// How many more, in words.
        further: String,
    },
}
