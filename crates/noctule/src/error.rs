//! What can go wrong at the door, and the exit code of each.

use std::{fmt::Display, io, path::PathBuf, process::ExitCode};

use noctule_tasks::data::DataError;

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
    /// The system refused, in the words of the part that asked it.
    #[error("{0}")]
    Refused(String),
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
    pub fn input(file: &std::path::Path, what: impl Display) -> Self {
        Self::Input(format!("{}: {what}", file.display()))
    }

    /// A failed read or write of `path`; a wrong name is an input error.
    pub fn system(path: &std::path::Path, source: io::Error) -> Self {
        if source.kind() == io::ErrorKind::NotFound {
            return Self::input(path, "not found; check the name");
        }
        if is_wrong_input(&source) {
            return Self::input(path, format!("{source}; check the name"));
        }
        Self::System { path: path.to_owned(), source }
    }

    /// What another part says went wrong: with the system, if that is what `source` says, else with an input.
    pub fn of_part(message: &impl Display, source: Option<&io::Error>) -> Self {
        match source {
            Some(source) if !is_wrong_input(source) => Self::Refused(message.to_string()),
            _ => Self::Input(message.to_string()),
        }
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
            Self::System { .. } | Self::Refused(_) | Self::Stream { .. } => 4,
        })
    }
}

impl From<DataError> for Error {
    fn from(error: DataError) -> Self {
        let source = match &error {
            DataError::Read { source, .. } | DataError::Write { source, .. } => Some(source),
            _ => None,
        };
        Self::of_part(&error, source)
    }
}

/// Whether the name or the content of a file is to blame, not the system.
fn is_wrong_input(source: &io::Error) -> bool {
    use io::ErrorKind::{InvalidData, IsADirectory, NotADirectory, NotFound};
    matches!(source.kind(), NotFound | IsADirectory | NotADirectory | InvalidData)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_system_is_blamed_for_its_refusals_only() {
        let read = |kind: io::ErrorKind| {
            Error::from(DataError::Read { path: "a.tsv".into(), source: kind.into() })
        };
        for kind in [io::ErrorKind::PermissionDenied, io::ErrorKind::StorageFull] {
            assert!(matches!(read(kind), Error::Refused(line) if line.starts_with("a.tsv: ")));
        }
        for kind in [io::ErrorKind::NotFound, io::ErrorKind::IsADirectory] {
            assert!(matches!(read(kind), Error::Input(line) if line.starts_with("a.tsv: ")));
        }
    }
}
