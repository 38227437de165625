//! Everything that can stop a training run, each as one line that names file, field and remedy.

use std::path::{Path, PathBuf};

use crate::data::DataError;
use crate::ecc::CodeError;
use crate::ecc::parse::ParseError;
use crate::hf::HfError;
use crate::model::ModelError;

/// Why a training run could not start or go on.
#[derive(Debug, thiserror::Error)]
pub enum TrainError {
    /// A recipe is wrong.
    #[error("{file}: {field}: {message}")]
    Recipe {
        /// The recipe's file, as the user named it.
        file: String,
        /// The field, as `table.name`.
        field: String,
        /// What is wrong and what to write instead.
        message: String,
    },
    /// The file system refused.
    #[error("cannot {action} {path}: {source}{}", remedy(.source))]
    Io {
        /// What was tried: "read", "write", ...
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// The system's own reason.
        source: std::io::Error,
    },
    /// The output folder already holds a run.
    #[error(
        "{folder} already holds a run: continue it with --resume, or name another output folder"
    )]
    RunExists {
        /// The output folder.
        folder: PathBuf,
    },
    /// The output folder holds something that is no run.
    #[error("{folder} holds {entry}, which is not of this run: name another output folder")]
    Foreign {
        /// The output folder.
        folder: PathBuf,
        /// Name of what it holds.
        entry: String,
    },
    /// `--resume` was given for a folder without a run.
    #[error("{folder} holds no run to resume: leave out --resume to start one")]
    NothingToResume {
        /// The output folder.
        folder: PathBuf,
    },
    /// The recipe or the data changed since the run began.
    #[error(
        "{folder}: {what} changed since this run began: restore it, or start a new run in another folder"
    )]
    Changed {
        /// The output folder.
        folder: PathBuf,
        /// What changed, in words.
        what: String,
    },
    /// A file of a run folder cannot be understood.
    #[error("{path}: {message}")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it and what to do.
        message: String,
    },
    /// The loss or a gradient is no longer a number.
    #[error(
        "{folder}: stage {stage}, step {step}: {what} is not a finite number; the last checkpoint is intact: \
         lower train.learning_rate or train.clip and start again in another folder"
    )]
    Diverged {
        /// The output folder.
        folder: PathBuf,
        /// Name of the stage.
        stage: String,
        /// Step, counted from 1.
        step: u64,
        /// Loss or gradient.
        what: &'static str,
    },
    /// The caller asked to stop; a checkpoint was written.
    #[error("{folder}: stopped in stage {stage} after step {step}; continue with --resume")]
    Stopped {
        /// The output folder.
        folder: PathBuf,
        /// Name of the stage.
        stage: String,
        /// Steps done.
        step: u64,
    },
    /// The data do not fit the recipe or the model.
    #[error("{file}: {message}")]
    Data {
        /// File or folder.
        file: String,
        /// What is wrong and what to do.
        message: String,
    },
    /// The user's files.
    #[error(transparent)]
    Read(#[from] DataError),
    /// The network or its files.
    #[error(transparent)]
    Model(ModelError),
    /// A checkpoint in the layout of `transformers`.
    #[error(transparent)]
    HuggingFace(#[from] HfError),
    /// The code.
    #[error(transparent)]
    Code(#[from] CodeError),
    /// A parity-check matrix.
    #[error(transparent)]
    Parity(#[from] ParseError),
}

/// The result of everything in [`crate::trainer`].
pub type Result<T> = std::result::Result<T, TrainError>;

impl TrainError {
    /// Wraps an error of the file system.
    pub(crate) fn io(action: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_path_buf();
        move |source| Self::Io { action, path, source }
    }

    /// A file of a run folder that cannot be understood.
    pub(crate) fn damaged(path: &Path, message: impl Into<String>) -> Self {
        Self::Damaged { path: path.to_path_buf(), message: message.into() }
    }

    /// Data that do not fit.
    pub(crate) fn data(file: impl Into<String>, message: impl Into<String>) -> Self {
        Self::Data { file: file.into(), message: message.into() }
    }
}

impl From<ModelError> for TrainError {
    /// What the file system refused gets the remedy of a run.
    fn from(error: ModelError) -> Self {
        match error {
            ModelError::Io { path, action, source } => Self::Io { action, path, source },
            other => Self::Model(other),
        }
    }
}

fn remedy(source: &std::io::Error) -> &'static str {
    use std::io::ErrorKind::{FileTooLarge, PermissionDenied, StorageFull};
    match source.kind() {
        StorageFull | FileTooLarge => {
            "; nothing is lost: free some space, then continue with --resume"
        }
        PermissionDenied => "; check the permissions of the folder",
        _ => "",
    }
}
