//! Running the command on folders of its own.
#![allow(dead_code, reason = "each test file uses its part")]

pub(crate) mod texts;

use std::{
    fs,
    path::PathBuf,
    process::{Command, Output},
};

/// The command under test.
pub(crate) const BINARY: &str = env!("CARGO_BIN_EXE_noctule");

/// A folder that goes with the test.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("noctule-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub(crate) fn file(&self, name: &str) -> String {
        self.0.join(name).to_str().unwrap().to_owned()
    }

    /// Names of what is in it, sorted.
    pub(crate) fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(&self.0).unwrap();
        let mut names: Vec<String> =
            entries.map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// What a run of the command left.
pub(crate) struct Run {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl From<Output> for Run {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

/// Runs the command with nothing on standard input.
pub(crate) fn noctule(arguments: &[&str]) -> Run {
    let output = Command::new(BINARY).args(arguments).stdin(std::process::Stdio::null()).output();
    output.unwrap().into()
}

/// Runs the command and demands success; its standard output.
#[track_caller]
pub(crate) fn done(arguments: &[&str]) -> String {
    let run = noctule(arguments);
    assert_eq!(run.code, Some(0), "{arguments:?}: {}", run.stderr);
    run.stdout
}

/// Runs the command and demands one line on standard error, with these parts.
#[track_caller]
pub(crate) fn refused(arguments: &[&str], code: i32, parts: &[&str]) {
    let run = noctule(arguments);
    assert_eq!(run.code, Some(code), "{arguments:?}: {}", run.stderr);
    assert_eq!(run.stderr.trim_end().lines().count(), 1, "{arguments:?}: {}", run.stderr);
    for part in parts {
        assert!(run.stderr.contains(part), "{arguments:?} lacks {part:?}: {}", run.stderr);
    }
}

/// Runs the command where no file may grow beyond one kilobyte: a full disk.
pub(crate) fn on_a_full_disk(arguments: &[&str]) -> Run {
    let script = "trap '' XFSZ; ulimit -f 1; exec \"$0\" \"$@\"";
    Command::new("bash").args(["-c", script, BINARY]).args(arguments).output().unwrap().into()
}

/// Runs the command and reads what it prints with --json.
#[track_caller]
pub(crate) fn json(arguments: &[&str]) -> serde_json::Value {
    let text = done(&[arguments, &["--json"]].concat());
    serde_json::from_str(&text).unwrap_or_else(|e| panic!("{arguments:?}: {e}: {text}"))
}

/// A random valid program as a file.
pub(crate) fn program_file(folder: &Folder, seed: u64) -> String {
    let path = folder.file("random.bmt");
    fs::write(&path, noctule::program::generate::program(seed).to_bytes()).unwrap();
    path
}
