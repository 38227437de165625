//! Jobs from programs: what the interpreter answers and what the simulator's clock says.

use std::{
    collections::BTreeMap,
    path::Path,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use noctule_accel::{
    config::{Config, Outside},
    cosim::{CosimError, Course, Job, Model, Outcome},
    isa::{BITS, Instruction, Unit},
    rtl::File,
    schedule::{Refused, Schedule},
    sim::{
        run::{Event, RunError, Timing, run, words},
        sequencer::Clock,
    },
};
use noctule_program::{Program, generate, interpret, parts::Input};

pub(crate) use crate::not_run::say;

/// A program's run on a configuration: the simulator has given the interpreter's answers.
pub(crate) struct Case {
    pub(crate) job: Job,
    pub(crate) schedule: Schedule,
    pub(crate) timing: Timing,
}

/// Runs a program on interpreter and simulator, which must agree. (Data have no clock of their own: times are held against the
/// image's instructions below, and against the RTL.)
pub(crate) fn case(program: &Program, config: &Config, input: &Input) -> Result<Case, Refused> {
    let ran = match run(program, config, input) {
        Ok(ran) => ran,
        Err(RunError::Refused(refused)) => return Err(refused),
        Err(RunError::Input(error)) => panic!("{error}"),
    };
    let want = interpret::run(program, input).unwrap();
    assert_eq!(ran.logits, want, "interpreter and simulator, {}", config.name());
    let tokens = program.embed.source.tokens(input, program.max_tokens).unwrap();
    let schedule = Schedule::new(program, config, tokens)?;
    let job = Job {
        image: schedule.image(program, config)?,
        program: schedule.program_beat() as u64,
        count: schedule.stream.len() as u64,
        input: words(input),
        output: want.iter().map(|&logit| logit as u32).collect(),
        cycles: Some(ran.timing.cycles),
        trace: courses(&ran.timing),
    };
    Ok(Case { job, schedule, timing: ran.timing })
}

impl Case {
    /// The clock fed with what the image holds, not with the schedule, shows the times of the run.
    pub(crate) fn instructions_say_the_same(&self, config: &Config) {
        let Job { image, program, count, input, .. } = &self.job;
        let mut words = input.clone();
        words.resize(config.sizes().i_depth.max(words.len()), 0);
        let mut clock = Clock::new(config, *program, *count as usize, self.schedule.passes());
        let stream = &image[*program as usize * config.sizes().beat / 8..];
        let (instructions, _) = stream.as_chunks::<{ BITS / 8 }>();
        for (bytes, event) in instructions.iter().zip(&self.timing.events) {
            let instruction = Instruction::from_bytes(bytes);
            let waits = Unit::ALL.map(|unit| instruction.wait(unit));
            let issued = clock.issue(&instruction.decode(), &waits, &words);
            assert_eq!(
                (issued.unit, issued.accept, issued.done),
                (event.unit, event.accept, event.done)
            );
        }
        let report = clock.finish();
        let timing = &self.timing;
        assert_eq!((report.cycles, report.bytes), (timing.cycles, timing.external_bytes));
    }
}

/// Every instruction's course as the simulator tells it.
pub(crate) fn courses(timing: &Timing) -> Vec<Course> {
    let course = |e: &Event| Course { unit: e.unit, accept: e.accept, done: e.done };
    timing.events.iter().map(course).collect()
}

/// The program of a seed; every fifth adds more to the residual stream than that can hold.
pub(crate) fn program(seed: u64) -> Program {
    let mut parts = generate::program(seed).into_parts();
    if seed.is_multiple_of(5) {
        for layer in &mut parts.layers {
            for rescale in [&mut layer.attention.output.rescale, &mut layer.ffn.down.rescale] {
                rescale.shift = rescale.shift.saturating_sub(7);
            }
        }
    }
    Program::new(parts).unwrap()
}

/// The verilated design of these files; none, said loudly, without Verilator.
///
/// # Panics
/// If Verilator is there but refuses the sources.
pub(crate) fn model(test: &str, files: &[File]) -> Option<Model> {
    // Tests of one design wait for each other: files are compiled under a name of the process.
    static DESIGNS: Mutex<BTreeMap<Vec<File>, Arc<Mutex<()>>>> = Mutex::new(BTreeMap::new());
    let design = lock(&DESIGNS).entry(files.to_vec()).or_default().clone();
    let _alone = lock(&design);
    match Model::build(files, &Path::new(env!("CARGO_TARGET_TMPDIR")).join("verilated")) {
        Ok(model) => Some(model),
        Err(error @ CosimError::NoVerilator(_)) => {
            say(&format!("NOT RUN: {test}: {error}"));
            None
        }
        Err(error) => panic!("{error}"),
    }
}

/// A test that failed while it built harms no other.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Runs jobs on a model in a file of their own.
pub(crate) fn outcomes(
    model: &Model,
    jobs: &[Job],
    outside: &Outside,
    stalls: Option<u64>,
) -> Vec<Outcome> {
    let file = tempfile::NamedTempFile::new().unwrap();
    model.run(jobs, outside, stalls, file.path()).unwrap_or_else(|error| panic!("{error}"))
}
