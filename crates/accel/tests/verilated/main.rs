//! What Verilator says of designs as they are handed out, and of shapes that no agreement test runs.

mod design;
mod lint;
#[path = "../not_run/mod.rs"]
mod not_run;

use std::{path::PathBuf, process::Command};

use noctule_accel::cosim;

/// Verilator, if it is there; said loudly if not.
fn verilator(test: &str) -> Option<PathBuf> {
    let name = cosim::verilator();
    let output = Command::new(&name).arg("--version").output();
    if output.is_ok_and(|output| output.status.success()) {
        return Some(name);
    }
    not_run::say(&format!("NOT RUN: {test}: {} is not there", name.display()));
    None
}
