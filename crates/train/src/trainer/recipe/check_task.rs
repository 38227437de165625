//! The table `[task]`, from what the user wrote to what the program needs.

use super::check::Checker;
use super::typed;
use super::{CodeSource, EccMask, EccTask, MaskedWordsTask, Metric, TaskSpec, TextTask};
use crate::data::{Columns, TextSource};
use crate::trainer::error::Result;

pub(super) fn task(checker: &Checker<'_>, task: typed::Task) -> Result<TaskSpec> {
    match task {
        typed::Task::Classification(written) => text(checker, written, false).map(TaskSpec::Text),
        typed::Task::Regression(written) => text(checker, written, true).map(TaskSpec::Text),
        typed::Task::MaskedWords(written) => {
            masked_words(checker, written).map(TaskSpec::MaskedWords)
        }
        typed::Task::Ecc(written) => ecc(checker, written).map(TaskSpec::Ecc),
    }
}

fn text(checker: &Checker<'_>, written: typed::Text, regression: bool) -> Result<TextTask> {
    let metrics: &[(&str, Metric)] = match regression {
        true => &[("pearson", Metric::Pearson)],
        false => &[("accuracy", Metric::Accuracy), ("matthews", Metric::Matthews)],
    };
    let metric = written.metric.as_deref().unwrap_or(metrics[0].0);
    Ok(TextTask {
        regression,
        metric: checker.choose("task.metric", metric, metrics)?,
        train: written.train,
        dev: written.dev,
        columns: Columns {
            header: written.header,
            text: written.text,
            pair: written.text_pair,
            label: Some(written.label),
        },
        truncate: written.truncate,
    })
}

fn masked_words(checker: &Checker<'_>, written: typed::MaskedWords) -> Result<MaskedWordsTask> {
    checker.require(!written.corpora.is_empty(), "task.corpora", "name at least one file")?;
    let source = |typed::Corpus { file, column, header }| TextSource { path: file, column, header };
    let corpora = written.corpora.into_iter().map(source);
    Ok(MaskedWordsTask { corpora: corpora.collect(), dev_documents: written.dev_documents })
}

fn ecc(checker: &Checker<'_>, written: typed::Ecc) -> Result<EccTask> {
    let code = match (written.code, written.file) {
        (Some(name), None) => CodeSource::Name(name),
        (None, Some(file)) => CodeSource::File(file),
        _ => {
            return checker
                .fail("task.code", "name either a code or task.file, a parity-check matrix");
        }
    };
    let [low, high] = written.ebn0;
    let ordered = low.is_finite() && high.is_finite() && low <= high;
    checker.require(ordered, "task.ebn0", "must be two numbers of dB, the lower one first")?;
    let finite = written.evaluate_ebn0.iter().all(|value| value.is_finite());
    let some = finite && !written.evaluate_ebn0.is_empty();
    checker.require(some, "task.evaluate_ebn0", "must be a list of at least one number of dB")?;
    checker.require(written.evaluate_words > 0, "task.evaluate_words", "must be at least 1")?;
    let masks = [("rings", EccMask::Rings), ("ecct", EccMask::Ecct), ("none", EccMask::None)];
    Ok(EccTask {
        code,
        ebn0: (low, high),
        evaluate_ebn0: written.evaluate_ebn0,
        evaluate_words: written.evaluate_words,
        mask: checker.choose("task.mask", written.mask.as_deref().unwrap_or("rings"), &masks)?,
    })
}
