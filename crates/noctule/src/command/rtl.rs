//! `noctule rtl`.

use std::{
    fmt,
    path::{Path, PathBuf},
};

use noctule_accel::design::{self, Case, CaseError, FolderError};
use serde::Serialize;

use super::accelerator::{ConfigArgs, InputArgs, not_run};
use crate::{console::Console, error::Error, model};

/// Write the accelerator as SystemVerilog, with a program's memory image and a testbench that checks itself
///
/// The folder needs nothing else: sources, image, input, expected output and cycles, a Makefile (lint, sim: Verilator;
/// synth: Yosys), a script for Vivado (nobody has run it here), a README. Exit code 1, and no folder, if simulator and
/// interpreter differ.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The program
    model: PathBuf,
    #[command(flatten)]
    config: ConfigArgs,
    #[command(flatten)]
    input: InputArgs,
    /// The folder to write
    #[arg(long)]
    out: PathBuf,
    /// Replace the folder if it is there and holds a design
    #[arg(long)]
    force: bool,
}

pub(super) fn run(args: &Args, console: Console) -> Result<(), Error> {
    design::check(&args.out, args.force).map_err(folder)?;
    let program = model::load(&args.model)?;
    let config = args.config.config()?;
    let (input, from) = args.input.input(&program, &args.model, console)?;
    let case = Case::new(&program, &config, &input).map_err(|error| no_case(error, &args.model))?;
    let about = format!(
        "Made by noctule {} for a program of {} layers; {from}.",
        env!("CARGO_PKG_VERSION"),
        program.layers.len()
    );
    design::write(&args.out, &design::files(&config, &case, &about), args.force).map_err(folder)?;
    console.emit(&Written {
        folder: args.out.display().to_string(),
        config: config.name().to_owned(),
        instructions: case.count,
        image_bytes: case.image.len(),
        cycles: case.cycles,
    })
}

fn no_case(error: CaseError, model: &Path) -> Error {
    match error {
        CaseError::Run(error) => not_run(error),
        CaseError::Differ { .. } => Error::Disagreement(format!("{}: {error}", model.display())),
    }
}

fn folder(error: FolderError) -> Error {
    match error {
        FolderError::Exists(path) => Error::Exists(path),
        FolderError::Foreign(_) => Error::Input(error.to_string()),
        FolderError::System { path, source } => Error::System { path, source },
    }
}

#[derive(Serialize)]
struct Written {
    folder: String,
    config: String,
    instructions: usize,
    image_bytes: usize,
    cycles: u64,
}

impl fmt::Display for Written {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}: BAT {}, {} instructions, {} bytes of memory, {} cycles; try `make -C {} sim`",
            self.folder, self.config, self.instructions, self.image_bytes, self.cycles, self.folder
        )
    }
}
