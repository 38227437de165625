//! The `noctule` command.

use std::{
    io::{self, Write},
    process::ExitCode,
};

use clap::Parser;
use noctule::command::{Cli, run};

fn main() -> ExitCode {
    match run(Cli::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            if !error.is_broken_pipe() {
                // A closed standard error changes no exit code.
                let _ = writeln!(io::stderr(), "noctule: {error}");
            }
            error.exit_code()
        }
    }
}
