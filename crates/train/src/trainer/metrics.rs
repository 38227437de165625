//! The record of a run: one JSON object a line, in the file `metrics.jsonl` of the run's folder.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::error::{Result, TrainError};
use super::files::{read_text, write_atomically};
use super::progress::{Evaluation, LossParts};

/// One line of the record.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Record {
    /// The loss of one step.
    Train {
        /// Number of the stage, from 0.
        stage: usize,
        /// Steps done.
        step: u64,
        /// The weighted sum of the parts.
        loss: f64,
        /// See [`LossParts::logits`].
        logits: f64,
        /// See [`LossParts::hidden`].
        hidden: f64,
        /// See [`LossParts::scores`].
        scores: f64,
        /// The learning rate of the step.
        learning_rate: f64,
        /// Speed: the one field that differs from run to run.
        tokens_per_second: f64,
    },
    /// The figures of one evaluation.
    Evaluation {
        /// Number of the stage, from 0.
        stage: usize,
        /// Steps done.
        step: u64,
        /// The figures by name, in order.
        figures: Vec<(String, f64)>,
    },
}

impl Record {
    /// The record of a step.
    pub(crate) fn train(
        stage: usize,
        step: u64,
        loss: LossParts,
        learning_rate: f64,
        speed: f64,
    ) -> Self {
        let LossParts { total, logits, hidden, scores } = loss;
        Self::Train {
            stage,
            step,
            loss: total,
            logits,
            hidden,
            scores,
            learning_rate,
            tokens_per_second: speed.round(),
        }
    }

    /// The record of an evaluation.
    pub(crate) fn evaluation(stage: usize, step: u64, evaluation: &Evaluation) -> Self {
        Self::Evaluation { stage, step, figures: evaluation.figures.clone() }
    }

    /// Stage and steps done, the order of the file.
    #[must_use]
    pub fn position(&self) -> (usize, u64) {
        match *self {
            Self::Train { stage, step, .. } | Self::Evaluation { stage, step, .. } => (stage, step),
        }
    }
}

/// The open record of a running stage.
#[derive(Debug)]
pub(crate) struct MetricsFile {
    path: PathBuf,
    file: File,
}

impl MetricsFile {
    /// Opens the record and drops every line after `position` (stage, steps done): the resumed run
    /// writes those again. A last line cut short by a kill goes too.
    pub(crate) fn open(path: &Path, position: (usize, u64)) -> Result<Self> {
        if path.exists() {
            write_atomically(path, kept_lines(path, position)?.as_bytes())?;
        }
        let file = OpenOptions::new()
            .create(true)
            .append(true)
            .open(path)
            .map_err(TrainError::io("open", path))?;
        Ok(Self { path: path.to_path_buf(), file })
    }

    /// Appends one line.
    pub(crate) fn append(&mut self, record: &Record) -> Result<()> {
        let line = lines(std::slice::from_ref(record));
        self.file.write_all(line.as_bytes()).map_err(TrainError::io("write", &self.path))
    }

    /// Flushes to the disk, before a checkpoint that counts on these lines.
    pub(crate) fn sync(&self) -> Result<()> {
        self.file.sync_all().map_err(TrainError::io("write", &self.path))
    }
}

/// The lines up to `position`, as they stand: numbers are not parsed and printed again.
fn kept_lines(path: &Path, position: (usize, u64)) -> Result<String> {
    let text = read_text(path)?;
    let records = parse(path, whole_lines(&text))?;
    let kept = whole_lines(&text)
        .lines()
        .zip(&records)
        .filter(|(_, record)| record.position() <= position);
    Ok(kept.map(|(line, _)| format!("{line}\n")).collect())
}

/// Reads a record; a last line without its end, as a kill leaves it, is not counted.
///
/// # Errors
/// The file cannot be read, or another line is no record.
pub fn read(path: &Path) -> Result<Vec<Record>> {
    parse(path, whole_lines(&read_text(path)?))
}

/// The text without a last line that was cut short.
fn whole_lines(text: &str) -> &str {
    text.rfind('\n').map_or("", |end| &text[..=end])
}

fn parse(path: &Path, text: &str) -> Result<Vec<Record>> {
    let parse = |(number, line): (usize, &str)| {
        serde_json::from_str(line).map_err(|error| {
            TrainError::damaged(path, format!("line {}: {error}; remove the line", number + 1))
        })
    };
    text.lines().enumerate().map(parse).collect()
}

fn lines(records: &[Record]) -> String {
    records
        .iter()
        .map(|record| {
            let line = serde_json::to_string(record);
            // Numbers, strings and lists always have a JSON form.
            line.unwrap_or_default() + "\n"
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(stage: usize, step: u64) -> Record {
        Record::train(stage, step, LossParts { total: 0.25, ..LossParts::default() }, 1e-3, 10.0)
    }

    #[test]
    fn reopening_drops_later_lines_and_a_torn_one() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("metrics.jsonl");
        let mut file = MetricsFile::open(&path, (0, 0)).expect("opens");
        for (stage, step) in [(0, 10), (0, 20), (1, 10), (1, 20)] {
            file.append(&record(stage, step)).expect("appends");
        }
        file.file.write_all(b"{\"kind\":\"tr").expect("writes");
        drop(file);
        let mut file = MetricsFile::open(&path, (1, 10)).expect("opens again");
        file.append(&record(1, 20)).expect("appends");
        let expected: Vec<Record> =
            [(0, 10), (0, 20), (1, 10), (1, 20)].map(|(a, b)| record(a, b)).into();
        assert_eq!(read(&path).expect("reads"), expected);
    }

    #[test]
    fn a_damaged_line_is_named() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("metrics.jsonl");
        std::fs::write(&path, lines(&[record(0, 1)]) + "nonsense\n").expect("writes");
        let message = read(&path).expect_err("is damaged").to_string();
        assert!(
            message.contains("metrics.jsonl: line 2") && message.contains("remove the line"),
            "{message}"
        );
    }
}
