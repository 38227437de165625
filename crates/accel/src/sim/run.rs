//! A program on the simulated machine: answers, and where the cycles went.

use noctule_program::{Program, interpret::InputError, parts::Input};

use crate::{
    config::Config,
    isa::Unit,
    schedule::{Refused, Schedule, Tag},
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

/// Times of a schedule, without data.
#[must_use]
pub fn time(_schedule: &Schedule, _config: &Config) -> Timing {
    todo!("merged with the sequencer")
}

/// Runs a program on an input: data and times.
///
/// # Errors
/// An input that does not suit the program, or a program that the configuration cannot hold.
pub fn run(program: &Program, config: &Config, input: &Input) -> Result<Run, RunError> {
    let tokens = program.embed.source.tokens(input, program.max_tokens)?;
    let schedule = Schedule::new(program, config, tokens)?;
    let image = schedule.image(program, config)?;
    let logits = execute(&schedule, config, image, words(input));
    Ok(Run { logits, timing: time(&schedule, config) })
}

/// Logits of an image and input words.
fn execute(_schedule: &Schedule, _config: &Config, _image: Vec<u8>, _input: Vec<u32>) -> Vec<i32> {
    todo!("merged with the units")
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
