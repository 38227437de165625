//! From what the user wrote to what the program needs.

use serde::de::DeserializeOwned;
use toml::{Table, Value};

use super::typed;
use super::{Recipe, Size, Stage, Start, TaskSpec, TextSize, Vocabulary};
use super::{check_stage, check_task};
use crate::model::{Activation, WeightForm};
use crate::trainer::error::{Result, TrainError};

/// Makes errors that name the recipe's file.
pub(super) struct Checker<'a> {
    file: &'a str,
}

impl Checker<'_> {
    pub(super) fn fail<T>(
        &self,
        field: impl Into<String>,
        message: impl Into<String>,
    ) -> Result<T> {
        Err(TrainError::Recipe {
            file: self.file.to_owned(),
            field: field.into(),
            message: message.into(),
        })
    }

    pub(super) fn require(&self, holds: bool, field: &str, message: &str) -> Result<()> {
        if holds { Ok(()) } else { self.fail(field, message) }
    }

    /// Takes a table out of the recipe and reads it.
    fn take<T: DeserializeOwned>(&self, table: &mut Table, name: &str) -> Result<Option<T>> {
        let Some(value) = table.remove(name) else { return Ok(None) };
        self.read(value, name).map(Some)
    }

    fn read<T: DeserializeOwned>(&self, value: Value, name: &str) -> Result<T> {
        value.try_into().or_else(|error: toml::de::Error| {
            self.fail(name, super::single_line(&error.to_string()))
        })
    }

    fn needed<T>(&self, value: Option<T>, field: &str, remedy: &str) -> Result<T> {
        value.map_or_else(|| self.fail(field, format!("is missing; {remedy}")), Ok)
    }

    /// One of several words.
    pub(super) fn choose<T: Copy>(
        &self,
        field: &str,
        word: &str,
        choices: &[(&str, T)],
    ) -> Result<T> {
        let found = choices.iter().find(|(name, _)| *name == word);
        let names: Vec<&str> = choices.iter().map(|(name, _)| *name).collect();
        found.map_or_else(
            || {
                self.fail(
                    field,
                    format!("{word:?} is not known; write one of: {}", names.join(", ")),
                )
            },
            |(_, value)| Ok(*value),
        )
    }
}

/// Checks a whole recipe.
pub(super) fn recipe(file: &str, mut table: Table) -> Result<Recipe> {
    let checker = Checker { file };
    let text =
        toml::to_string(&table).or_else(|error| checker.fail("recipe", error.to_string()))?;
    let task = checker.take(&mut table, "task")?;
    let task = check_task::task(&checker, checker.needed(task, "task", "add the table [task]")?)?;
    let model = checker.take(&mut table, "model")?.unwrap_or_default();
    let start = start(&checker, model, &task)?;
    let train = checker.take(&mut table, "train")?;
    let train: typed::Train = checker.needed(train, "train", "add the table [train]")?;
    let distill = checker.take(&mut table, "distill")?;
    let written: Vec<typed::Stage> = stage_tables(&checker, &mut table)?;
    if let Some(unknown) = table.keys().next() {
        return checker.fail(
            unknown.as_str(),
            "is not known; the tables are task, model, train, distill and stage",
        );
    }
    let mut stages = Vec::new();
    for (at, written) in written.iter().enumerate() {
        let stage = check_stage::stage(&checker, &train, distill, written, &task)
            .map_err(|error| in_stage(error, at, &written.name))?;
        stages.push(stage);
    }
    check_order(&checker, &start, &stages, &task)?;
    Ok(Recipe { file: file.to_owned(), text, task, start, seed: train.seed, stages })
}

fn stage_tables(checker: &Checker<'_>, table: &mut Table) -> Result<Vec<typed::Stage>> {
    let list = match table.remove("stage") {
        Some(Value::Array(list)) if !list.is_empty() => list,
        _ => return checker.fail("stage", "is missing; add at least one table [[stage]]"),
    };
    list.into_iter()
        .enumerate()
        .map(|(at, value)| checker.read(value, &format!("stage.{at}")))
        .collect()
}

/// Puts the stage before the field of an error.
fn in_stage(error: TrainError, at: usize, name: &str) -> TrainError {
    match error {
        TrainError::Recipe { file, field, message } => {
            TrainError::Recipe { file, field: format!("stage.{at} ({name}): {field}"), message }
        }
        other => other,
    }
}

fn start(checker: &Checker<'_>, model: typed::Model, task: &TaskSpec) -> Result<Start> {
    if let Some(folder) = model.teacher.clone() {
        let typed::Model { layers, width, heads, ffn, vocabulary, .. } = model;
        let sized = layers.or(width).or(heads).or(ffn).or(vocabulary).is_some();
        let chosen = model.activation.is_some() || model.tokenizer.is_some();
        checker.require(
            !sized && !chosen,
            "model.teacher",
            "the sizes, activation and words are the teacher's: remove them",
        )?;
        return Ok(Start::Teacher { folder, max_tokens: model.max_tokens });
    }
    let remedy = "name the size, or model.teacher";
    let size = |value: Option<usize>, field| -> Result<usize> {
        let value = checker.needed(value, field, remedy)?;
        checker.require(value > 0, field, "must be at least 1")?;
        Ok(value)
    };
    let (width, heads) = (size(model.width, "model.width")?, size(model.heads, "model.heads")?);
    checker.require(width % heads == 0, "model.width", "must be a multiple of model.heads")?;
    let activation = model.activation.as_deref().unwrap_or("relu");
    let activations = [("relu", Activation::Relu), ("gelu", Activation::Gelu)];
    Ok(Start::Fresh(Size {
        layers: size(model.layers, "model.layers")?,
        width,
        heads,
        ffn: size(model.ffn, "model.ffn")?,
        activation: checker.choose("model.activation", activation, &activations)?,
        text: text_size(checker, &model, task)?,
    }))
}

fn text_size(
    checker: &Checker<'_>,
    model: &typed::Model,
    task: &TaskSpec,
) -> Result<Option<TextSize>> {
    let typed::Model { max_tokens, vocabulary, tokenizer, .. } = model;
    if matches!(task, TaskSpec::Ecc(_)) {
        let empty = max_tokens.is_none() && vocabulary.is_none() && tokenizer.is_none();
        checker.require(
            empty,
            "model",
            "max_tokens, vocabulary and tokenizer are for text: the code gives the tokens",
        )?;
        return Ok(None);
    }
    let max_tokens =
        checker.needed(*max_tokens, "model.max_tokens", "name the longest sequence")?;
    checker.require(max_tokens >= 4, "model.max_tokens", "must be at least 4")?;
    let vocabulary = match (vocabulary, tokenizer) {
        (Some(words), None) => Vocabulary::Trained(*words),
        (None, Some(folder)) => Vocabulary::Folder(folder.clone()),
        _ => {
            return checker.fail(
                "model.vocabulary",
                "name either its number of words or model.tokenizer, a folder",
            );
        }
    };
    Ok(Some(TextSize { max_tokens, vocabulary }))
}

/// What only all stages together show.
fn check_order(
    checker: &Checker<'_>,
    start: &Start,
    stages: &[Stage],
    task: &TaskSpec,
) -> Result<()> {
    for (at, stage) in stages.iter().enumerate() {
        let field = format!("stage.{at} ({}): weights", stage.name);
        let same = stages[..at].iter().any(|earlier| earlier.name == stage.name);
        checker.require(
            !same,
            &format!("stage.{at}: name"),
            "is there twice; give each stage its own",
        )?;
        let words = !stage.is_float() && matches!(task, TaskSpec::MaskedWords(_));
        checker.require(
            !words,
            &field,
            "masked words are learned by float networks only: write float and 32 bits",
        )?;
        let before = at.checked_sub(1).map(|before| &stages[before]);
        let unfit = before.is_some_and(|before| stage.is_float() && !before.is_float());
        checker.require(!unfit, &field, "a float network cannot follow a quantized one")?;
        let from_ternary =
            before.is_some_and(|before| before.precision.weights == WeightForm::Ternary);
        let splits = stage.precision.weights == WeightForm::Split
            && !before.is_some_and(|before| before.precision.weights == WeightForm::Split);
        let unknown = at == 0 && matches!(start, Start::Teacher { .. });
        checker.require(
            !splits || from_ternary || unknown,
            &field,
            "split weights come from a ternary stage: put one before",
        )?;
    }
    Ok(())
}
