//! Teaches a network by a recipe.
//!
//! A [`Recipe`] is read and checked; [`train`] takes it through its stages, each stage's network
//! being the teacher of the next. The run lives in one folder: a run that was killed, at any moment,
//! is taken up again there and ends, on the CPU, with the same parameters bit for bit.

mod checkpoint;
mod error;
mod files;
mod fingerprint;
mod folder;
mod learner;
pub mod metrics;
mod network;
pub mod plot;
mod progress;
pub mod recipe;
mod run;
mod schedule;
pub mod scores;
mod seeds;
mod stage_loop;
mod start;
pub mod tasks;

pub use error::{Result, TrainError};
pub use folder::model_folder;
pub use progress::{Evaluation, Event, Flow, LossParts, Pace};
pub use recipe::Recipe;
pub use run::{Outcome, Places, StageOutcome, train};
pub use schedule::{Decay, Schedule};
pub use stage_loop::Callback;
