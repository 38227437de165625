//! A program on the simulated machine: answers, and where the cycles went.

use noctule_program::{Program, interpret::InputError, parts::Input};

use super::{embed, exp, head, input, load, machine::Machine, norm, qmm, sel, sequencer::Clock};
use crate::{
    config::Config,
    isa::{Op, Unit},
    schedule::{Refused, Schedule, Scheduled, Tag},
};

/// An instruction's way through its unit, in cycles from the start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Event {
    /// Its unit.
    pub unit: Unit,
    /// What it belongs to.
    pub tag: Tag,
    /// It came into its unit's queue.
    pub queued: u64,
    /// Its unit took it.
    pub accept: u64,
    /// Its unit could take the next.
    pub ready: u64,
    /// All that it writes can be read.
    pub done: u64,
    /// What held it last before `accept`: a unit whose results it waited for, or its own unit (busy); none: it came late into the queue.
    pub held_by: Option<Unit>,
}

/// Where the cycles of a run went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Timing {
    /// From the start to the end, as the hardware's counter shows.
    pub cycles: u64,
    /// Of these, before the first instruction could be dispatched: the instruction stream was loaded.
    pub boot: u64,
    /// Every instruction in program order.
    pub events: Vec<Event>,
    /// Cycles in which each unit was at work; of `qmm`: steps of the array.
    pub busy: [u64; Unit::ALL.len()],
    /// Bytes read from external memory.
    pub external_bytes: u64,
}

/// A run's answers and times.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// Logits, as the interpreter gives them.
    pub logits: Vec<i32>,
    /// Times.
    pub timing: Timing,
}

/// Why a program does not run on a configuration.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RunError {
    /// The input does not suit the program.
    #[error(transparent)]
    Input(#[from] InputError),
    /// The configuration cannot hold the program.
    #[error(transparent)]
    Refused(#[from] Refused),
}

/// Times of a schedule, without data. `words` are those of the input stream: where rows of a table lie decides how many
/// bursts they take; without them, or with too few, the missing ids are 0.
#[must_use]
pub fn time(schedule: &Schedule, config: &Config, words: &[u32]) -> Timing {
    let passes = schedule.passes();
    let words = known(words, config.sizes().i_depth);
    let mut clock =
        Clock::new(config, schedule.program_beat() as u64, schedule.stream.len(), passes);
    let event = |scheduled: &Scheduled| {
        let issued = clock.issue(&scheduled.op, &scheduled.waits.map(u64::from), &words);
        Event {
            unit: issued.unit,
            tag: scheduled.tag,
            queued: issued.pushed,
            accept: issued.accept,
            ready: issued.ready,
            done: issued.done,
            held_by: issued.waited,
        }
    };
    let events = schedule.stream.iter().map(event).collect();
    let report = clock.finish();
    let mut busy = report.busy;
    busy[Unit::Qmm as usize] = report.steps;
    Timing {
        cycles: report.cycles,
        boot: report.booted,
        events,
        busy,
        external_bytes: report.bytes,
    }
}

fn known(words: &[u32], depth: usize) -> Vec<u32> {
    let mut known = words.to_vec();
    known.resize(depth.max(words.len()), 0);
    known
}

/// Runs a program on an input: data and times. Data have no clock of their own: the times are those of [`time`] with the
/// input's words, and that they are right is what the agreement with the RTL shows.
///
/// # Errors
/// An input that does not suit the program, or a program that the configuration cannot hold.
pub fn run(program: &Program, config: &Config, input: &Input) -> Result<Run, RunError> {
    let tokens = program.embed.source.tokens(input, program.max_tokens)?;
    let schedule = Schedule::new(program, config, tokens)?;
    let image = schedule.image(program, config)?;
    let words = words(input);
    let timing = time(&schedule, config, &words);
    Ok(Run { logits: execute(&schedule, config, image, words), timing })
}

/// Logits of an image and input words.
fn execute(schedule: &Schedule, config: &Config, image: Vec<u8>, words: Vec<u32>) -> Vec<i32> {
    let mut machine = Machine::new(config.sizes(), image, words);
    for scheduled in &schedule.stream {
        match &scheduled.op {
            Op::Load(op) => load::execute(op, &mut machine),
            Op::Input(op) => input::execute(op, &mut machine),
            Op::Embed(op) => embed::execute(op, &mut machine),
            Op::Norm(op) => norm::execute(op, &mut machine),
            Op::Qmm(op) => qmm::execute(op, &mut machine),
            Op::Exp(op) => exp::execute(op, &mut machine),
            Op::Sel(op) => sel::execute(op, &mut machine),
            Op::Head(op) => head::execute(op, &mut machine),
        }
    }
    machine.output.iter().map(|&word| word as i32).collect()
}

/// The words of the input stream: ids with segments, magnitudes and syndrome bits, or pixels.
#[must_use]
pub fn words(input: &Input) -> Vec<u32> {
    match input {
        Input::Text { ids, segments } => {
            let segment = |n: usize| u32::from(segments.get(n).copied().unwrap_or(0));
            ids.iter().enumerate().map(|(n, id)| id | segment(n) << 24).collect()
        }
        Input::Channel { magnitudes, syndrome } => {
            let magnitudes = magnitudes.iter().map(|&m| u32::from(m));
            magnitudes.chain(syndrome.iter().map(|&bit| u32::from(bit))).collect()
        }
        Input::Patches { pixels } => pixels.iter().map(|&pixel| u32::from(pixel)).collect(),
    }
}
