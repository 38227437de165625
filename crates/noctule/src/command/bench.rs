//! `noctule bench`.

use std::{path::PathBuf, time::Duration};

use noctule_engine::Work;
use noctule_program::Program;

use super::{resources::ResourceArgs, typed};
use crate::{
    bench::{
        network::Network,
        page::page,
        report::{Plan, Report},
        suite::{self, How, Suite},
        text::EachLayer,
    },
    console::Console,
    error::Error,
    file::{self, Overwrite},
    model,
};

/// Time a program on this machine: whole inferences, each operator against the machine's limits
///
/// Random inputs of the given length, one after another and many at once. A short calibration finds what
/// the machine can do at most; the table says of each operator how near it comes and which limit binds.
/// The kernel is the fastest that the machine has; the environment variable NOCTULE_KERNEL forces another.
#[derive(Debug, clap::Args)]
#[command(group = clap::ArgGroup::new("what").required(true))]
pub(super) struct Args {
    /// The program
    #[arg(group = "what")]
    model: Option<PathBuf>,
    /// Instead of a program, one of this shape with made-up weights: bert-base, minilm-l6
    #[arg(long, group = "what")]
    shape: Option<String>,
    /// Instead of a program, all that a file like bench/engine/suite.toml asks for
    #[arg(long, group = "what", value_name = "FILE")]
    #[arg(conflicts_with_all = ["tokens", "threads", "max_memory", "no_map", "batch", "layers", "page"])]
    suite: Option<PathBuf>,
    /// With --shape: bits of all activations, 1, 2, 4 or 8
    #[arg(long, default_value_t = 1, requires = "shape")]
    activations: u8,
    /// Tokens of an input (default: the longest; channel words and images have one length only)
    #[arg(long)]
    tokens: Option<usize>,
    #[command(flatten)]
    resources: ResourceArgs,
    /// Inputs of a batch
    #[arg(long, default_value_t = 64)]
    batch: usize,
    /// Seconds to measure each thing
    #[arg(long, default_value_t = 2.0)]
    seconds: f64,
    /// Show the operators of each layer too
    #[arg(long)]
    layers: bool,
    /// Run ONNX Runtime (float, dynamic int8) and OpenVINO on the same network, by turns with ours
    #[arg(long)]
    compare: bool,
    /// With --compare: the Python that has the packages onnxruntime, onnx, openvino, numpy, sympy
    #[arg(long, default_value = "python3", requires = "compare")]
    python: String,
    /// Write a page with the roofline to this file
    #[arg(long, value_name = "FILE")]
    page: Option<PathBuf>,
    /// Replace the page if it is there
    #[arg(long, requires = "page")]
    force: bool,
}

/// Tokens of an input for a shape, unless the user says otherwise.
const TOKENS: usize = 128;

pub(super) fn run(args: &Args, console: Console) -> Result<(), Error> {
    let sensible = args.seconds > 0.0 && args.seconds <= 3600.0;
    if !sensible || !(1..=65_536).contains(&args.batch) {
        return Err(Error::Usage("--seconds takes 0 to 3600, --batch 1 to 65536".into()));
    }
    match &args.suite {
        Some(path) => {
            let how = How { budget: args.budget(), python: args.peers(), command: typed() };
            console.emit(&suite::run(&Suite::read(path)?, &how, console)?)
        }
        None => one(args, console),
    }
}

/// Measures one program.
fn one(args: &Args, console: Console) -> Result<(), Error> {
    let overwrite = if args.force { Overwrite::Yes } else { Overwrite::No };
    if let Some(path) = &args.page {
        file::check_free(path, overwrite)?;
    }
    let (name, program) = args.program()?;
    let plan = Plan {
        name,
        tokens: args.tokens.unwrap_or(program.max_tokens),
        batch: args.batch,
        budget: args.budget(),
        python: args.peers(),
        command: typed(),
    };
    let engine = model::engine(&program, args.resources.into(), Work::Both)?;
    let report = Report::measure(&program, engine, &plan)?;
    if let Some(path) = &args.page {
        file::write(path, page(&report)?.as_bytes(), overwrite)?;
    }
    console.emit(&report)?;
    if args.layers && !console.json {
        console.line(format_args!("\n{}", EachLayer(&report.roofline)))?;
    }
    Ok(())
}

impl Args {
    fn budget(&self) -> Duration {
        Duration::from_secs_f64(self.seconds)
    }

    fn peers(&self) -> Option<String> {
        self.compare.then(|| self.python.clone())
    }

    /// The program and its name.
    fn program(&self) -> Result<(String, Program), Error> {
        if let Some(path) = &self.model {
            return Ok((path.display().to_string(), self.resources.load(path)?));
        }
        let network = Network::named(self.shape.as_deref().unwrap_or_default())?;
        let program = network.program(self.tokens.unwrap_or(TOKENS), self.activations)?;
        Ok((format!("{} W1A{}", network.name, self.activations), program))
    }
}
