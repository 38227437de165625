//! The folder of a run.
//!
//! ```text
//! run.json          what the run depends on: recipe and data, as hashes
//! recipe.toml       the recipe with overrides applied
//! metrics.jsonl     the record, curves.svg its picture
//! words/            vocabulary and token ids for the next start, while the run is not finished
//! checkpoints/      of the stage that runs
//! stages/N-NAME/    the models of finished stages
//! ```

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::checkpoint::Checkpoints;
use super::error::{Result, TrainError};
use super::files::{is_temporary, read_text, write_atomically};
use super::recipe::{Recipe, Stage};

const RUN: &str = "run.json";
const RECIPE: &str = "recipe.toml";
const WORDS: &str = "words";
const VERSION: u32 = 1;

/// What a run depends on, as hashes.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Identity {
    version: u32,
    stages: Vec<String>,
    recipe: String,
    inputs: BTreeMap<String, String>,
}

impl Identity {
    /// Of a recipe and the files it reads, each with its hash.
    pub(crate) fn new(recipe: &Recipe, inputs: BTreeMap<String, String>) -> Self {
        let stages = recipe.stages.iter().enumerate().map(|(at, stage)| stage_name(at, stage));
        Self { version: VERSION, stages: stages.collect(), recipe: recipe.fingerprint(), inputs }
    }

    /// The first difference to what an earlier start wrote down, in words.
    fn difference(&self, earlier: &Self) -> Option<String> {
        if self.recipe != earlier.recipe {
            return Some("the recipe (or an override)".to_owned());
        }
        let changed =
            self.inputs.iter().find(|(file, hash)| earlier.inputs.get(*file) != Some(hash));
        changed.map(|(file, _)| file.clone())
    }
}

/// A run's folder.
#[derive(Debug)]
pub(crate) struct RunFolder {
    path: PathBuf,
}

impl RunFolder {
    /// The folder at `path`, which may be still to make.
    pub(crate) fn at(path: &Path) -> Self {
        Self { path: path.to_path_buf() }
    }

    /// Refuses, before any data are read, a folder with a run that is not to be resumed, or with anything else,
    /// and one without a run to resume.
    pub(crate) fn check(path: &Path, recipe: &Recipe, resume: bool) -> Result<()> {
        let folder = path.to_path_buf();
        match (path.join(RUN).exists(), resume) {
            (false, true) => Err(TrainError::NothingToResume { folder }),
            (true, false) => Err(TrainError::RunExists { folder }),
            (false, false) => match foreign(path, recipe)? {
                Some(entry) => Err(TrainError::Foreign { folder, entry }),
                None => Ok(()),
            },
            (true, true) => Ok(()),
        }
    }

    /// Starts a run.
    pub(crate) fn create(&self, recipe: &Recipe, identity: &Identity) -> Result<()> {
        Self::check(&self.path, recipe, false)?;
        fs::create_dir_all(&self.path).map_err(TrainError::io("create", &self.path))?;
        write_atomically(&self.path.join(RECIPE), recipe.text.as_bytes())?;
        let run = self.path.join(RUN);
        let text = serde_json::to_string_pretty(identity)
            .map_err(|error| TrainError::damaged(&run, error.to_string()))?;
        // Last: a folder without this file holds no run.
        write_atomically(&run, text.as_bytes())
    }

    /// Refuses to take up a run of another recipe or of other data.
    pub(crate) fn compare(&self, identity: &Identity) -> Result<()> {
        let earlier = read_identity(&self.path)?;
        let difference = identity.difference(&earlier);
        difference
            .map_or(Ok(()), |what| Err(TrainError::Changed { folder: self.path.clone(), what }))
    }

    /// Where vocabulary and token ids are kept for the next start.
    pub(crate) fn words(&self) -> PathBuf {
        self.path.join(WORDS)
    }

    /// Removes them: the run is finished.
    pub(crate) fn forget_words(&self) -> Result<()> {
        let words = self.words();
        match words.exists() {
            true => fs::remove_dir_all(&words).map_err(TrainError::io("remove", &words)),
            false => Ok(()),
        }
    }

    /// The folder itself.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The record.
    pub(crate) fn metrics(&self) -> PathBuf {
        self.path.join("metrics.jsonl")
    }

    /// Its picture.
    pub(crate) fn plot(&self) -> PathBuf {
        self.path.join("curves.svg")
    }

    /// Where the model of a finished stage lies.
    pub(crate) fn stage(&self, at: usize, stage: &Stage) -> PathBuf {
        self.path.join("stages").join(stage_name(at, stage))
    }

    /// The checkpoints of a stage.
    pub(crate) fn checkpoints(&self, stage: usize) -> Result<Checkpoints> {
        Checkpoints::of_stage(self.path.join("checkpoints"), stage)
    }
}

/// The folder of a model: `path` itself, or the last stage of the run that `path` holds.
///
/// # Errors
/// The run is not finished, or its description cannot be read.
pub fn model_folder(path: &Path) -> Result<PathBuf> {
    if !path.join(RUN).exists() {
        return Ok(path.to_path_buf());
    }
    let identity = read_identity(path)?;
    let last = identity.stages.last().map(|name| path.join("stages").join(name));
    last.filter(|folder| folder.exists()).ok_or_else(|| {
        TrainError::damaged(path, "this run is not finished: continue it with --resume first")
    })
}

fn read_identity(path: &Path) -> Result<Identity> {
    let file = path.join(RUN);
    serde_json::from_str(&read_text(&file)?).map_err(|error| {
        TrainError::damaged(&file, format!("{error}; start a new run in another folder"))
    })
}

fn stage_name(at: usize, stage: &Stage) -> String {
    format!("{at}-{}", stage.name)
}

/// What a folder holds that a killed start of this recipe did not leave there.
fn foreign(path: &Path, recipe: &Recipe) -> Result<Option<String>> {
    if !path.exists() {
        return Ok(None);
    }
    for entry in fs::read_dir(path).map_err(TrainError::io("list", path))? {
        let entry = entry.map_err(TrainError::io("list", path))?.path();
        if !is_temporary(&entry) && !entry.ends_with(WORDS) && !is_recipe(&entry, recipe) {
            return Ok(entry.file_name().map(|name| name.display().to_string()));
        }
    }
    Ok(None)
}

/// Whether a file is the recipe as a start writes it; the user's own looks otherwise.
fn is_recipe(file: &Path, recipe: &Recipe) -> bool {
    file.ends_with(RECIPE) && fs::read(file).is_ok_and(|text| text == recipe.text.as_bytes())
}
