//! What `noctule bench` finds out about one program.

use std::time::Duration;

use noctule_engine::{Engine, KernelName};
use noctule_program::Program;
use serde::Serialize;

use super::{
    cost::Costs,
    machine::{Ceilings, Machine},
    measure::{Runner, by_turns},
    peers::{Job, PEERS, Peers, Versions},
    quiet::Watch,
    roofline::Roofline,
    times::Times,
};
use crate::error::Error;

/// Rounds in which a program and its peers take turns.
pub const ROUNDS: usize = 5;

/// What to measure.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Name of the program.
    pub name: String,
    /// Tokens of an input.
    pub tokens: usize,
    /// Inputs of a batch.
    pub batch: usize,
    /// How long each thing is measured.
    pub budget: Duration,
    /// Python of the peers, if they run too.
    pub python: Option<String>,
    /// The command line, for the record.
    pub command: String,
}

/// What was measured.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// Version of this program.
    pub version: &'static str,
    /// How it was started.
    pub command: String,
    /// Where.
    pub machine: Machine,
    /// Name of the program measured.
    pub program: String,
    /// Kernels in use, in the order in which the program comes to them.
    pub kernels: Vec<String>,
    /// Threads in use.
    pub threads: usize,
    /// Tokens of an input.
    pub tokens: usize,
    /// Milliseconds of one input on all threads.
    pub latency_ms: Times,
    /// Inputs a second in batches, each input on one thread.
    pub inputs_per_second: f64,
    /// Inputs of a batch.
    pub batch: usize,
    /// Multiply-accumulates of one input, whatever their precision.
    pub multiply_accumulates: u64,
    /// What the machine can do at most.
    pub limits: Ceilings,
    /// Where the time goes.
    pub roofline: Roofline,
    /// The others.
    pub comparison: Option<Comparison>,
}

/// Other engines on the same network, in the same run.
#[derive(Debug, Clone, Serialize)]
pub struct Comparison {
    /// What runs them.
    #[serde(flatten)]
    pub versions: Versions,
    /// Processors that other programs kept busy meanwhile, on average; none where the system does not
    /// tell. Ratios say little unless every thread had a core to itself.
    pub other_programs: Option<f64>,
    /// Each of them.
    pub peers: Vec<Peer>,
}

/// One other engine.
#[derive(Debug, Clone, Serialize)]
pub struct Peer {
    /// Short name.
    pub name: &'static str,
    /// What it is.
    pub engine: &'static str,
    /// In what form it runs the network.
    pub form: String,
    /// Milliseconds of one input.
    pub latency_ms: Times,
    /// Its median divided by ours: above 1 we are faster.
    pub ratio: f64,
    /// Its best divided by ours.
    pub ratio_of_best: f64,
}

impl Peer {
    fn new(name: &'static str, engine: &'static str, form: &str, its: Times, ours: Times) -> Self {
        let (ratio, ratio_of_best) = (its.median / ours.median, its.best / ours.best);
        Self { name, engine, form: form.to_owned(), latency_ms: its, ratio, ratio_of_best }
    }
}

impl Report {
    /// Measures a program on an engine made of it.
    ///
    /// # Errors
    /// [`Error::Usage`] for what cannot be measured so, or where a peer is missing.
    pub fn measure(program: &Program, engine: Engine, plan: &Plan) -> Result<Self, Error> {
        let (kernels, threads) = (engine.kernel_names(), engine.threads());
        let mut runner = Runner::new(engine, program, plan.tokens, plan.batch)?;
        let machine = Machine::here();
        let peers = plan.python.as_deref().map(|python| start(program, plan, threads, python));
        let peers = peers.transpose()?;
        let limits = Ceilings::measure(&kernels, threads)?;
        let (latency_ms, comparison) = match peers {
            Some(peers) => {
                let turns = Turns::take(std::slice::from_mut(&mut runner), peers, plan.budget)?;
                (turns.ours[0], Some(turns.against(turns.ours[0])))
            }
            None => (alone(&mut runner, plan.budget)?, None),
        };
        let costs = Costs::new(program, plan.tokens);
        let roofline = Roofline::new(&runner.operators(plan.budget / 2)?, &costs, &limits.all)?;
        Ok(Self {
            version: env!("CARGO_PKG_VERSION"),
            command: plan.command.clone(),
            machine,
            program: plan.name.clone(),
            kernels: kernels.iter().map(KernelName::to_string).collect(),
            threads,
            tokens: plan.tokens,
            latency_ms,
            inputs_per_second: runner.throughput(plan.budget),
            batch: plan.batch,
            multiply_accumulates: program.operations(plan.tokens).iter().map(|o| o.count).sum(),
            limits,
            roofline,
            comparison,
        })
    }

    /// 10^9 operations a second of the median inference, 2 a multiply-accumulate.
    #[must_use]
    pub fn gops(&self) -> f64 {
        2.0 * self.multiply_accumulates as f64 / (self.latency_ms.median * 1e6)
    }
}

fn start(program: &Program, plan: &Plan, threads: usize, python: &str) -> Result<Peers, Error> {
    let seconds = plan.budget.as_secs_f64() / ROUNDS as f64;
    Peers::start(python, &Job::new(&program.shape(), plan.tokens, threads, seconds)?)
}

fn alone(runner: &mut Runner, budget: Duration) -> Result<Times, Error> {
    Ok(by_turns(1, 1, |_| runner.latencies(budget))?.remove(0))
}

/// Times of our own and of the peers, all by turns.
#[derive(Debug)]
pub struct Turns {
    /// Ours, in the order given.
    pub ours: Vec<Times>,
    theirs: Vec<Times>,
    peers: Peers,
    others: Option<f64>,
}

impl Turns {
    /// Lets all run.
    ///
    /// # Errors
    /// [`Error::Usage`] if a peer fails.
    pub fn take(runners: &mut [Runner], mut peers: Peers, budget: Duration) -> Result<Self, Error> {
        let (round, count) = (budget / ROUNDS as u32, runners.len());
        let watch = Watch::start(&[peers.process()]);
        let mut ours = by_turns(ROUNDS, count + PEERS.len(), |contestant| {
            match runners.get_mut(contestant) {
                Some(runner) => runner.latencies(round),
                None => peers.round(PEERS[contestant - count].0),
            }
        })?;
        let theirs = ours.split_off(count);
        let others = watch.and_then(|watch| watch.others());
        Ok(Self { ours, theirs, peers, others })
    }

    /// The peers against one of ours.
    #[must_use]
    pub fn against(&self, ours: Times) -> Comparison {
        let peer = |(&(name, engine), its): (&(_, _), &Times)| {
            Peer::new(name, engine, self.peers.form(name), *its, ours)
        };
        let peers = PEERS.iter().zip(&self.theirs).map(peer).collect();
        let (versions, others) = (self.peers.versions().clone(), self.others);
        Comparison { versions, other_programs: others, peers }
    }
}
