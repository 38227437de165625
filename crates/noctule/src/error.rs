//! What can go wrong at the door, and the exit code of each.

use std::{io, path::PathBuf, process::ExitCode};

/// Exit codes, as `noctule --help` prints them.
pub const EXIT_CODES: &str = "\
Exit codes:
  0  done
  1  executors disagree (verify)
  2  the command line is wrong
  3  an input is wrong: a file, a field, a value
  4  the system refused: no space, no permission
A closed pipe is no error.";

/// One line that names the file, the field and the remedy.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Executors gave different answers.
    #[error("{0}")]
    Disagreement(String),
    /// Options that do not go together.
    #[error("{0}")]
    Usage(String),
    /// A file or a value in it is wrong.
    #[error("{0}")]
    Input(String),
    /// A file is there already.
    #[error("{}: exists already; give another name, or --force to replace it", .0.display())]
    Exists(PathBuf),
    /// The system refused.
    #[error("{}: {source}", path.display())]
    System {
        /// What was being read or written.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// Standard output or input.
    #[error("standard {stream}: {source}")]
    Stream {
        /// `output` or `input`.
        stream: &'static str,
        /// Why not.
        source: io::Error,
    },
}

impl Error {
    /// An input error of `file`, with what is wrong and the remedy.
    pub fn input(file: &std::path::Path, what: impl std::fmt::Display) -> Self {
        Self::Input(format!("{}: {what}", file.display()))
    }

    /// A failed read or write of `path`; a missing file is an input error.
    pub fn system(path: &std::path::Path, source: io::Error) -> Self {
        if source.kind() == io::ErrorKind::NotFound {
            return Self::input(path, "not found; check the name");
        }
        Self::System { path: path.to_owned(), source }
    }

    /// Whether the reader of our output went away.
    pub fn is_broken_pipe(&self) -> bool {
        matches!(self, Self::Stream { source, .. } if source.kind() == io::ErrorKind::BrokenPipe)
    }

    /// The exit code of this error, see [`EXIT_CODES`].
    pub fn exit_code(&self) -> ExitCode {
        ExitCode::from(match self {
            _ if self.is_broken_pipe() => 0,
            Self::Disagreement(_) => 1,
            Self::Usage(_) => 2,
            Self::Input(_) | Self::Exists(_) => 3,
            Self::System { .. } | Self::Stream { .. } => 4,
        })
    }
}
