//! `noctule bench`.

use std::{
    fmt,
    path::PathBuf,
    time::{Duration, Instant},
};

use noctule_engine::Engine;
use noctule_program::{Program, generate, parts::Input};
use serde::Serialize;

use crate::{console::Console, error::Error, model};

/// Time a program on this machine: one input after another, and many at once
///
/// Random inputs of the given length. The kernel is the fastest that the machine has; the environment
/// variable NOCTULE_KERNEL forces another (scalar, avx2, avx512).
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The program
    model: PathBuf,
    /// Tokens of an input (default: the longest; channel words and images have one length only)
    #[arg(long)]
    tokens: Option<usize>,
    /// Threads (default: one a core)
    #[arg(long)]
    threads: Option<usize>,
    /// Inputs of a batch
    #[arg(long, default_value_t = 64)]
    batch: usize,
    /// Seconds to measure each of the two
    #[arg(long, default_value_t = 2.0)]
    seconds: f64,
}

/// What was measured.
#[derive(Debug, Serialize)]
pub(crate) struct Timing {
    kernel: String,
    threads: usize,
    tokens: usize,
    /// Milliseconds of one input on all threads: smallest, median, largest.
    latency_ms: [f64; 3],
    /// Inputs a second in batches.
    inputs_per_second: f64,
    batch: usize,
    /// Multiply-accumulates of one input.
    operations: u64,
}

impl fmt::Display for Timing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [low, median, high] = self.latency_ms;
        writeln!(f, "kernel {}, {} threads, {} tokens", self.kernel, self.threads, self.tokens)?;
        writeln!(f, "one input:  {median:.3} ms (smallest {low:.3}, largest {high:.3})")?;
        writeln!(f, "batches of {}: {:.1} inputs/s", self.batch, self.inputs_per_second)?;
        let gops = 2.0 * self.operations as f64 / (median * 1e6);
        write!(
            f,
            "{} multiply-accumulates an input: {gops:.1} GOPS (1 multiply-accumulate = 2 operations)",
            self.operations
        )
    }
}

pub(super) fn run(args: &Args, console: Console) -> Result<(), Error> {
    let program = model::load(&args.model)?;
    let sensible = args.seconds > 0.0 && args.seconds <= 3600.0;
    if !sensible || !(1..=65_536).contains(&args.batch) {
        return Err(Error::Usage("--seconds takes 0 to 3600, --batch 1 to 65536".into()));
    }
    let engine = model::engine(&program, args.threads)?;
    let tokens = args.tokens.unwrap_or(program.max_tokens);
    let inputs = inputs(&program, tokens, args.batch)?;
    let budget = Duration::from_secs_f64(args.seconds);
    console.emit(&Timing {
        kernel: engine.kernel_name().to_string(),
        threads: engine.threads(),
        tokens,
        latency_ms: latency(&engine, &inputs, budget)?,
        inputs_per_second: throughput(&engine, &inputs, budget),
        batch: args.batch,
        operations: program.operations(tokens).iter().map(|o| o.count).sum(),
    })
}

/// Random inputs of one length.
fn inputs(program: &Program, tokens: usize, count: usize) -> Result<Vec<Input>, Error> {
    if !(1..=program.max_tokens).contains(&tokens) {
        return Err(Error::Usage(format!(
            "--tokens {tokens}: the program takes 1 to {}",
            program.max_tokens
        )));
    }
    let sample = |seed| generate::input_of(program, tokens, seed);
    (0..count as u64)
        .map(|seed| {
            sample(seed).ok_or_else(|| {
                Error::Usage(format!(
                    "--tokens {tokens}: this program takes {} tokens only",
                    program.max_tokens
                ))
            })
        })
        .collect()
}

fn latency(engine: &Engine, inputs: &[Input], budget: Duration) -> Result<[f64; 3], Error> {
    let mut session = engine.session();
    let mut logits = Vec::new();
    let mut times = Vec::new();
    let start = Instant::now();
    for input in inputs.iter().cycle() {
        let begin = Instant::now();
        session.run(input, &mut logits).map_err(|e| Error::Input(e.to_string()))?;
        times.push(begin.elapsed().as_secs_f64() * 1e3);
        if start.elapsed() > budget {
            break;
        }
    }
    times.sort_by(f64::total_cmp);
    Ok([times[0], times[times.len() / 2], times[times.len() - 1]])
}

fn throughput(engine: &Engine, inputs: &[Input], budget: Duration) -> f64 {
    let start = Instant::now();
    let mut done = 0;
    while start.elapsed() < budget {
        done += engine.run_batch(inputs).len();
    }
    done as f64 / start.elapsed().as_secs_f64()
}
