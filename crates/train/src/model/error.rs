//! What can be wrong with a network or its files.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

/// What can be wrong with a network, its files or a batch given to it.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ModelError {
    /// A shape that no network can have.
    #[error("architecture: {0}")]
    Arch(String),
    /// A precision that no network can have.
    #[error("precision: {0}")]
    Precision(String),
    /// Parameters that are not those of the architecture.
    #[error("parameters: {0}")]
    Params(String),
    /// A batch that does not fit the network.
    #[error("batch: {0}")]
    Rows(String),
    /// A checkpoint that cannot become this network, or the other way round.
    #[error("conversion: {0}")]
    Convert(String),
    /// A file whose content is not what it must be.
    #[error("{}: {problem}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What is wrong and what to do.
        problem: String,
    },
    /// A file that cannot be read or written.
    #[error("{}: cannot {action}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// `read`, `write`, ...
        action: &'static str,
        /// What the system said.
        source: io::Error,
    },
    /// The loss or a gradient stopped being a number.
    #[error("step {step}: {what} is not finite; lower the learning rate or clip harder")]
    Diverged {
        /// Optimisation step, from 1.
        step: u64,
        /// Loss or gradient.
        what: &'static str,
    },
}

impl ModelError {
    pub(super) fn file(path: &std::path::Path, problem: impl Into<String>) -> Self {
        Self::File { path: path.to_owned(), problem: problem.into() }
    }

    pub(super) fn io(path: &std::path::Path, action: &'static str, source: io::Error) -> Self {
        Self::Io { path: path.to_owned(), action, source }
    }
}
