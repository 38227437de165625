//! Many networks and products in one run: `bench/engine/suite.toml`.

use std::{
    fmt,
    hint::black_box,
    path::Path,
    time::{Duration, Instant},
};

use noctule_engine::{Engine, KernelName, Options, Product};
use noctule_program::Program;
use serde::{Deserialize, Serialize};

use super::{
    cost::Costs,
    machine::{Ceiling, Ceilings, Machine},
    measure::{Runner, by_turns},
    network::Network,
    peers::{Job, Peers},
    report::{Comparison, ROUNDS, Turns},
    roofline::{Roofline, Row},
    times::Times,
};
use crate::{console::Console, error::Error, file};

const BUILT_IN: &str = include_str!("../../../../bench/engine/suite.toml");

/// What to measure.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Suite {
    /// Tokens of an input.
    pub tokens: Vec<usize>,
    /// Bits of all activations.
    pub activations: Vec<u8>,
    /// Threads of an inference.
    pub threads: Vec<usize>,
    /// Products `[tokens, outputs, inputs]`.
    pub products: Vec<[usize; 3]>,
    /// Networks.
    #[serde(rename = "network")]
    pub networks: Vec<Network>,
}

impl Suite {
    /// The one that this program carries.
    ///
    /// # Errors
    /// [`Error::Input`] if it is damaged.
    pub fn built_in() -> Result<Self, Error> {
        Self::parse(BUILT_IN, Path::new("bench/engine/suite.toml"))
    }

    /// One from a file.
    ///
    /// # Errors
    /// [`Error::Input`] names what is wrong with it.
    pub fn read(path: &Path) -> Result<Self, Error> {
        Self::parse(&file::lines(path)?.join("\n"), path)
    }

    fn parse(text: &str, path: &Path) -> Result<Self, Error> {
        toml::from_str(text).map_err(|e| {
            let line = e.span().map_or(0, |span| text[..span.start].lines().count());
            Error::input(path, format!("line {line}: {}", e.message()))
        })
    }
}

/// All that was measured.
#[derive(Debug, Serialize)]
pub struct Record {
    version: &'static str,
    command: String,
    machine: Machine,
    /// Limits of one thread with each kernel.
    limits: Vec<Ceiling>,
    products: Vec<ProductFigure>,
    networks: Vec<NetworkFigure>,
}

/// A product alone on one thread.
#[derive(Debug, Serialize)]
struct ProductFigure {
    kernel: String,
    /// Tokens, outputs, inputs.
    shape: [usize; 3],
    activations: u8,
    latency_ms: Times,
    /// Of the best run, 2 operations a multiply-accumulate.
    gops: f64,
    /// Bit operations of the best run against the kernel's limit, 0 to 1.
    share_of_limit: f64,
    /// How much longer it takes with weights in rows, arranged anew for each block of tokens.
    row_major_ratio: f64,
}

/// A network on one kernel.
#[derive(Debug, Serialize)]
struct NetworkFigure {
    network: String,
    activations: u8,
    tokens: usize,
    threads: usize,
    kernels: Vec<String>,
    latency_ms: Times,
    /// Of the median run, 2 operations a multiply-accumulate.
    gops: f64,
    outside_products: f64,
    operators: Vec<Row>,
    comparison: Option<Comparison>,
}

/// How to run a suite.
#[derive(Debug, Clone)]
pub struct How {
    /// How long each thing is measured.
    pub budget: Duration,
    /// Python of the peers, if they run too.
    pub python: Option<String>,
    /// The command line, for the record.
    pub command: String,
}

/// Measures everything in a suite.
///
/// # Errors
/// [`Error::Usage`] for shapes or threads out of reason, or where a peer is missing.
pub fn run(suite: &Suite, how: &How, console: Console) -> Result<Record, Error> {
    let machine = Machine::here();
    let limits = Ceilings::measure(&KernelName::available(), 1)?.one;
    let mut record = Record {
        version: env!("CARGO_PKG_VERSION"),
        command: how.command.clone(),
        machine,
        limits,
        products: Vec::new(),
        networks: Vec::new(),
    };
    for &shape in &suite.products {
        console.note(format_args!("product {shape:?}"));
        record.products.extend(products(shape, suite, how, &record.limits)?);
    }
    for network in &suite.networks {
        for &tokens in &suite.tokens {
            let programs = programs(network, tokens, &suite.activations)?;
            for &threads in &suite.threads {
                console.note(format_args!("{}, {tokens} tokens, {threads} threads", network.name));
                record.networks.extend(networks(network, &programs, tokens, threads, how)?);
            }
        }
    }
    Ok(record)
}

/// A product on every kernel at every precision.
fn products(
    shape: [usize; 3],
    suite: &Suite,
    how: &How,
    limits: &[Ceiling],
) -> Result<Vec<ProductFigure>, Error> {
    let kernels = KernelName::available().into_iter().zip(limits);
    let cases = kernels.flat_map(|k| suite.activations.iter().map(move |&bits| (k, bits)));
    cases.map(|((kernel, limits), bits)| product(kernel, shape, bits, how, limits)).collect()
}

fn product(
    kernel: KernelName,
    shape: [usize; 3],
    bits: u8,
    how: &How,
    limits: &Ceiling,
) -> Result<ProductFigure, Error> {
    if !shape.iter().all(|n| (1..=65536).contains(n)) {
        return Err(Error::Usage(format!("products: {shape:?}: each size is 1 to 65536")));
    }
    let usage = |e: noctule_engine::EngineError| Error::Usage(e.to_string());
    let mut product = Product::new(kernel, shape, bits).map_err(usage)?;
    let latency_ms = times_of(
        || {
            product.run(|_, _, sums| {
                black_box(sums);
            })
        },
        how,
    )?;
    let row_major = times_of(
        || {
            product.run_row_major(|_, _, sums| {
                black_box(sums);
            })
        },
        how,
    )?;
    let passes = usize::from(bits).div_ceil(limits.planes) as f64;
    let gops = product.operations() as f64 / (latency_ms.best * 1e6);
    let share_of_limit = gops * passes / limits.products(bits);
    let kernel = kernel.to_string();
    let row_major_ratio = row_major.best / latency_ms.best;
    let activations = bits;
    Ok(ProductFigure {
        kernel,
        shape,
        activations,
        latency_ms,
        gops,
        share_of_limit,
        row_major_ratio,
    })
}

/// At least ten runs, for a tenth of the time that a network gets.
fn times_of(mut run: impl FnMut(), how: &How) -> Result<Times, Error> {
    let mut once = || {
        let begin = Instant::now();
        run();
        begin.elapsed().as_secs_f64() * 1e3
    };
    let start = Instant::now();
    let mut times = vec![once()];
    while times.len() < 10 || start.elapsed() < how.budget / 10 {
        times.push(once());
    }
    Ok(by_turns(1, 1, |_| Ok(times.clone()))?.remove(0))
}

fn programs(
    network: &Network,
    tokens: usize,
    activations: &[u8],
) -> Result<Vec<(u8, Program)>, Error> {
    activations.iter().map(|&bits| Ok((bits, network.program(tokens, bits)?))).collect()
}

/// A network at every precision, and its peers, by turns.
fn networks(
    network: &Network,
    programs: &[(u8, Program)],
    tokens: usize,
    threads: usize,
    how: &How,
) -> Result<Vec<NetworkFigure>, Error> {
    let mut runners = Vec::new();
    for (_, program) in programs {
        let options = Options { threads, kernel: None };
        let engine = Engine::new(program, options).map_err(|e| Error::Usage(e.to_string()))?;
        runners.push(Runner::new(engine, program, tokens, 1)?);
    }
    let (times, comparisons) = turns(&mut runners, programs, tokens, threads, how)?;
    let mut figures = Vec::new();
    for (n, (runner, (bits, program))) in runners.iter_mut().zip(programs).enumerate() {
        let kernels = runner.engine().kernel_names();
        let limits = Ceilings::measure(&kernels, threads)?.all;
        let costs = Costs::new(program, tokens);
        let roofline = Roofline::new(&runner.operators(how.budget / 4)?, &costs, &limits)?;
        let count: u64 = program.operations(tokens).iter().map(|o| o.count).sum();
        figures.push(NetworkFigure {
            network: network.name.clone(),
            activations: *bits,
            tokens,
            threads,
            kernels: kernels.iter().map(KernelName::to_string).collect(),
            latency_ms: times[n],
            gops: 2.0 * count as f64 / (times[n].median * 1e6),
            outside_products: roofline.outside_products,
            operators: roofline.by_operator(),
            comparison: comparisons.get(n).cloned(),
        });
    }
    Ok(figures)
}

/// Times of ours, and what each is against the peers, if they run.
fn turns(
    runners: &mut [Runner],
    programs: &[(u8, Program)],
    tokens: usize,
    threads: usize,
    how: &How,
) -> Result<(Vec<Times>, Vec<Comparison>), Error> {
    let (Some(python), Some((_, program))) = (&how.python, programs.first()) else {
        let round = how.budget / ROUNDS as u32;
        let times = by_turns(ROUNDS, runners.len(), |n| runners[n].latencies(round))?;
        return Ok((times, Vec::new()));
    };
    let seconds = how.budget.as_secs_f64() / ROUNDS as f64;
    let peers = Peers::start(python, &Job::new(&program.shape(), tokens, threads, seconds)?)?;
    let turns = Turns::take(runners, peers, how.budget)?;
    let comparisons = turns.ours.iter().map(|&ours| turns.against(ours)).collect();
    Ok((turns.ours, comparisons))
}

impl fmt::Display for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}\n", self.machine)?;
        self.limits.iter().try_for_each(|ceiling| writeln!(f, "{ceiling}"))?;
        writeln!(
            f,
            "\n| product, 1 thread | kernel | best ms | GOPS | of the limit | weights in rows |"
        )?;
        writeln!(f, "|---|---|---|---|---|---|")?;
        self.products.iter().try_for_each(|figure| writeln!(f, "{figure}"))?;
        write!(f, "\n| network | T | threads | median ms | best ms | GOPS | outside products |")?;
        let peers = self.networks.first().and_then(|figure| figure.comparison.as_ref());
        let peers = peers.map_or(&[][..], |comparison| &comparison.peers);
        peers.iter().try_for_each(|peer| write!(f, " {}: ms, ratio |", peer.engine))?;
        write!(f, " other programs, cores |\n|---|---|---|---|---|---|---|---|")?;
        write!(f, "{}", "---|".repeat(peers.len()))?;
        self.networks.iter().try_for_each(|figure| write!(f, "\n{figure}"))
    }
}

impl fmt::Display for ProductFigure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [tokens, outputs, inputs] = self.shape;
        let (kernel, bits, best) = (&self.kernel, self.activations, self.latency_ms.best);
        let (gops, share) = (self.gops, 100.0 * self.share_of_limit);
        write!(f, "| {tokens}x{outputs}x{inputs} W1A{bits} | {kernel} | {best:.3} |")?;
        write!(f, " {gops:.0} | {share:.0} % | {:.2}x |", self.row_major_ratio)
    }
}

impl fmt::Display for NetworkFigure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (median, best) = (self.latency_ms.median, self.latency_ms.best);
        write!(f, "| {} W1A{} | {} |", self.network, self.activations, self.tokens)?;
        write!(f, " {} | {median:.2} | {best:.2} | {:.0} |", self.threads, self.gops)?;
        write!(f, " {:.0} % |", 100.0 * self.outside_products)?;
        let peers = self.comparison.iter().flat_map(|comparison| &comparison.peers);
        for peer in peers {
            write!(f, " {:.1}, {:.2}x |", peer.latency_ms.median, peer.ratio)?;
        }
        let others = self.comparison.as_ref().and_then(|comparison| comparison.other_programs);
        others.map_or(write!(f, " ? |"), |cores| write!(f, " {cores:.2} |"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_suite_can_be_read() {
        let suite = Suite::built_in().unwrap();
        assert!(suite.networks.len() >= 2 && suite.tokens.contains(&128));
    }

    #[test]
    fn a_suite_with_a_wrong_line_is_refused_with_its_number() {
        let wrong = BUILT_IN.replace("layers = 12", "layer = 12");
        let error = Suite::parse(&wrong, Path::new("x.toml")).unwrap_err().to_string();
        assert!(error.contains("x.toml: line") && error.contains("layer"), "{error}");
    }
}
