//! `noctule compress`.

use std::path::{Path, PathBuf};

use noctule_tasks::data::Overflow;

use super::{columns::ColumnArgs, lower};
use crate::{
    compress::{Subject, Texts, recipe, work_folder},
    console::Console,
    error::Error,
    file::Overwrite,
    freeze::{Freezing, freeze},
    training,
};

/// The short way: a teacher and data, or a code, to a one-bit program by the default recipe
///
/// Texts: noctule compress --teacher FOLDER --train train.tsv --dev dev.tsv --out model.bmt
/// Codes: noctule compress --code ldpc-49-24 --out decoder.bmt
/// The training run lies beside the program (model.work); --resume goes on with it.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Folder of a BERT-family checkpoint (config.json, model.safetensors, tokenizer.json or vocab.txt) or of a model of this tool
    #[arg(long, requires = "train", required_unless_present = "code")]
    teacher: Option<PathBuf>,
    /// Labelled texts to learn from: .tsv, .csv or .jsonl, also with .gz
    #[arg(long, requires = "dev")]
    train: Option<PathBuf>,
    /// Labelled texts to judge by
    #[arg(long)]
    dev: Option<PathBuf>,
    /// An error-correcting code by name, instead of a teacher
    #[arg(long, conflicts_with_all = ["teacher", "train", "dev"])]
    code: Option<String>,
    /// The program to write
    #[arg(long)]
    out: PathBuf,
    /// Bits of activations: 1, 2, 4 or 8
    #[arg(long, default_value_t = 4)]
    activations: u8,
    #[command(flatten)]
    columns: ColumnArgs,
    /// The label is a number
    #[arg(long)]
    regression: bool,
    /// Bits of a code of the word table: 1, 2, 4 or 8
    #[arg(long, default_value_t = 8)]
    word_bits: u8,
    /// Change a setting of the default recipe, as `train --set`
    #[arg(long = "set", value_name = "TABLE.FIELD=VALUE")]
    set: Vec<String>,
    /// Go on with an interrupted compression
    #[arg(long)]
    resume: bool,
    /// Replace the program and its reports if they are there
    #[arg(long)]
    force: bool,
}

pub(super) fn run(args: &Args, console: Console) -> Result<(), Error> {
    let overwrite = if args.force { Overwrite::Yes } else { Overwrite::No };
    lower::check_free(&args.out, overwrite)?;
    let recipe = recipe(&subject(args)?, args.activations, &args.set)?;
    let table = args.dev.as_ref().map(|path| args.columns.table(path)).transpose()?;
    let work = work_folder(&args.out);
    training::train(&recipe, Path::new("."), &work, args.resume, console)?;
    let overflow = args.columns.overflow();
    let frozen =
        freeze(&work, Freezing { table: table.as_ref(), overflow, word_bits: args.word_bits })?;
    lower::finish(&args.out, &frozen, overwrite, console)
}

fn subject(args: &Args) -> Result<Subject, Error> {
    if let Some(code) = &args.code {
        return Ok(Subject::Code { code: code.clone() });
    }
    Ok(Subject::Texts(Box::new(Texts {
        teacher: name(args.teacher.as_ref())?,
        train: name(args.train.as_ref())?,
        dev: name(args.dev.as_ref())?,
        columns: args.columns.columns(),
        regression: args.regression,
        truncate: args.columns.overflow() == Overflow::Truncate,
    })))
}

/// A path as a recipe holds it.
fn name(path: Option<&PathBuf>) -> Result<String, Error> {
    let path = path.ok_or_else(|| Error::Usage("--teacher needs --train and --dev".into()))?;
    let text = path.to_str().map(str::to_owned);
    text.ok_or_else(|| Error::input(path, "its name is not UTF-8; rename it"))
}
