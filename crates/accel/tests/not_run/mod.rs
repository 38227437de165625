//! What a test says that could not run, or that says what it has run.

use std::io::Write;

/// Written past the harness, which would swallow what `eprintln!` says in a test that passes.
pub(crate) fn say(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}
