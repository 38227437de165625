//! Is the engine equal to the interpreter?

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Mutex, PoisonError},
};

use noctule_program::{
    Program,
    codes::Changed,
    interpret::{self, InputError, Tap},
    parts::Input,
};

use crate::{
    engine::{Engine, Options, Session},
    error::EngineError,
    kernels::KernelName,
    run::Probe,
};

/// What was compared, and what came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verification {
    /// One entry a kernel that this machine has.
    pub kernels: Vec<KernelVerification>,
    /// Kernels that this machine lacks.
    pub not_run: Vec<KernelName>,
}

/// One kernel compared with the interpreter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KernelVerification {
    /// The kernel.
    pub kernel: KernelName,
    /// Inputs whose logits were compared: up to the first that differs, or all.
    pub inputs: usize,
    /// The first difference, if any.
    pub mismatch: Option<Mismatch>,
}

/// The first value, in the order of computation, in which engine and interpreter differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mismatch {
    /// Index of the input.
    pub input: usize,
    /// Where in the program.
    pub tap: Tap,
    /// Index of the value at the tap, row-major.
    pub index: usize,
    /// The interpreter's value; none where it has fewer values.
    pub interpreter: Option<i32>,
    /// The engine's value; none where it has fewer values.
    pub engine: Option<i32>,
}

/// Why nothing could be compared.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// There is no engine.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// An input does not suit the program.
    #[error("input {index}: {source}")]
    Input {
        /// Which.
        index: usize,
        /// Why.
        source: InputError,
    },
    /// The bytes that the program shares have changed meanwhile.
    #[error(transparent)]
    Changed(#[from] Changed),
}

impl Verification {
    /// Does every kernel that could be run agree with the interpreter?
    #[must_use]
    pub fn agrees(&self) -> bool {
        self.kernels.iter().all(|kernel| kernel.mismatch.is_none())
    }
}

/// Compares every kernel that this machine has with the interpreter, on so many threads.
///
/// # Errors
/// Where an input does not suit the program or the threads cannot be had.
pub fn verify(
    program: &Program,
    inputs: &[Input],
    threads: usize,
) -> Result<Verification, VerifyError> {
    let available = KernelName::available();
    let engine = |&kernel| Engine::new(program, Options { threads, kernel: Some(kernel) });
    let engines = available.iter().map(engine).collect::<Result<Vec<_>, _>>()?;
    let wanted = interpret_all(program, inputs, &engines[0])?;
    let compare = |engine| compare(program, engine, inputs, &wanted);
    let kernels = engines.iter().map(compare).collect();
    program.embed.source.check_shared()?;
    let not_run = KernelName::ALL.into_iter().filter(|name| !available.contains(name)).collect();
    Ok(Verification { kernels, not_run })
}

/// The interpreter's logits, on the engine's threads.
fn interpret_all(
    program: &Program,
    inputs: &[Input],
    engine: &Engine,
) -> Result<Vec<Vec<i32>>, VerifyError> {
    let interpret = |index, input: &Input| {
        interpret::run(program, input).map_err(|source| VerifyError::Input { index, source })
    };
    engine.map(inputs, interpret).into_iter().collect()
}

fn compare(
    program: &Program,
    engine: &Engine,
    inputs: &[Input],
    wanted: &[Vec<i32>],
) -> KernelVerification {
    let given = engine.run_batch(inputs);
    let differs = given.iter().zip(wanted).position(|(given, wanted)| given.as_ref() != Ok(wanted));
    KernelVerification {
        kernel: engine.kernel_name(),
        inputs: differs.map_or(inputs.len(), |index| index + 1),
        mismatch: differs.map(|index| {
            locate(program, &mut engine.session(), &inputs[index])
                .unwrap_or_else(|| logits_only(&wanted[index], given[index].as_deref().ok()))
                .of_input(index)
        }),
    }
}

/// The first difference between the engine's and the interpreter's values.
fn locate(program: &Program, session: &mut Session, input: &Input) -> Option<Mismatch> {
    let recorder = Recorder::default();
    session.probe(input, &mut Vec::new(), &recorder).ok()?;
    let seen = recorder.0.into_inner().unwrap_or_else(PoisonError::into_inner);
    let mut found = None;
    let mut tap = |tap, wanted: &[i32]| {
        let given = seen.get(&tap).map_or(&[][..], |values| values);
        found = found.or_else(|| difference(tap, wanted, given));
    };
    interpret::trace(program, input, &mut tap).ok()?;
    found
}

fn difference(tap: Tap, wanted: &[i32], given: &[i32]) -> Option<Mismatch> {
    let longest = wanted.len().max(given.len());
    let index = (0..longest).find(|&index| wanted.get(index) != given.get(index))?;
    let (interpreter, engine) = (wanted.get(index).copied(), given.get(index).copied());
    Some(Mismatch { input: 0, tap, index, interpreter, engine })
}

/// A difference that was there in a batch, but not when the input was looked at alone.
fn logits_only(wanted: &[i32], given: Option<&[i32]>) -> Mismatch {
    let tap = Tap { layer: None, site: interpret::Site::Logits };
    let missing = Mismatch { input: 0, tap, index: 0, interpreter: None, engine: None };
    difference(tap, wanted, given.unwrap_or_default()).unwrap_or(missing)
}

impl Mismatch {
    fn of_input(self, input: usize) -> Self {
        Self { input, ..self }
    }
}

/// Keeps all values.
#[derive(Debug, Default)]
struct Recorder(Mutex<BTreeMap<Tap, Vec<i32>>>);

impl Probe for Recorder {
    fn values<I: Iterator<Item = i32>>(
        &self,
        tap: Tap,
        first: usize,
        count: usize,
        values: impl FnOnce() -> I,
    ) {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let all = seen.entry(tap).or_default();
        all.resize(all.len().max(first + count), 0);
        for (to, value) in all[first..].iter_mut().zip(values()) {
            *to = value;
        }
    }
}

impl fmt::Display for Verification {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for kernel in &self.kernels {
            writeln!(f, "{kernel}")?;
        }
        for name in &self.not_run {
            writeln!(f, "NOT RUN: kernel {name} (this machine lacks {})", name.needs())?;
        }
        Ok(())
    }
}

impl fmt::Display for KernelVerification {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.mismatch {
            None => write!(f, "kernel {}: {} inputs, all equal", self.kernel, self.inputs),
            Some(mismatch) => write!(f, "kernel {}: {mismatch}", self.kernel),
        }
    }
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { input, tap, index, interpreter, engine } = self;
        let value = |value: &Option<i32>| value.map_or("nothing".to_owned(), |v| v.to_string());
        let layer = tap.layer.map_or(String::new(), |layer| format!(" of layer {layer}"));
        write!(
            f,
            "input {input} differs first at {:?}{layer}, index {index}: the interpreter has {}, the engine {}",
            tap.site,
            value(interpreter),
            value(engine)
        )
    }
}

#[cfg(test)]
mod tests {
    use noctule_program::{generate, interpret::Site, parts::Rule};

    use super::*;

    /// The first program with two layers or more whose last layer has thresholds.
    fn program() -> Program {
        let is_wanted = |program: &Program| {
            let last = program.layers.last();
            let threshold = |rule: &Rule| matches!(rule, Rule::Threshold(_));
            program.layers.len() > 1 && last.is_some_and(|l| threshold(&l.ffn.up.output.rule))
        };
        (0..).map(generate::program).find(is_wanted).expect("there is one")
    }

    #[test]
    fn a_broken_engine_is_found_where_it_is_broken() {
        let program = program();
        let mut broken = program.clone().into_parts();
        let last = broken.layers.len() - 1;
        let output = &mut broken.layers[last].ffn.up.output;
        output.rule =
            Rule::Threshold(vec![i32::MAX; program.layers[last].ffn.up.weights.high.rows()]);
        let broken = Program::new(broken).unwrap();
        let options = Options { threads: 1, kernel: None };
        let engine = Engine::new(&broken, options).unwrap();
        let inputs: Vec<_> = (0..20).map(|seed| generate::input(&program, seed)).collect();
        let wanted = interpret_all(&program, &inputs, &engine).unwrap();
        let found = compare(&program, &engine, &inputs, &wanted).mismatch.unwrap();
        assert_eq!(found.tap, Tap { layer: Some(last), site: Site::FfnHidden });
        assert_eq!((found.interpreter, found.engine), (Some(1), Some(0)));
        let engine = Engine::new(&program, options).unwrap();
        assert_eq!(compare(&program, &engine, &inputs, &wanted).mismatch, None);
    }

    #[test]
    fn every_tap_of_the_interpreter_is_seen() {
        let program = program();
        let engine = Engine::new(&program, Options { threads: 2, kernel: None }).unwrap();
        let input = generate::input(&program, 1);
        let recorder = Recorder::default();
        engine.session().probe(&input, &mut Vec::new(), &recorder).unwrap();
        let seen = recorder.0.into_inner().unwrap();
        let mut taps = 0;
        let mut tap = |tap, values: &[i32]| {
            assert_eq!(seen[&tap], values, "{tap:?}");
            taps += 1;
        };
        interpret::trace(&program, &input, &mut tap).unwrap();
        assert_eq!((taps, seen.len()), (3 + 14 * program.layers.len(), taps));
    }

    #[test]
    fn unsuitable_inputs_are_named() {
        let program = program();
        let inputs = [generate::input(&program, 1), Input::Text { ids: vec![], segments: vec![] }];
        let error = verify(&program, &inputs, 1).unwrap_err();
        assert!(error.to_string().starts_with("input 1: "), "{error}");
    }

    #[test]
    fn a_mismatch_reads_well() {
        let tap = Tap { layer: Some(3), site: Site::Query };
        let mismatch = difference(tap, &[1, 2], &[1, -2]).unwrap().of_input(4);
        let verification =
            KernelVerification { kernel: KernelName::Scalar, inputs: 5, mismatch: Some(mismatch) };
        assert_eq!(
            verification.to_string(),
            "kernel scalar: input 4 differs first at Query of layer 3, index 1: \
             the interpreter has 2, the engine -2"
        );
        assert_eq!(difference(tap, &[1], &[1, 5]).unwrap().interpreter, None);
    }
}
