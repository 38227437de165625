//! `noctule lower`.

use std::path::{Path, PathBuf};

use super::columns::ColumnArgs;
use crate::{
    console::Console,
    error::Error,
    file::{self, Overwrite},
    freeze::{Freezing, Frozen, freeze, report_files},
    model,
};

/// Freeze a trained network into a program, with a report of what that changed
///
/// The report (beside the program, .report.txt and .report.json) says layer by layer how often the
/// program's codes are those of the network, the metric before and after, and the size of each part.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Folder of a training run, or of one of its stages
    folder: PathBuf,
    /// The program to write
    #[arg(long)]
    out: PathBuf,
    /// Labelled texts to calibrate on and to measure before and after (decoders need none)
    #[arg(long)]
    data: Option<PathBuf>,
    #[command(flatten)]
    columns: ColumnArgs,
    /// Bits of a code of the word table: 1, 2, 4 or 8
    #[arg(long, default_value_t = 8)]
    word_bits: u8,
    /// Replace files that are there
    #[arg(long)]
    force: bool,
}

pub(super) fn run(args: &Args, console: Console) -> Result<(), Error> {
    let overwrite = if args.force { Overwrite::Yes } else { Overwrite::No };
    check_free(&args.out, overwrite)?;
    let table = args.data.as_ref().map(|path| args.columns.table(path)).transpose()?;
    let overflow = args.columns.overflow();
    let frozen = freeze(
        &args.folder,
        Freezing { table: table.as_ref(), overflow, word_bits: args.word_bits },
    )?;
    finish(&args.out, &frozen, overwrite, console)
}

/// Refuses a program or a report that could not be written; to be asked before the work.
pub(super) fn check_free(out: &Path, overwrite: Overwrite) -> Result<(), Error> {
    let [text, json] = report_files(out);
    [out, &text, &json].into_iter().try_for_each(|path| file::check_free(path, overwrite))
}

/// Writes and prints what came of it.
pub(super) fn finish(
    out: &Path,
    frozen: &Frozen,
    overwrite: Overwrite,
    console: Console,
) -> Result<(), Error> {
    save(out, frozen, overwrite)?;
    let cut = frozen.report.truncated;
    if cut > 0 {
        console.note(format_args!("{cut} texts were cut to the network's length"));
    }
    console.emit(&frozen.report)
}

/// Writes the program, and its report beside it.
fn save(out: &Path, frozen: &Frozen, overwrite: Overwrite) -> Result<(), Error> {
    let [text, json] = report_files(out);
    let document = serde_json::to_vec_pretty(&frozen.report)
        .map_err(|e| Error::Input(format!("the report cannot be written as JSON: {e}")))?;
    model::save(out, &frozen.program, overwrite)?;
    file::write(&text, frozen.report.to_string().as_bytes(), overwrite)?;
    file::write(&json, &document, overwrite)
}
