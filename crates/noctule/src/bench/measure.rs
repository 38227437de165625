//! Running an engine against the clock.

use std::time::{Duration, Instant};

use noctule_engine::{Clock, Engine, KernelName, Operator, Session};
use noctule_program::{Program, generate, parts::Input};

use super::times::Times;
use crate::error::Error;

/// One engine with inputs of one length.
#[derive(Debug)]
pub struct Runner {
    engine: Engine,
    session: Session,
    inputs: Vec<Input>,
    next: usize,
    logits: Vec<i32>,
}

impl Runner {
    /// With so many random inputs of so many tokens.
    ///
    /// # Errors
    /// [`Error::Usage`] where the program does not take inputs of that length.
    pub fn new(
        engine: Engine,
        program: &Program,
        tokens: usize,
        count: usize,
    ) -> Result<Self, Error> {
        let inputs = inputs(program, tokens, count)?;
        Ok(Self { session: engine.session(), engine, inputs, next: 0, logits: Vec::new() })
    }

    /// The engine.
    #[must_use]
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// Milliseconds of each inference on all threads, for so long and at least three.
    ///
    /// # Errors
    /// [`Error::Input`] as the engine's.
    pub fn latencies(&mut self, budget: Duration) -> Result<Vec<f64>, Error> {
        let (start, mut times) = (Instant::now(), Vec::new());
        while times.len() < 3 || start.elapsed() < budget {
            let input = &self.inputs[self.next % self.inputs.len()];
            self.next += 1;
            let begin = Instant::now();
            let run = self.session.run(input, &mut self.logits);
            times.push(begin.elapsed().as_secs_f64() * 1e3);
            run.map_err(|e| Error::Input(e.to_string()))?;
        }
        Ok(times)
    }

    /// Inputs a second, each on one thread, as many at a time as there are threads.
    #[must_use]
    pub fn throughput(&self, budget: Duration) -> f64 {
        let (start, mut done) = (Instant::now(), 0);
        while start.elapsed() < budget {
            done += self.engine.run_batch(&self.inputs).len();
        }
        done as f64 / start.elapsed().as_secs_f64()
    }

    /// Times of the operators, for so long.
    ///
    /// # Errors
    /// [`Error::Input`] as the engine's.
    pub fn operators(&mut self, budget: Duration) -> Result<OperatorTimes, Error> {
        let mut clock = self.engine.clock();
        let (start, mut runs) = (Instant::now(), Vec::new());
        while runs.len() < 3 || start.elapsed() < budget {
            clock.reset();
            let begin = Instant::now();
            self.session
                .run_timed(&self.inputs[0], &mut self.logits, &clock)
                .map_err(|e| Error::Input(e.to_string()))?;
            runs.push(Run::new(begin.elapsed(), &clock));
        }
        Ok(OperatorTimes::of(runs, &self.engine))
    }
}

/// One inference against the clock.
#[derive(Debug)]
struct Run {
    whole_ms: f64,
    /// Milliseconds of each operator, as the clock orders them.
    operators: Vec<f64>,
}

impl Run {
    fn new(whole: Duration, clock: &Clock) -> Self {
        let milliseconds = |spent: Duration| spent.as_secs_f64() * 1e3;
        let operators = clock.times().map(|(_, _, spent)| milliseconds(spent)).collect();
        Self { whole_ms: milliseconds(whole), operators }
    }
}

/// Where an inference's time goes: means over the quietest eighth of the runs.
#[derive(Debug, Clone, PartialEq)]
pub struct OperatorTimes {
    /// Milliseconds of an inference.
    pub whole_ms: f64,
    /// Its parts, in order of computation.
    pub operators: Vec<OperatorTime>,
}

/// One operator's part.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct OperatorTime {
    /// The layer; none: outside.
    pub layer: Option<usize>,
    /// What it is.
    pub operator: Operator,
    /// What computes it.
    pub kernel: KernelName,
    /// Milliseconds of all threads divided by their number.
    pub ms: f64,
}

impl OperatorTimes {
    fn of(mut runs: Vec<Run>, engine: &Engine) -> Self {
        runs.sort_by(|a, b| a.whole_ms.total_cmp(&b.whole_ms));
        runs.truncate(runs.len().div_ceil(8));
        let count = runs.len() as f64;
        let clock = engine.clock();
        let part = |(n, (layer, operator, _))| {
            let sum: f64 = runs.iter().map(|run| run.operators[n]).sum();
            let kernel = engine.kernel_of(layer, operator);
            OperatorTime { layer, operator, kernel, ms: sum / count / engine.threads() as f64 }
        };
        let operators = clock.times().enumerate().map(part).filter(|part| part.ms > 0.0).collect();
        let whole_ms = runs.iter().map(|run| run.whole_ms).sum::<f64>() / count;
        Self { whole_ms, operators }
    }
}

/// Random inputs of one length.
fn inputs(program: &Program, tokens: usize, count: usize) -> Result<Vec<Input>, Error> {
    let most = program.max_tokens;
    if !(1..=most).contains(&tokens) {
        return Err(Error::Usage(format!("--tokens {tokens}: the program takes 1 to {most}")));
    }
    let only = || Error::Usage(format!("--tokens {tokens}: this program takes {most} tokens only"));
    (0..count as u64)
        .map(|seed| generate::input_of(program, tokens, seed).ok_or_else(only))
        .collect()
}

/// Two sets of times by turns: ours, then each of the others', so often that all see the same noise.
///
/// # Errors
/// What the runs give.
pub fn by_turns(
    rounds: usize,
    contestants: usize,
    mut round: impl FnMut(usize) -> Result<Vec<f64>, Error>,
) -> Result<Vec<Times>, Error> {
    let mut all = vec![Vec::new(); contestants];
    for _ in 0..rounds {
        for (contestant, times) in all.iter_mut().enumerate() {
            times.extend(round(contestant)?);
        }
    }
    let nothing = || Error::Input("nothing was timed: give at least one round".into());
    all.into_iter().map(|times| Times::of(times).ok_or_else(nothing)).collect()
}

#[cfg(test)]
mod tests {
    use noctule_engine::Options;

    use super::*;

    #[test]
    fn contestants_take_turns() {
        let mut order = Vec::new();
        let times = by_turns(2, 3, |contestant| {
            order.push(contestant);
            Ok(vec![contestant as f64, 9.0])
        });
        assert_eq!(order, [0, 1, 2, 0, 1, 2]);
        let times = times.unwrap();
        assert_eq!(times.iter().map(|t| t.best).collect::<Vec<_>>(), [0.0, 1.0, 2.0]);
        assert!(times.iter().all(|t| t.runs == 4));
        assert!(by_turns(0, 1, |_| Ok(Vec::new())).is_err());
    }

    #[test]
    fn operators_are_those_of_the_program() {
        let program = generate::program(3);
        let engine = Engine::new(&program, Options { threads: 1, kernel: None }).unwrap();
        let mut runner = Runner::new(engine, &program, program.max_tokens, 2).unwrap();
        let times = runner.operators(Duration::from_millis(5)).unwrap();
        let layers = times.operators.iter().filter_map(|part| part.layer).max().unwrap() + 1;
        assert_eq!(layers, program.layers.len());
        let sum: f64 = times.operators.iter().map(|part| part.ms).sum();
        assert!(sum > 0.0 && sum <= times.whole_ms, "{sum} of {}", times.whole_ms);
        assert!(runner.latencies(Duration::ZERO).unwrap().len() == 3);
    }
}
