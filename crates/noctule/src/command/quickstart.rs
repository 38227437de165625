//! `noctule quickstart`.

use std::{
    fmt, fs, io,
    path::{Path, PathBuf},
};

use noctule_engine::Verification;
use serde::Serialize;

use super::verify;
use crate::{
    console::Console,
    error::Error,
    evaluate::Curves,
    file::{self, Overwrite},
    model, page,
    quickstart::{Quickstart, quickstart},
};

const PROGRAM: &str = "quickstart.bmt";
const PAGE: &str = "quickstart.html";
/// What a quickstart leaves in its folder, and `--force` removes.
const OURS: [&str; 4] = [PROGRAM, PAGE, "student", "teacher"];
/// Written first: a folder with it is a quickstart's.
const MARK: &str = ".quickstart";

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
    #[arg(long, default_value_t = 20_000, value_parser = clap::value_parser!(u64).range(1..))]
    words: u64,
    /// Change a setting of the recipe, as `train --set`
    #[arg(long = "set", value_name = "TABLE.FIELD=VALUE")]
    set: Vec<String>,
    /// Replace what an earlier quickstart left in the folder
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

/// An empty folder, or the one of an earlier quickstart without its files, with our mark in it.
fn prepare(args: &Args) -> Result<(), Error> {
    let mark = args.out.join(MARK);
    match (is_used(&args.out), mark.exists(), args.force) {
        (true, false, _) => {
            return Err(Error::input(
                &args.out,
                "holds something, but no quickstart; give another folder with --out",
            ));
        }
        (true, true, false) => return Err(Error::Exists(args.out.clone())),
        _ => OURS.iter().try_for_each(|name| remove(&args.out.join(name)))?,
    }
    fs::create_dir_all(&args.out).map_err(|e| Error::system(&args.out, e))?;
    file::write(&mark, b"", Overwrite::Yes)
}

fn is_used(folder: &Path) -> bool {
    fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some())
}

/// Removes a file or folder, if it is there.
fn remove(path: &Path) -> Result<(), Error> {
    let removed = if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
    match removed {
        Err(e) if e.kind() != io::ErrorKind::NotFound => Err(Error::system(path, e)),
        _ => Ok(()),
    }
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
    let (program, page) = (args.out.join(PROGRAM), args.out.join(PAGE));
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
