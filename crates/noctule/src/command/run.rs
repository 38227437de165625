//! `noctule run`.

use std::{
    fmt,
    io::{self, BufRead, IsTerminal},
    path::PathBuf,
};

use noctule_tasks::{data::Overflow, ecc::ChannelWord};
use serde::Serialize;

use super::resources::ResourceArgs;
use crate::{
    answer::{Decoder, Model, TextAnswer, TextModel, received, split_pair},
    console::Console,
    error::Error,
    file,
};

/// Ask a program: texts get labels and probabilities, received channel words get decoded bits
///
/// One question a line: as arguments, from --file, or from standard input. The two texts of a pair
/// are separated by a tab. A channel word is its received values, separated by blanks or commas.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The program
    model: PathBuf,
    /// Questions; without any, they are read from standard input
    questions: Vec<String>,
    /// Read the questions from a file
    #[arg(long, conflicts_with = "questions")]
    file: Option<PathBuf>,
    /// Cut texts that are too long (and say so) instead of refusing them
    #[arg(long)]
    truncate: bool,
    #[command(flatten)]
    resources: ResourceArgs,
}

pub(super) fn run(args: &Args, console: Console) -> Result<(), Error> {
    let model = open(args)?;
    let questions = questions(args)?;
    if questions.is_empty() {
        return Err(Error::Input(
            "no question: give texts, --file, or lines on standard input".into(),
        ));
    }
    match model {
        Model::Text(model) => texts(args, &model, &questions, console),
        Model::Channel(decoder) => words(&decoder, &questions, console),
    }
}

/// Without the program once the engine is there: its weights would take room a second time.
fn open(args: &Args) -> Result<Model, Error> {
    Model::open(&args.resources.load(&args.model)?, &args.model, args.resources.into())
}

fn questions(args: &Args) -> Result<Vec<String>, Error> {
    if let Some(path) = &args.file {
        return file::lines(path);
    }
    if !args.questions.is_empty() {
        return Ok(args.questions.clone());
    }
    if io::stdin().is_terminal() {
        return Err(Error::Usage("no question: give texts, --file, or pipe lines in".into()));
    }
    let lines: io::Result<Vec<String>> = io::stdin().lock().lines().collect();
    lines.map_err(|source| match source.kind() {
        io::ErrorKind::InvalidData => {
            Error::Input("standard input: not UTF-8 text; convert it to UTF-8".into())
        }
        _ => Error::Stream { stream: "input", source },
    })
}

fn texts(
    args: &Args,
    model: &TextModel,
    questions: &[String],
    console: Console,
) -> Result<(), Error> {
    let overflow = if args.truncate { Overflow::Truncate } else { Overflow::Refuse };
    let texts: Vec<_> = questions.iter().map(|line| split_pair(line)).collect();
    let answers = model.answer(&texts, overflow)?;
    let cut = answers.iter().filter(|a| a.truncated).count();
    if cut > 0 {
        console.note(format_args!(
            "{cut} of {} texts were cut to the program's length",
            answers.len()
        ));
    }
    console.emit(&TextAnswers { labels: model.labels(), answers })
}

#[derive(Serialize)]
struct TextAnswers<'a> {
    labels: Option<&'a [String]>,
    answers: Vec<TextAnswer>,
}

impl fmt::Display for TextAnswers<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, answer) in self.answers.iter().enumerate() {
            let end = if n + 1 < self.answers.len() { "\n" } else { "" };
            write!(f, "{}", answer.answer)?;
            for (label, p) in self.labels.unwrap_or_default().iter().zip(&answer.probabilities) {
                write!(f, "  {label}={p:.4}")?;
            }
            f.write_str(end)?;
        }
        Ok(())
    }
}

#[derive(Serialize)]
struct DecodedWords {
    code: String,
    words: Vec<String>,
}

impl fmt::Display for DecodedWords {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.words.join("\n"))
    }
}

fn words(decoder: &Decoder, questions: &[String], console: Console) -> Result<(), Error> {
    let words: Result<Vec<_>, Error> = questions
        .iter()
        .enumerate()
        .map(|(n, line)| {
            let received = received(line, n + 1, decoder.code().n())?;
            Ok(ChannelWord { received, codeword: Vec::new() })
        })
        .collect();
    let bits = decoder.answer(&words?)?;
    let words =
        bits.iter().map(|word| word.iter().map(|b| char::from(b'0' + b)).collect()).collect();
    console.emit(&DecodedWords { code: decoder.code().name().to_owned(), words })
}
