//! The noise in received words of a code, predicted from magnitudes and syndrome
//! (ECCT, Choukroun and Wolf 2022). All words are drawn when they are needed.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::Path;

use rand::Rng;
use serde_json::Value;

use super::{Answer, Example, Interface, Task};
use crate::data::BatchSize;
use crate::ecc::alist::write_alist;
use crate::ecc::parse::read_parity;
use crate::ecc::view::apply_noise;
use crate::ecc::{
    AttentionMask, Awgn, Budget, ChannelWord, Code, DecoderView, WordDecoder, ecct_mask, measure,
    ring_masks,
};
use crate::model::{Arch, Head, Input, Masks, Ragged, Rows, RowsInput, SquareMask, Targets};
use crate::trainer::error::{Result, TrainError};
use crate::trainer::progress::Evaluation;
use crate::trainer::recipe::{CodeSource, EccMask, EccTask, Length, Stage};
use crate::trainer::seeds::{Purpose, generator, number};

/// Words that an evaluation decodes at once.
const EVALUATED_AT_ONCE: usize = 128;

/// The key in a model's extras that holds the parity-check matrix, as the text of an `.alist` file.
pub const PARITY: &str = "parity";
/// The key in a model's extras that holds the code's name.
pub const CODE: &str = "code";

/// A code whose words are drawn.
pub(super) struct Ecc {
    task: EccTask,
    code: Code,
    seed: u64,
}

impl Ecc {
    pub(super) fn open(task: &EccTask, data: &Path, seed: u64) -> Result<Self> {
        let code = match &task.code {
            CodeSource::Name(name) => Code::by_name(name)?,
            CodeSource::File(file) => {
                let name = file.file_stem().unwrap_or_default().to_string_lossy();
                Code::from_parity(&name, read_parity(&data.join(file))?)?
            }
        };
        Ok(Self { task: task.clone(), code, seed })
    }

    /// A word of a step, its Eb/N0 drawn evenly from the range.
    fn words(&self, count: usize, at: usize, step: u64) -> Vec<ChannelWord> {
        let seed = number(self.seed, Purpose::Batch, at, step);
        let mut random = generator(self.seed, Purpose::Batch, at, step);
        let (low, high) = self.task.ebn0;
        (0..count)
            .map(|word| {
                let channel = Awgn::new(random.random_range(low..=high), self.code.rate());
                channel.word(&self.code, seed, word as u64)
            })
            .collect()
    }
}

impl Task for Ecc {
    fn steps(&self, stage: &Stage) -> Result<u64> {
        match stage.length {
            Length::Steps(steps) => Ok(steps),
            Length::Epochs(_) => Err(TrainError::data(
                "stage.epochs",
                "a code's data have no end: name steps instead",
            )),
        }
    }

    fn batch(&mut self, stage: &Stage, at: usize, step: u64) -> Result<Example> {
        let (BatchSize::Examples(count) | BatchSize::Tokens(count)) = stage.batch;
        let words = self.words(count, at, step);
        let views: Vec<DecoderView> =
            words.iter().map(|word| DecoderView::new(&self.code, word)).collect();
        let noise =
            views.iter().flat_map(|view| view.noise.iter().map(|&bit| f32::from(bit))).collect();
        Ok((rows(&self.code, &views)?, Targets::Bits(noise)))
    }

    fn evaluate(&self, answer: Answer<'_>) -> Result<Option<Evaluation>> {
        let decoder =
            Decoder { code: &self.code, answer: RefCell::new(answer), failure: RefCell::new(None) };
        let mut figures = vec![(String::from("ber"), 0.0)];
        for &ebn0 in &self.task.evaluate_ebn0 {
            let point = decoder.measure(ebn0, self.task.evaluate_words, self.seed)?;
            figures[0].1 += point.ber / self.task.evaluate_ebn0.len() as f64;
            figures.push((format!("ber_{ebn0}dB"), point.ber));
            figures.push((format!("bler_{ebn0}dB"), point.bler));
        }
        Ok(Some(Evaluation { figures, smaller_is_better: true }))
    }

    fn interface(&self) -> Interface {
        let (n, m) = (self.code.n(), self.code.m());
        let parity = write_alist(self.code.parity());
        let extras = [("task", "ecc"), (CODE, self.code.name()), (PARITY, &parity)];
        Interface {
            input: Input::Channel { magnitudes: n, syndromes: m },
            head: Head::PerToken { count: n },
            max_tokens: n + m,
            labels: Vec::new(),
            extras: extras
                .into_iter()
                .map(|(key, value)| (key.to_owned(), Value::from(value)))
                .collect::<BTreeMap<_, _>>(),
            tokenizer: None,
        }
    }

    fn mask(&self, arch: &mut Arch) {
        arch.masks = masks(&self.code, self.task.mask, arch.heads);
    }
}

/// A network's input for received words: `|y|` of the symbols, then 1 or -1 for each syndrome bit.
///
/// # Errors
/// There is no word.
pub fn rows(code: &Code, views: &[DecoderView]) -> Result<Rows> {
    let tokens = code.n() + code.m();
    let values = views.iter().flat_map(|view| {
        let signs = view.syndrome.iter().map(|&bit| 1.0 - 2.0 * f32::from(bit));
        view.magnitudes.iter().copied().chain(signs)
    });
    let ragged = Ragged::from_lengths(&vec![tokens; views.len()])
        .map_err(|error| TrainError::data(code.name(), error.to_string()))?;
    Ok(Rows {
        ragged,
        input: RowsInput::Channel { values: values.collect() },
        positions: Vec::new(),
    })
}

/// The decoded bits of a word, given the network's `n` logits for it: a positive one turns its bit over.
#[must_use]
pub fn decoded(word: &ChannelWord, logits: &[f32]) -> Vec<u8> {
    let noise: Vec<u8> = logits.iter().map(|&logit| u8::from(logit > 0.0)).collect();
    apply_noise(&word.received, &noise)
}

/// The code that a model was trained for, from its extras.
///
/// # Errors
/// The extras name no code, or a damaged matrix.
pub fn code_of(extras: &BTreeMap<String, Value>) -> Result<Code> {
    let text = |key: &str| extras.get(key).and_then(Value::as_str);
    match (text(CODE), text(PARITY)) {
        (Some(name), Some(parity)) => {
            let matrix = crate::ecc::alist::parse_alist(parity, name)?;
            Ok(Code::from_parity(name, matrix)?)
        }
        _ => Err(TrainError::data("model", "names no code; it is not a model for channel words")),
    }
}

fn masks(code: &Code, mask: EccMask, heads: usize) -> Masks {
    let square = |mask: &AttentionMask| SquareMask {
        tokens: mask.size(),
        allowed: mask.as_slice().to_vec(),
    };
    match mask {
        EccMask::None => Masks::default(),
        EccMask::Ecct => {
            Masks { per_head: vec![Some(0); heads], list: vec![square(&ecct_mask(code))] }
        }
        EccMask::Rings => {
            let rings = ring_masks(code);
            let per_head = (0..heads).map(|head| Some(usize::from(head >= heads / 2))).collect();
            Masks { per_head, list: vec![square(&rings.first), square(&rings.second)] }
        }
    }
}

/// The network as a decoder. The first failure ends the measurement.
struct Decoder<'a> {
    code: &'a Code,
    answer: RefCell<Answer<'a>>,
    failure: RefCell<Option<TrainError>>,
}

impl Decoder<'_> {
    fn measure(&self, ebn0: f64, words: usize, seed: u64) -> Result<crate::ecc::Point> {
        let budget = Budget {
            min_block_errors: u64::MAX,
            max_words: words as u64,
            batch: EVALUATED_AT_ONCE,
        };
        let seed = number(seed, Purpose::Evaluation, 0, 0);
        let measured = measure(self, self.code, ebn0, budget, seed, &mut |_| {});
        match self.failure.take() {
            Some(failure) => Err(failure),
            None => measured.map_err(|error| TrainError::data(self.code.name(), error.to_string())),
        }
    }

    fn try_decode(&self, words: &[ChannelWord]) -> Result<Vec<Vec<u8>>> {
        let views: Vec<DecoderView> =
            words.iter().map(|word| DecoderView::new(self.code, word)).collect();
        let logits = (self.answer.borrow_mut())(&rows(self.code, &views)?)?;
        Ok(words
            .iter()
            .zip(logits.chunks_exact(self.code.n()))
            .map(|(word, own)| decoded(word, own))
            .collect())
    }
}

impl WordDecoder for Decoder<'_> {
    fn decode(&self, words: &[ChannelWord]) -> Vec<Vec<u8>> {
        self.try_decode(words).unwrap_or_else(|error| {
            self.failure.replace(Some(error));
            Vec::new()
        })
    }
}
