//! The command line: what the user types, and the one function that does it.

mod bench;
mod columns;
mod completions;
mod eval;
mod inspect;
mod resources;
mod run;
mod verify;

#[cfg(feature = "accel")]
mod accelerator;
#[cfg(feature = "accel")]
mod rtl;
#[cfg(feature = "accel")]
mod simulate;
#[cfg(feature = "accel")]
mod synth;

#[cfg(feature = "train")]
mod compress;
#[cfg(feature = "train")]
mod export;
#[cfg(feature = "train")]
mod lower;
#[cfg(feature = "train")]
mod quickstart;
#[cfg(feature = "train")]
mod train;

use clap::{Parser, Subcommand};

use crate::{
    console::Console,
    error::{EXIT_CODES, Error},
};

/// One-bit Transformers for the edge: train, freeze to one integer program, verify, run.
///
/// The way of a model: a float teacher (`train`, or your own BERT-family folder) is distilled to one bit
/// (`train`, or `compress` for all steps at once), frozen (`lower`) into `model.bmt`, checked (`verify`),
/// looked into (`inspect`), measured (`eval`, `bench`) and asked (`run`). `simulate` runs it on the accelerator BAT cycle by
/// cycle, `rtl` writes the accelerator as SystemVerilog, `synth` says what it takes of a device. `quickstart` shows the
/// whole way on an error-correcting code, without data or network.
#[cfg_attr(
    not(all(feature = "accel", feature = "train")),
    doc = "\nThis build leaves commands out: a default one of the package `noctule` has them all."
)]
#[derive(Debug, Parser)]
#[command(name = "noctule", version, after_help = EXIT_CODES)]
pub struct Cli {
    /// Print one JSON document instead of text
    #[arg(long, global = true)]
    json: bool,
    /// No progress bars and notes on standard error
    #[arg(long, short, global = true)]
    quiet: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    #[cfg(feature = "train")]
    Quickstart(quickstart::Args),
    #[cfg(feature = "train")]
    Compress(compress::Args),
    #[cfg(feature = "train")]
    Train(train::Args),
    #[cfg(feature = "train")]
    Lower(lower::Args),
    #[cfg(feature = "train")]
    Export(export::Args),
    Run(run::Args),
    Eval(eval::Args),
    Verify(verify::Args),
    Bench(bench::Args),
    Inspect(inspect::Args),
    #[cfg(feature = "accel")]
    Simulate(simulate::Args),
    #[cfg(feature = "accel")]
    Rtl(rtl::Args),
    #[cfg(feature = "accel")]
    Synth(synth::Args),
    Completions(completions::Args),
}

/// Does what the command line says.
///
/// # Errors
/// The first thing that went wrong, in one line.
pub fn run(cli: Cli) -> Result<(), Error> {
    let console = Console { json: cli.json, quiet: cli.quiet };
    match cli.command {
        #[cfg(feature = "train")]
        Command::Quickstart(args) => quickstart::run(&args, console),
        #[cfg(feature = "train")]
        Command::Compress(args) => compress::run(&args, console),
        #[cfg(feature = "train")]
        Command::Train(args) => train::run(&args, console),
        #[cfg(feature = "train")]
        Command::Lower(args) => lower::run(&args, console),
        #[cfg(feature = "train")]
        Command::Export(args) => export::run(&args, console),
        Command::Run(args) => run::run(&args, console),
        Command::Eval(args) => eval::run(&args, console),
        Command::Verify(args) => verify::run(&args, console),
        Command::Bench(args) => bench::run(&args, console),
        Command::Inspect(args) => inspect::run(&args, console),
        #[cfg(feature = "accel")]
        Command::Simulate(args) => simulate::run(&args, console),
        #[cfg(feature = "accel")]
        Command::Rtl(args) => rtl::run(&args, console),
        #[cfg(feature = "accel")]
        Command::Synth(args) => synth::run(&args, console),
        Command::Completions(args) => completions::run(&args, console),
    }
}

/// The command line as it was typed, but for the folder of the program.
fn typed() -> String {
    let arguments = std::env::args_os().skip(1).map(|a| a.to_string_lossy().into_owned());
    std::iter::once("noctule".to_owned()).chain(arguments).collect::<Vec<_>>().join(" ")
}
