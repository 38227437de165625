//! Asking a program in the user's terms: texts in, probabilities out; channel words in, bits out.

use std::path::Path;

use noctule_engine::{Engine, Work};
use noctule_program::{
    Program,
    parts::{HeadTokens, Input, Source},
};
use noctule_tasks::{
    card::{Card, Task},
    data::{Encoded, Overflow, Tokenizer},
    ecc::{
        ChannelWord, Code, WordDecoder, alist::parse_alist, channel::hard_decision,
        view::apply_noise,
    },
};
use serde::Serialize;

use crate::{
    error::Error,
    evaluate,
    model::{self, Resources},
};

/// A program that answers about texts.
pub struct TextModel {
    engine: Engine,
    tokenizer: Tokenizer,
    labels: Option<Vec<String>>,
    max_tokens: usize,
    logit_scale: f64,
    segments: usize,
}

/// The answer to one text.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TextAnswer {
    /// The label with the largest logit; of a regression, the number.
    pub answer: String,
    /// One a label, in the program's order; empty for a regression.
    pub probabilities: Vec<f64>,
    /// The program's integer logits.
    pub logits: Vec<i32>,
    /// Tokens that the program read.
    pub tokens: usize,
    /// Whether the text was cut to the program's length.
    pub truncated: bool,
}

/// A program that decodes received words of an error-correcting code.
pub struct Decoder {
    engine: Engine,
    code: Code,
    unit: f32,
}

/// What a program can be asked.
pub enum Model {
    /// Texts.
    Text(Box<TextModel>),
    /// Received words.
    Channel(Box<Decoder>),
}

impl Model {
    /// Makes `program`, read from `path`, ready to answer.
    ///
    /// # Errors
    /// [`Error::Input`] if it does not say what its task is, or what it says does not fit it.
    pub fn open(program: &Program, path: &Path, resources: Resources) -> Result<Self, Error> {
        let card = Card::from_extras(&program.extras).map_err(|e| Error::input(path, e))?;
        let engine = model::engine(program, resources, Work::Batch)?;
        match card.task {
            Task::Classify { labels, tokenizer } => {
                TextModel::new(program, path, engine, &tokenizer, Some(labels))
                    .map(|m| Self::Text(Box::new(m)))
            }
            Task::Regress { tokenizer } => TextModel::new(program, path, engine, &tokenizer, None)
                .map(|m| Self::Text(Box::new(m))),
            Task::Decode { code, parity } => Decoder::new(program, path, engine, &code, &parity)
                .map(|d| Self::Channel(Box::new(d))),
        }
    }
}

impl Model {
    /// The program's inputs for questions, one a line: texts (a tab parts a pair) or channel words.
    ///
    /// # Errors
    /// [`Error::Input`] names the line that cannot be asked.
    pub fn inputs(&self, lines: &[String]) -> Result<Vec<Input>, Error> {
        match self {
            Self::Text(model) => {
                let texts: Vec<_> = lines.iter().map(|line| split_pair(line)).collect();
                let encoded = model.encode(&texts, Overflow::Refuse)?;
                Ok(encoded.into_iter().map(|e| model.input(e)).collect())
            }
            Self::Channel(decoder) => {
                let words = lines.iter().enumerate();
                words
                    .map(|(n, line)| Ok(decoder.input(&received(line, n + 1, decoder.code.n())?)))
                    .collect()
            }
        }
    }
}

/// A text, or the two of a pair, parted by a tab.
pub fn split_pair(line: &str) -> (&str, Option<&str>) {
    match line.split_once('\t') {
        Some((first, second)) => (first, Some(second)),
        None => (line, None),
    }
}

/// The `n` received values on line `number`, separated by blanks or commas.
///
/// # Errors
/// [`Error::Input`] if they are not `n` finite numbers.
pub fn received(line: &str, number: usize, n: usize) -> Result<Vec<f32>, Error> {
    let wrong =
        |what: String| Error::Input(format!("word {number}: {what}; give {n} finite numbers"));
    let values: Result<Vec<f32>, _> = line
        .split(|c: char| c.is_whitespace() || c == ',')
        .filter(|field| !field.is_empty())
        .map(str::parse::<f32>)
        .collect();
    let received = values.map_err(|e| wrong(e.to_string()))?;
    if received.len() != n {
        return Err(wrong(format!("{} values", received.len())));
    }
    if let Some(at) = received.iter().position(|v| !v.is_finite()) {
        return Err(wrong(format!("value {} is not finite", at + 1)));
    }
    Ok(received)
}

impl TextModel {
    fn new(
        program: &Program,
        path: &Path,
        engine: Engine,
        tokenizer: &[u8],
        labels: Option<Vec<String>>,
    ) -> Result<Self, Error> {
        let Source::Text { token, segment, .. } = &program.embed.source else {
            return Err(Error::input(
                path,
                "its card speaks of texts, but it does not take tokens",
            ));
        };
        if program.head.tokens != HeadTokens::Pooled {
            return Err(Error::input(
                path,
                "its card speaks of one answer a text, but its head answers for each token; lower it again",
            ));
        }
        let tokenizer = Tokenizer::from_json(tokenizer).map_err(|e| Error::input(path, e))?;
        let (outputs, expected) = (program.head.bias.len(), labels.as_ref().map_or(1, Vec::len));
        if outputs != expected || tokenizer.vocab_size() > token.rows {
            return Err(Error::input(
                path,
                format!(
                    "its card has {expected} labels and {} word pieces, the program {outputs} outputs and {} rows; lower it again",
                    tokenizer.vocab_size(),
                    token.rows
                ),
            ));
        }
        let (mantissa, exponent) = program.head.scale;
        Ok(Self {
            engine,
            tokenizer,
            labels,
            max_tokens: program.max_tokens,
            logit_scale: f64::from(mantissa) * f64::from(exponent).exp2(),
            segments: segment.as_ref().map_or(0, |table| table.rows),
        })
    }

    /// The labels, one a logit; none for a regression.
    pub fn labels(&self) -> Option<&[String]> {
        self.labels.as_deref()
    }

    /// Answers texts or pairs of texts, in order, on all threads of the engine.
    ///
    /// # Errors
    /// [`Error::Input`] for a text that is too long and may not be cut.
    pub fn answer(
        &self,
        texts: &[(&str, Option<&str>)],
        overflow: Overflow,
    ) -> Result<Vec<TextAnswer>, Error> {
        let encoded = self.encode(texts, overflow)?;
        let cut: Vec<_> = encoded.iter().map(|e| (e.ids.len(), e.truncated)).collect();
        let inputs: Vec<_> = encoded.into_iter().map(|e| self.input(e)).collect();
        let logits = run_all(&self.engine, &inputs)?;
        Ok(logits.into_iter().zip(cut).map(|(logits, cut)| self.read(logits, cut)).collect())
    }

    fn encode(
        &self,
        texts: &[(&str, Option<&str>)],
        overflow: Overflow,
    ) -> Result<Vec<Encoded>, Error> {
        let encode = |(n, &(text, pair)): (usize, &(&str, Option<&str>))| {
            let encoded = self.tokenizer.encode(text, pair, self.max_tokens, overflow);
            encoded.map_err(|e| Error::Input(format!("text {}: {e}", n + 1)))
        };
        texts.iter().enumerate().map(encode).collect()
    }

    fn input(&self, encoded: Encoded) -> Input {
        let segments = if self.segments > 1 { encoded.segments } else { Vec::new() };
        Input::Text { ids: encoded.ids, segments }
    }

    fn read(&self, logits: Vec<i32>, (tokens, truncated): (usize, bool)) -> TextAnswer {
        let values: Vec<f64> = logits.iter().map(|&l| f64::from(l) * self.logit_scale).collect();
        let Some(labels) = &self.labels else {
            let answer = format!("{:.4}", values[0]);
            return TextAnswer { answer, probabilities: Vec::new(), logits, tokens, truncated };
        };
        let answer = labels[evaluate::best(&values)].clone();
        TextAnswer { answer, probabilities: softmax(&values), logits, tokens, truncated }
    }
}

impl Decoder {
    fn new(
        program: &Program,
        path: &Path,
        engine: Engine,
        name: &str,
        parity: &str,
    ) -> Result<Self, Error> {
        let Source::Channel { magnitudes, unit, .. } = program.embed.source else {
            return Err(Error::input(
                path,
                "its card speaks of a code, but it does not take channel words",
            ));
        };
        let parity = parse_alist(parity, "parity.alist").map_err(|e| Error::input(path, e))?;
        let code = Code::from_parity(name, parity).map_err(|e| Error::input(path, e))?;
        if (code.n(), code.n() + code.m()) != (magnitudes, program.max_tokens) {
            return Err(Error::input(
                path,
                format!(
                    "its code {name} has {} bits and {} checks, the program {magnitudes} and {}; lower it again",
                    code.n(),
                    code.m(),
                    program.max_tokens - magnitudes
                ),
            ));
        }
        let (tokens, outputs) = (program.head.tokens, program.head.bias.len());
        if (tokens, outputs) != (HeadTokens::PerToken(magnitudes), 1) {
            return Err(Error::input(
                path,
                format!(
                    "its card speaks of a decoder, whose head has one output for each of {magnitudes} bits; this one has {outputs} outputs, {tokens:?}; lower it again"
                ),
            ));
        }
        Ok(Self { engine, code, unit: f32::from(unit) })
    }

    /// The code.
    pub fn code(&self) -> &Code {
        &self.code
    }

    /// The program's input for `received`, `n` values: BPSK symbols of amplitude 1 with noise.
    pub fn input(&self, received: &[f32]) -> Input {
        let syndrome = self.code.syndrome(&hard_decision(received));
        // Saturating: a magnitude beyond the largest code is as sure as can be.
        let magnitude = |y: &f32| (y.abs() * self.unit).round() as u8;
        Input::Channel {
            magnitudes: received.iter().map(magnitude).collect(),
            syndrome: syndrome.iter().map(|&bit| bit != 0).collect(),
        }
    }

    /// Does the program still answer?
    ///
    /// # Errors
    /// [`Error::Input`] where its file has changed.
    pub fn check(&self) -> Result<(), Error> {
        self.engine.check().map_err(|e| Error::Input(e.to_string()))
    }

    /// The decoded bits of received words, in order, on all threads of the engine.
    ///
    /// # Errors
    /// [`Error::Input`] where the program's file has changed. Words of this code suit the program.
    pub fn answer(&self, words: &[ChannelWord]) -> Result<Vec<Vec<u8>>, Error> {
        let inputs: Vec<Input> = words.iter().map(|word| self.input(&word.received)).collect();
        let logits = run_all(&self.engine, &inputs)?.into_iter();
        Ok(words.iter().zip(logits).map(|(word, l)| Self::bits(&word.received, &l)).collect())
    }

    /// The decoded bits of one received word: flipped where the program sees noise.
    fn bits(received: &[f32], logits: &[i32]) -> Vec<u8> {
        let noise: Vec<u8> = logits.iter().map(|&logit| u8::from(logit > 0)).collect();
        apply_noise(received, &noise)
    }
}

impl WordDecoder for Decoder {
    fn decode(&self, words: &[ChannelWord]) -> Vec<Vec<u8>> {
        // A failure shows as no words; why, `answer` says.
        self.answer(words).unwrap_or_default()
    }
}

fn run_all(engine: &Engine, inputs: &[Input]) -> Result<Vec<Vec<i32>>, Error> {
    let answers = engine.run_batch(inputs).into_iter();
    answers.map(|answer| answer.map_err(|e| Error::Input(e.to_string()))).collect()
}

fn softmax(values: &[f64]) -> Vec<f64> {
    let top = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let e: Vec<f64> = values.iter().map(|v| (v - top).exp()).collect();
    let sum: f64 = e.iter().sum();
    e.into_iter().map(|e| e / sum).collect()
}
