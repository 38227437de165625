//! `noctule verify`.

use std::{fmt, path::PathBuf};

use noctule_engine::{Mismatch, Verification};
use noctule_program::{Program, generate, parts::Input};
use serde::Serialize;

use crate::{
    answer::Model,
    console::Console,
    error::Error,
    file,
    model::{self, Resources},
    verification::verify,
};

/// Check that every kernel of this machine answers as the interpreter does, bit for bit
///
/// On random inputs (--random) and on your own questions (--file).
/// Exit code 1 and the first value that differs if it does not.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The program
    model: PathBuf,
    /// Random inputs to compare
    #[arg(long, default_value_t = 100)]
    random: u64,
    /// Seed of the random inputs
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Questions to compare too, one a line, as `run --file` takes them
    #[arg(long)]
    file: Option<PathBuf>,
    /// Threads (default: one a core)
    #[arg(long)]
    threads: Option<usize>,
}

pub(super) fn run(args: &Args, console: Console) -> Result<(), Error> {
    let program = model::load(&args.model)?;
    let random = (0..args.random).map(|n| generate::input(&program, args.seed.wrapping_add(n)));
    let threads = args.threads.unwrap_or_else(model::cores);
    let verification = verify(&program, random.chain(asked(args, &program)?), threads)?;
    console.emit(&Report::from(&verification))?;
    if verification.agrees() {
        return Ok(());
    }
    Err(Error::Disagreement(format!("{}: engine and interpreter differ", args.model.display())))
}

/// The inputs of --file.
fn asked(args: &Args, program: &Program) -> Result<Vec<Input>, Error> {
    let Some(path) = &args.file else { return Ok(Vec::new()) };
    let resources = Resources { threads: args.threads, memory: None };
    Model::open(program, &args.model, resources)?.inputs(&file::lines(path)?)
}

/// What was compared, for people and machines.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    kernels: Vec<KernelReport>,
    not_run: Vec<String>,
}

#[derive(Debug, Serialize)]
struct KernelReport {
    kernel: String,
    inputs: usize,
    mismatch: Option<String>,
}

impl From<&Verification> for Report {
    fn from(v: &Verification) -> Self {
        let kernel = |k: &noctule_engine::KernelVerification| KernelReport {
            kernel: k.kernel.to_string(),
            inputs: k.inputs,
            mismatch: k.mismatch.as_ref().map(describe),
        };
        let not_run = |k: &noctule_engine::KernelName| format!("{k} (needs {})", k.needs());
        Self {
            kernels: v.kernels.iter().map(kernel).collect(),
            not_run: v.not_run.iter().map(not_run).collect(),
        }
    }
}

fn describe(m: &Mismatch) -> String {
    let value = |v: Option<i32>| v.map_or("nothing".to_owned(), |v| v.to_string());
    let layer = m.tap.layer.map_or(String::new(), |layer| format!("layer {layer}, "));
    format!(
        "input {}, {layer}{:?}, index {}: interpreter {}, engine {}",
        m.input,
        m.tap.site,
        m.index,
        value(m.interpreter),
        value(m.engine)
    )
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines = self.kernels.iter().map(|k| match &k.mismatch {
            None => format!("{}: equal to the interpreter on {} inputs", k.kernel, k.inputs),
            Some(where_) => format!("{}: DIFFERS at {where_}", k.kernel),
        });
        let not_run = self.not_run.iter().map(|k| format!("NOT RUN: {k}: this machine lacks it"));
        f.write_str(&lines.chain(not_run).collect::<Vec<_>>().join("\n"))
    }
}
