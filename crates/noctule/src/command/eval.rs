//! `noctule eval`.

use std::path::PathBuf;

use noctule_tasks::ecc::Budget;

use super::columns::ColumnArgs;
use super::resources::ResourceArgs;
use crate::{
    answer::{Decoder, Model, TextModel},
    console::Console,
    error::Error,
    evaluate::{self, Curves},
};

/// Measure a program: accuracy on labelled texts, or error rates of a decoder
///
/// Texts: noctule eval model.bmt dev.tsv --text sentence --label label
/// Codes: noctule eval decoder.bmt --ebn0 4,5,6
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The program
    model: PathBuf,
    /// Labelled texts: .tsv, .csv or .jsonl, also with .gz
    data: Option<PathBuf>,
    #[command(flatten)]
    columns: ColumnArgs,
    /// Signal-to-noise ratios of the channel in dB
    #[arg(long, value_delimiter = ',', default_value = "4,5,6")]
    ebn0: Vec<f64>,
    /// Stop a ratio after so many words
    #[arg(long, default_value_t = 200_000)]
    words: u64,
    /// Stop a ratio after so many wrong words
    #[arg(long, default_value_t = 100)]
    block_errors: u64,
    /// Seed of the channel
    #[arg(long, default_value_t = 1)]
    seed: u64,
    #[command(flatten)]
    resources: ResourceArgs,
}

pub(super) fn run(args: &Args, console: Console) -> Result<(), Error> {
    match Model::open(&args.resources.load(&args.model)?, &args.model, args.resources.into())? {
        Model::Text(model) => console.emit(&texts(args, &model)?),
        Model::Channel(decoder) => console.emit(&channel(args, &decoder, console)?),
    }
}

fn texts(args: &Args, model: &TextModel) -> Result<evaluate::TextScore, Error> {
    let Some(path) = &args.data else {
        return Err(Error::Usage(
            "this program answers about texts; name a file of labelled texts".into(),
        ));
    };
    let table = args.columns.table(path)?;
    evaluate::texts(model, &args.model, &table, args.columns.overflow())
}

fn channel(args: &Args, decoder: &Decoder, console: Console) -> Result<Curves, Error> {
    if let Some(path) = &args.data {
        return Err(Error::Usage(format!(
            "{}: this program is a decoder; its channel is generated, give --ebn0 and no file",
            path.display()
        )));
    }
    let code = decoder.code();
    let budget = Budget { min_block_errors: args.block_errors, max_words: args.words, batch: 1000 };
    let bar = console.bar(args.words * args.ebn0.len() as u64, "words");
    let name = args.model.file_stem().unwrap_or_default().to_string_lossy();
    let mut done = 0;
    let mut curves = Vec::new();
    for &ratio in &args.ebn0 {
        let mut progress = |p: &noctule_tasks::ecc::Point| bar.set_position(done + p.words);
        let curve =
            evaluate::curve(&name, decoder, code, &[ratio], budget, args.seed, &mut progress);
        // Tells why where the program gives no answer any more.
        decoder.check()?;
        let curve = curve?;
        done += args.words;
        curves.extend(curve.points);
    }
    bar.finish_and_clear();
    let curve = evaluate::Curve { decoder: name.into_owned(), points: curves };
    Ok(Curves { code: code.name().to_owned(), curves: vec![curve] })
}
