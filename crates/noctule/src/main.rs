//! The `noctule` command.

use std::process::ExitCode;

use clap::Parser;
use noctule::command::{Cli, run};

fn main() -> ExitCode {
    match run(Cli::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            if !error.is_broken_pipe() {
                eprintln!("noctule: {error}");
            }
            error.exit_code()
        }
    }
}
