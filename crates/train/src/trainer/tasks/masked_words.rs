//! Masked words of running text (Devlin et al. 2019).

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

use super::epochs;
use super::words::Words;
use super::{Answer, Example, Interface, Notes, Opening, Task};
use crate::data::{
    BatchSize, Corpus, MaskedBatch, MaskedBatches, Overwrite, TextSource, Tokenizer,
};
use crate::model::{Head, Ragged, Rows, RowsInput, Targets};
use crate::trainer::error::{Result, TrainError};
use crate::trainer::progress::Evaluation;
use crate::trainer::recipe::{MaskedWordsTask, Stage};
use crate::trainer::scores::argmax;
use crate::trainer::seeds::{Purpose, number};

/// Chunks in a batch of an evaluation.
const EVALUATED_AT_ONCE: usize = 32;

/// Running text, tokenised.
pub(super) struct MaskedWords {
    words: Words,
    train: MaskedBatches,
    dev: Option<MaskedBatches>,
    /// The epoch in use and the order of its chunks.
    order: (u64, Vec<u32>),
}

impl MaskedWords {
    pub(super) fn open(
        task: &MaskedWordsTask,
        opening: Opening<'_>,
        note: Notes<'_>,
    ) -> Result<Self> {
        let recipe = opening.recipe;
        let sources = sources(task, opening.data);
        note("choosing the words");
        let words = Words::choose(opening, |words| vocabulary(&sources, words, opening))?;
        note("tokenising the documents, or reading what an earlier start left of them");
        let corpus = Corpus::open(&sources, &words.tokenizer, Some(opening.kept), &mut |_| {})?;
        let [train, dev] = corpus.hold_back(task.dev_documents);
        let chunks = match recipe.stages.first().map(|stage| stage.batch) {
            Some(BatchSize::Examples(chunks) | BatchSize::Tokens(chunks)) => chunks,
            None => EVALUATED_AT_ONCE,
        };
        let seed = number(recipe.seed, Purpose::Batch, 0, 0);
        let train = batches(train, &words, chunks, seed)?;
        let dev_seed = number(recipe.seed, Purpose::Evaluation, 0, 0);
        let dev = (dev.documents() > 0)
            .then(|| batches(dev, &words, EVALUATED_AT_ONCE, dev_seed))
            .transpose()?;
        let order = (0, train.order(0));
        Ok(Self { words, train, dev, order })
    }
}

impl Task for MaskedWords {
    fn steps(&self, stage: &Stage) -> Result<u64> {
        Ok(epochs::steps(stage.length, self.train.steps()))
    }

    fn batch(&mut self, _stage: &Stage, at: usize, step: u64) -> Result<Example> {
        let per_epoch = self.train.steps() as u64;
        // Later stages go through the text in other orders.
        let epoch = step / per_epoch + ((at as u64) << 32);
        if self.order.0 != epoch {
            self.order = (epoch, self.train.order(epoch));
        }
        let within = (step % per_epoch) as usize;
        example(&self.train.batch(&self.order.1, epoch, within))
    }

    fn evaluate(&self, answer: Answer<'_>) -> Result<Option<Evaluation>> {
        let Some(dev) = &self.dev else { return Ok(None) };
        let order = dev.order(0);
        let mut tally = Tally::default();
        for step in 0..dev.steps() {
            let batch = dev.batch(&order, 0, step);
            tally.count(&answer(&example(&batch)?.0)?, &batch.target_ids);
        }
        Ok(Some(tally.evaluation()))
    }

    fn interface(&self) -> Interface {
        Interface {
            input: self.words.input(),
            head: Head::MaskedWords,
            max_tokens: self.words.max_tokens,
            labels: Vec::new(),
            extras: BTreeMap::from([("task".to_owned(), Value::from("masked-words"))]),
            tokenizer: Some(self.words.tokenizer.clone()),
        }
    }
}

fn sources(task: &MaskedWordsTask, data: &Path) -> Vec<TextSource> {
    let source =
        |corpus: &TextSource| TextSource { path: data.join(&corpus.path), ..corpus.clone() };
    task.corpora.iter().map(source).collect()
}

/// The vocabulary that an earlier start of this run trained, or one trained now and kept for the next.
fn vocabulary(sources: &[TextSource], words: usize, opening: Opening<'_>) -> Result<Tokenizer> {
    if opening.resumed && opening.kept.join("tokenizer.json").exists() {
        return Ok(Tokenizer::from_folder(opening.kept)?);
    }
    let texts = sources.iter().map(TextSource::read).collect::<std::result::Result<Vec<_>, _>>()?;
    let tokenizer = Tokenizer::train_wordpiece(texts.iter().flatten(), words, &mut |_| {})?;
    tokenizer.save(opening.kept, Overwrite::Yes)?;
    Ok(tokenizer)
}

fn batches(corpus: Corpus, words: &Words, chunks: usize, seed: u64) -> Result<MaskedBatches> {
    Ok(MaskedBatches::new(corpus, &words.tokenizer, words.max_tokens, chunks, seed)?)
}

/// Packs a padded batch.
fn example(batch: &MaskedBatch) -> Result<Example> {
    let width = batch.tokens;
    let mut ids = Vec::new();
    let mut starts = Vec::new();
    for (row, &length) in batch.lengths.iter().enumerate() {
        starts.push(ids.len());
        ids.extend_from_slice(&batch.ids[row * width..row * width + length]);
    }
    let ragged = Ragged::from_lengths(&batch.lengths)
        .map_err(|error| TrainError::data("batch", error.to_string()))?;
    let positions =
        batch.target_positions.iter().map(|&flat| starts[flat / width] + flat % width).collect();
    let segments = vec![0; ids.len()];
    let rows = Rows { ragged, input: RowsInput::Text { ids, segments }, positions };
    Ok((rows, Targets::Words(batch.target_ids.clone())))
}

/// Loss and hits over the words to be guessed.
#[derive(Debug, Default)]
struct Tally {
    loss: f64,
    hits: u64,
    words: u64,
}

impl Tally {
    fn count(&mut self, logits: &[f32], expected: &[u32]) {
        let vocabulary = logits.len() / expected.len().max(1);
        for (logits, &word) in logits.chunks_exact(vocabulary.max(1)).zip(expected) {
            self.loss += cross_entropy(logits, word as usize);
            self.hits += u64::from(argmax(logits) == word as usize);
            self.words += 1;
        }
    }

    fn evaluation(&self) -> Evaluation {
        let words = self.words.max(1) as f64;
        let figures = vec![
            ("masked_loss".to_owned(), self.loss / words),
            ("masked_accuracy".to_owned(), self.hits as f64 / words),
        ];
        Evaluation { figures, smaller_is_better: true }
    }
}

/// `-ln softmax(logits)[class]`.
fn cross_entropy(logits: &[f32], class: usize) -> f64 {
    let top = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let sum: f64 = logits.iter().map(|&logit| f64::from(logit - top).exp()).sum();
    sum.ln() - f64::from(logits[class] - top)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_packed_batch_keeps_its_targets() {
        let batch = MaskedBatch {
            ids: vec![1, 2, 3, 4, 5, 0],
            lengths: vec![3, 2],
            tokens: 3,
            target_positions: vec![2, 4],
            target_ids: vec![30, 50],
        };
        let (rows, targets) = example(&batch).expect("packs");
        assert_eq!(rows.positions, [2, 4]);
        let RowsInput::Text { ids, .. } = rows.input else { panic!("text") };
        assert_eq!(ids, [1, 2, 3, 4, 5]);
        assert_eq!(targets, Targets::Words(vec![30, 50]));
    }

    #[test]
    fn cross_entropy_of_even_logits() {
        assert!((cross_entropy(&[3.0; 4], 2) - 4.0_f64.ln()).abs() < 1e-12);
    }
}
