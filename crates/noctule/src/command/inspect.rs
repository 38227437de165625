//! `noctule inspect`.

use std::path::PathBuf;

use crate::{console::Console, error::Error, inspection::Inspection, model};

/// Show what a program holds: layers, precisions, sizes, operations
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The program
    model: PathBuf,
    /// Count operations for an input of so many tokens (default: the longest)
    #[arg(long)]
    tokens: Option<usize>,
    /// Count memory for so many threads (default: one a core)
    #[arg(long)]
    threads: Option<usize>,
}

pub(super) fn run(args: &Args, console: Console) -> Result<(), Error> {
    let program = model::load(&args.model)?;
    let tokens = args.tokens.unwrap_or(program.max_tokens);
    if !(1..=program.max_tokens).contains(&tokens) {
        return Err(Error::Usage(format!(
            "--tokens {tokens}: the program takes 1 to {}",
            program.max_tokens
        )));
    }
    console.emit(&Inspection::of(&program, tokens, args.threads)?)
}
