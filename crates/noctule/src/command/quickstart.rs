//! `noctule quickstart`.

use std::{fmt, fs, path::PathBuf};

use noctule_engine::Verification;
use serde::Serialize;

use super::verify;
use crate::{
    console::Console,
    error::Error,
    evaluate::Curves,
    file::{self, Overwrite},
    freeze::is_used,
    model, page,
    quickstart::{Quickstart, quickstart},
};

/// Show the whole way on an error-correcting code: distil, freeze, verify, measure
///
/// Needs no data and no network. A float Transformer decoder for the array LDPC code (49,24), trained
/// by this project, is distilled to one-bit weights in a bounded number of steps, frozen and verified;
/// then error rates are measured against no coding, belief propagation, the teacher, and a
/// one-bit program that was trained fully. Takes under three minutes on two cores.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Folder for the program, the page and the training run
    #[arg(long, default_value = "quickstart")]
    out: PathBuf,
    /// Most words for each network and ratio (the classical decoders get ten times as many)
    #[arg(long, default_value_t = 20_000)]
    words: u64,
    /// Change a setting of the recipe, as `train --set`
    #[arg(long = "set", value_name = "TABLE.FIELD=VALUE")]
    set: Vec<String>,
    /// Replace the folder of an earlier quickstart
    #[arg(long)]
    force: bool,
}

pub(super) fn run(args: &Args, console: Console) -> Result<(), Error> {
    prepare(args)?;
    let result = quickstart(&args.out, &args.set, args.words, console)?;
    let summary = save(args, &result)?;
    console.emit(&summary)?;
    if result.verification.agrees() {
        return Ok(());
    }
    Err(Error::Disagreement("engine and interpreter differ; please report it".into()))
}

/// An empty folder, or the one of an earlier quickstart emptied by `--force`.
fn prepare(args: &Args) -> Result<(), Error> {
    let ours = args.out.join("quickstart.bmt").exists() || args.out.join("student").exists();
    if is_used(&args.out) && !(args.force && ours) {
        return Err(Error::Exists(args.out.clone()));
    }
    if is_used(&args.out) {
        fs::remove_dir_all(&args.out).map_err(|e| Error::system(&args.out, e))?;
    }
    fs::create_dir_all(&args.out).map_err(|e| Error::system(&args.out, e))
}

#[derive(Serialize)]
struct Summary {
    program: PathBuf,
    page: PathBuf,
    bytes: usize,
    verification: verify::Report,
    lowering: noctule_train::lower::Report,
    #[serde(flatten)]
    curves: Curves,
}

fn save(args: &Args, result: &Quickstart) -> Result<Summary, Error> {
    let (program, page) = (args.out.join("quickstart.bmt"), args.out.join("quickstart.html"));
    model::save(&program, &result.program, Overwrite::Yes)?;
    let title = format!("{}: one-bit Transformer decoder", result.curves.code);
    let html = page::error_rates(&title, &result.curves, &notes(&result.verification))?;
    file::write(&page, html.as_bytes(), Overwrite::Yes)?;
    Ok(Summary {
        bytes: result.program.to_bytes().len(),
        program,
        page,
        verification: (&result.verification).into(),
        lowering: result.report.clone(),
        curves: result.curves.clone(),
    })
}

fn notes(verification: &Verification) -> Vec<String> {
    let mut notes: Vec<String> =
        verify::Report::from(verification).to_string().lines().map(str::to_owned).collect();
    notes.push(format!("noctule {}, {} threads", env!("CARGO_PKG_VERSION"), model::cores()));
    notes.push("random codewords, BPSK over additive white Gaussian noise, the same words for every decoder".into());
    notes.push(
        "a point ends at 100 wrong words or at its number of words, whichever comes first".into(),
    );
    notes
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.curves)?;
        for metric in &self.lowering.metrics {
            writeln!(
                f,
                "freezing: {}: {:.5} before, {:.5} after",
                metric.name, metric.before, metric.after
            )?;
        }
        writeln!(f, "{}", self.verification)?;
        writeln!(f, "program: {} ({} bytes)", self.program.display(), self.bytes)?;
        write!(f, "page: {}", self.page.display())
    }
}
