//! The options of the accelerator's commands: which configuration, which input.

use std::path::{Path, PathBuf};

use noctule_accel::{
    config::Config,
    schedule::{Refused, Schedule},
    sim::run::RunError,
};
use noctule_program::{Program, generate, parts::Input};

use crate::{answer::Model, console::Console, error::Error, file, model::Resources};

/// The accelerator's sizes.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct ConfigArgs {
    /// Sizes of the accelerator: tiny, ecp5-85f, zynq7020, kv260, zcu102, or a file like crates/accel/src/presets/tiny.toml
    #[arg(long, value_name = "NAME|FILE.toml")]
    config: String,
}

impl ConfigArgs {
    /// The configuration, checked.
    pub(super) fn config(&self) -> Result<Config, Error> {
        let path = Path::new(&self.config);
        if path.extension().is_none_or(|end| end != "toml") {
            return Config::preset(&self.config).map_err(|e| Error::Usage(e.to_string()));
        }
        let text = String::from_utf8(file::read(path)?)
            .map_err(|e| Error::input(path, format!("not UTF-8 text ({e})")))?;
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        // Messages of the reader of TOML have several lines, an error has one.
        let line = |e: noctule_accel::config::ConfigError| {
            e.to_string().split_whitespace().collect::<Vec<_>>().join(" ")
        };
        Config::from_toml(&name, &text).map_err(|e| Error::input(path, line(e)))
    }
}

/// What the accelerator is given.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct InputArgs {
    /// A question as `run` takes it: a text (a tab parts a pair) or a received word; without any, a random input
    #[arg(long, value_name = "QUESTION", conflicts_with = "file")]
    input: Option<String>,
    /// Read the question from the first line of a file
    #[arg(long)]
    file: Option<PathBuf>,
    /// Seed of the random input (default: 1)
    #[arg(long, conflicts_with_all = ["input", "file"])]
    seed: Option<u64>,
}

impl InputArgs {
    /// The input, and how it came about.
    pub(super) fn input(
        &self,
        program: &Program,
        path: &Path,
        console: Console,
    ) -> Result<(Input, String), Error> {
        let Some(question) = self.question()? else {
            let seed = self.seed.unwrap_or(1);
            let from = format!("random input, seed {seed}");
            console.note(format_args!("No question given: {from}"));
            return Ok((generate::input(program, seed), from));
        };
        let model = Model::open(program, path, Resources { threads: Some(1), memory: None })?;
        let mut inputs = model.inputs(std::slice::from_ref(&question))?;
        let input = inputs.pop().ok_or_else(|| Error::Input("no question".into()))?;
        Ok((input, format!("{question:?}")))
    }

    /// Whether any was asked for.
    pub(super) fn given(&self) -> bool {
        self.input.is_some() || self.file.is_some() || self.seed.is_some()
    }

    fn question(&self) -> Result<Option<String>, Error> {
        let Some(path) = &self.file else { return Ok(self.input.clone()) };
        let first = file::lines(path)?.into_iter().next();
        first.map(Some).ok_or_else(|| Error::input(path, "no line in it; give one question"))
    }
}

/// The schedule of a program whose every number the configuration holds.
pub(super) fn held(program: &Program, config: &Config, tokens: usize) -> Result<Schedule, Error> {
    let refused = |error: Refused| Error::Input(error.to_string());
    let schedule = Schedule::new(program, config, tokens).map_err(refused)?;
    // Numbers are checked where they are written.
    schedule.image(program, config).map_err(refused)?;
    Ok(schedule)
}

/// Why there is no run, at the door.
pub(super) fn not_run(error: RunError) -> Error {
    Error::Input(error.to_string())
}
