//! `noctule simulate`.

use std::path::{Path, PathBuf};

use noctule_accel::{
    config::Config,
    sim::run::{self as simulator, Timing},
    vcd,
};
use noctule_program::{Program, interpret, parts::Input};

use super::{
    accelerator::{ConfigArgs, InputArgs, held, not_run},
    typed,
};
use crate::{
    accelerator::{
        gantt,
        report::{Answer, Report},
    },
    console::Console,
    error::Error,
    file::{self, Overwrite},
    model,
};

/// Run a program on the accelerator BAT, cycle by cycle
///
/// Prints the answer, whether it equals the interpreter's, cycles, time, what each unit did and what it waited for.
/// The cycles are those of the SystemVerilog that `rtl` writes, where external memory has the configuration's fixed
/// latency. Exit code 1 if the answers differ.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The program
    model: PathBuf,
    #[command(flatten)]
    config: ConfigArgs,
    #[command(flatten)]
    input: InputArgs,
    /// Times alone, without data: of the input, if --input, --file or --seed gives one. Without one every id of a text
    /// is taken to be 0: where the rows of a table lie decides, by a few cycles, how long they take to read
    #[arg(long)]
    timing_only: bool,
    /// With --timing-only and no input: its tokens (default: the longest)
    #[arg(long, requires = "timing_only", conflicts_with_all = ["input", "file", "seed"])]
    tokens: Option<usize>,
    /// Draw the schedule, units over time, on a page
    #[arg(long, value_name = "FILE.html")]
    page: Option<PathBuf>,
    /// Write what each unit did in each cycle as a wave file
    #[arg(long, value_name = "FILE.vcd")]
    vcd: Option<PathBuf>,
    /// Replace the page and the wave file if they are there
    #[arg(long)]
    force: bool,
}

pub(super) fn run(args: &Args, console: Console) -> Result<(), Error> {
    let overwrite = if args.force { Overwrite::Yes } else { Overwrite::No };
    check_free(args, overwrite)?;
    let program = model::load(&args.model)?;
    let config = args.config.config()?;
    let (report, timing) = if args.timing_only && !args.input.given() {
        times(&program, &config, args.tokens.unwrap_or(program.max_tokens), &[])?
    } else {
        let (input, from) = args.input.input(&program, &args.model, console)?;
        of_input(args.timing_only, &program, &config, &input, from)?
    };
    write(args, &config, &report, &timing, overwrite)?;
    console.emit(&report)?;
    match &report.answer {
        Some(answer) if !answer.equal => Err(differs(&args.model)),
        _ => Ok(()),
    }
}

/// Two names of one file, and files that may not be replaced, before long work.
fn check_free(args: &Args, overwrite: Overwrite) -> Result<(), Error> {
    let whole = |path: &PathBuf| std::path::absolute(path).map_err(|e| Error::system(path, e));
    if let (Some(page), Some(vcd)) = (&args.page, &args.vcd)
        && whole(page)? == whole(vcd)?
    {
        let page = page.display();
        return Err(Error::Usage(format!("--page and --vcd both name {page}: give two files")));
    }
    args.page.iter().chain(&args.vcd).try_for_each(|path| file::check_free(path, overwrite))
}

/// Times of an input whose words are `words`; missing ids are 0.
fn times(
    program: &Program,
    config: &Config,
    tokens: usize,
    words: &[u32],
) -> Result<(Report, Timing), Error> {
    let schedule = held(program, config, tokens)?;
    let timing = simulator::time(&schedule, config, words);
    Ok((Report::new(program, config, tokens, &timing), timing))
}

fn of_input(
    timing_only: bool,
    program: &Program,
    config: &Config,
    input: &Input,
    from: String,
) -> Result<(Report, Timing), Error> {
    let tokens = program.embed.source.tokens(input, program.max_tokens).map_err(bad)?;
    let (mut report, timing) = if timing_only {
        times(program, config, tokens, &simulator::words(input))?
    } else {
        whole(program, config, input, tokens)?
    };
    report.input = Some(from);
    Ok((report, timing))
}

fn whole(
    program: &Program,
    config: &Config,
    input: &Input,
    tokens: usize,
) -> Result<(Report, Timing), Error> {
    let made = simulator::run(program, config, input).map_err(not_run)?;
    let wanted = interpret::run(program, input).map_err(bad)?;
    let mut report = Report::new(program, config, tokens, &made.timing);
    report.answer = Some(Answer { equal: made.logits == wanted, logits: made.logits });
    Ok((report, made.timing))
}

fn bad(error: interpret::InputError) -> Error {
    Error::Input(error.to_string())
}

fn write(
    args: &Args,
    config: &Config,
    report: &Report,
    timing: &Timing,
    overwrite: Overwrite,
) -> Result<(), Error> {
    if let Some(path) = &args.page {
        let title =
            format!("{} on {}, {} tokens", args.model.display(), config.name(), report.tokens);
        file::write(path, gantt::page(&title, report, timing, &typed())?.as_bytes(), overwrite)?;
    }
    if let Some(path) = &args.vcd {
        let (mut waves, period_ps) = (Vec::new(), 1_000_000_000 / config.outside().clock_khz);
        vcd::write(timing, period_ps.max(1), &mut waves).map_err(|e| Error::system(path, e))?;
        file::write(path, &waves, overwrite)?;
    }
    Ok(())
}

fn differs(model: &Path) -> Error {
    Error::Disagreement(format!("{}: accelerator and interpreter differ", model.display()))
}
