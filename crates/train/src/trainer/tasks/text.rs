//! A class or a number for each text or pair of texts.

use std::collections::BTreeMap;

use rand::Rng;
use serde_json::Value;

use super::epochs::{self, Epochs};
use super::words::Words;
use super::{Answer, Example, Interface, Notes, Opening, Task};
use crate::data::{
    BatchPlan, BatchSize, DataError, Dataset, LabelSet, Labels, Overflow, Row, Table, Tokenizer,
};
use crate::model::{Head, Ragged, Rows, RowsInput, Targets};
use crate::trainer::error::{Result, TrainError};
use crate::trainer::progress::Evaluation;
use crate::trainer::recipe::{Metric, Recipe, Stage, TaskSpec, TextTask};
use crate::trainer::scores;
use crate::trainer::seeds::{Purpose, generator, number};
use crate::trainer::start::Base;

/// Examples in a batch of an evaluation.
const EVALUATED_AT_ONCE: usize = 64;

/// Labelled texts, tokenised.
pub(super) struct TextData {
    task: TextTask,
    labels: LabelSet,
    words: Words,
    train: Dataset,
    dev: Option<Dataset>,
    seed: u64,
    /// The stage that asks for batches, and its epochs.
    epochs: Option<(usize, Epochs)>,
}

impl TextData {
    pub(super) fn open(task: &TextTask, opening: Opening<'_>, note: Notes<'_>) -> Result<Self> {
        let Opening { recipe, base, data, .. } = opening;
        note("reading and tokenising the texts");
        let table = Table::read(&data.join(&task.train), &task.columns)?;
        let train_words =
            |words| Ok(Tokenizer::train_wordpiece(texts(&table), words, &mut |_| {})?);
        let words = Words::choose(opening, train_words)?;
        let labels = labels(recipe, base, &table)?;
        let train = encode(&table, &words, &labels, task, note)?;
        let dev = task.dev.as_ref().map(|dev| {
            let table = Table::read(&data.join(dev), &task.columns)?;
            encode(&table, &words, &labels, task, note)
        });
        Ok(Self {
            task: task.clone(),
            labels,
            words,
            train,
            dev: dev.transpose()?,
            seed: recipe.seed,
            epochs: None,
        })
    }

    fn plan(&self, size: BatchSize) -> Result<BatchPlan> {
        Ok(BatchPlan::new(self.train.lengths(), size)?)
    }

    fn epochs(&mut self, stage: &Stage, at: usize) -> Result<&mut Epochs> {
        let kept = self.epochs.take().filter(|(of, _)| *of == at);
        let current = match kept {
            Some(current) => current,
            None => {
                let seed = number(self.seed, Purpose::Batch, at, 0);
                (at, Epochs::new(self.plan(stage.batch)?, seed))
            }
        };
        Ok(&mut self.epochs.insert(current).1)
    }

    /// Shows some words as `[MASK]`, chosen by the number of the step.
    fn drop_words(&self, ids: &mut [u32], stage: &Stage, at: usize, step: u64) {
        if stage.word_dropout == 0.0 {
            return;
        }
        let special = self.words.tokenizer.special();
        let framed = [special.cls, special.sep, special.pad];
        let mut random = generator(self.seed, Purpose::WordDropout, at, step);
        for id in ids.iter_mut() {
            let drops = random.random_bool(stage.word_dropout);
            if drops && !framed.contains(id) {
                *id = special.mask;
            }
        }
    }

    fn judge(&self, logits: &[f32], labels: &Labels) -> Evaluation {
        match labels {
            Labels::Classes(expected) => self.judge_classes(logits, expected),
            Labels::Scores(expected) => judge_scores(logits, expected),
        }
    }

    fn judge_classes(&self, logits: &[f32], expected: &[u32]) -> Evaluation {
        let expected: Vec<usize> = expected.iter().map(|&class| class as usize).collect();
        let predicted: Vec<usize> =
            logits.chunks_exact(self.labels.outputs()).map(scores::argmax).collect();
        let accuracy = ("accuracy".to_owned(), scores::accuracy(&predicted, &expected));
        let matthews = ("matthews".to_owned(), scores::matthews(&predicted, &expected));
        let figures = if self.task.metric == Metric::Matthews {
            vec![matthews, accuracy]
        } else {
            vec![accuracy, matthews]
        };
        Evaluation { figures, smaller_is_better: false }
    }
}

impl Task for TextData {
    fn steps(&self, stage: &Stage) -> Result<u64> {
        let seed = number(self.seed, Purpose::Batch, 0, 0);
        Ok(epochs::steps(stage.length, self.plan(stage.batch)?.epoch(seed, 0).len()))
    }

    fn batch(&mut self, stage: &Stage, at: usize, step: u64) -> Result<Example> {
        let chosen = self.epochs(stage, at)?.batch(step).to_vec();
        let mut rows = rows(&self.train, &chosen)?;
        if let RowsInput::Text { ids, .. } = &mut rows.input {
            self.drop_words(ids, stage, at, step);
        }
        Ok((rows, targets(&self.train, &chosen)))
    }

    fn evaluate(&self, answer: Answer<'_>) -> Result<Option<Evaluation>> {
        let Some(dev) = &self.dev else { return Ok(None) };
        let plan = BatchPlan::new(dev.lengths(), BatchSize::Examples(EVALUATED_AT_ONCE))?;
        let outputs = self.labels.outputs();
        let mut logits = vec![0.0; dev.examples.len() * outputs];
        for chosen in plan.by_length() {
            let answers = answer(&rows(dev, &chosen)?)?;
            for (&at, answer) in chosen.iter().zip(answers.chunks_exact(outputs)) {
                logits[at * outputs..][..outputs].copy_from_slice(answer);
            }
        }
        Ok(dev.labels.as_ref().map(|labels| self.judge(&logits, labels)))
    }

    fn interface(&self) -> Interface {
        let kind = if self.task.regression { "regression" } else { "classification" };
        Interface {
            input: self.words.input(),
            head: Head::Pooled { classes: self.labels.outputs() },
            max_tokens: self.words.max_tokens,
            labels: names(&self.labels),
            extras: BTreeMap::from([("task".to_owned(), Value::from(kind))]),
            tokenizer: Some(self.words.tokenizer.clone()),
        }
    }
}

/// All texts, those of pairs one after the other.
fn texts(table: &Table) -> impl Iterator<Item = &str> {
    table.rows.iter().flat_map(|row| [Some(row.text.as_str()), row.pair.as_deref()]).flatten()
}

/// The classes: those of the model, in its order, where they are the table's or must be; else the table's.
fn labels(recipe: &Recipe, base: &Base, table: &Table) -> Result<LabelSet> {
    if matches!(&recipe.task, TaskSpec::Text(task) if task.regression) {
        return Ok(LabelSet::Score);
    }
    let Base::Model { model, folder } = base else { return Ok(LabelSet::of_table(table)?) };
    let known = &model.labels;
    let knows = |row: &Row| row.label.as_ref().is_some_and(|label| known.contains(label));
    // A student learns its teacher's answers; a float network may get a new head.
    let bound = recipe.stages.first().is_some_and(|stage| !stage.is_float());
    if !known.is_empty() && (bound || table.rows.iter().all(knows)) {
        return Ok(LabelSet::of_names(folder, known.clone())?);
    }
    Ok(LabelSet::of_table(table)?)
}

/// The classes' names; none for a number.
fn names(labels: &LabelSet) -> Vec<String> {
    match labels {
        LabelSet::Classes(names) => names.clone(),
        LabelSet::Score => Vec::new(),
    }
}

fn encode(
    table: &Table,
    words: &Words,
    labels: &LabelSet,
    task: &TextTask,
    note: Notes<'_>,
) -> Result<Dataset> {
    let overflow = if task.truncate { Overflow::Truncate } else { Overflow::Refuse };
    let dataset =
        Dataset::encode(table, &words.tokenizer, Some(labels), words.max_tokens, overflow);
    let dataset = dataset.map_err(|error| match error {
        DataError::RowTooLong { path, line, found, limit } => TrainError::data(
            path.display().to_string(),
            format!(
                "line {line}: gives {found} tokens, the model takes {limit}; set task.truncate = true (compress: --truncate)"
            ),
        ),
        other => other.into(),
    })?;
    let (cut, all) = (dataset.truncated(), dataset.examples.len());
    if cut > 0 {
        let (file, tokens) = (table.path.display(), words.max_tokens);
        note(&format!("{file}: {cut} of {all} texts were cut to {tokens} tokens"));
    }
    Ok(dataset)
}

/// The examples at `chosen`, packed for the network.
///
/// # Errors
/// There is no example.
pub fn rows(dataset: &Dataset, chosen: &[usize]) -> Result<Rows> {
    let examples = || chosen.iter().map(|&at| &dataset.examples[at]);
    let lengths: Vec<usize> = examples().map(|example| example.ids.len()).collect();
    let ids = examples().flat_map(|example| example.ids.iter().copied()).collect();
    let segments = examples()
        .flat_map(|example| example.segments.iter().map(|&segment| u32::from(segment)))
        .collect();
    let ragged = Ragged::from_lengths(&lengths)
        .map_err(|error| TrainError::data("batch", error.to_string()))?;
    Ok(Rows { ragged, input: RowsInput::Text { ids, segments }, positions: Vec::new() })
}

fn targets(dataset: &Dataset, chosen: &[usize]) -> Targets {
    match dataset.labels.as_ref().map(|labels| labels.select(chosen)) {
        Some(Labels::Scores(scores)) => Targets::Scores(scores),
        Some(Labels::Classes(classes)) => Targets::Classes(classes),
        None => Targets::Classes(Vec::new()),
    }
}

fn judge_scores(logits: &[f32], expected: &[f32]) -> Evaluation {
    let wide = |values: &[f32]| values.iter().map(|&value| f64::from(value)).collect::<Vec<_>>();
    let (found, expected) = (wide(logits), wide(expected));
    let figures = vec![
        ("pearson".to_owned(), scores::pearson(&found, &expected)),
        ("spearman".to_owned(), scores::spearman(&found, &expected)),
    ];
    Evaluation { figures, smaller_is_better: false }
}
