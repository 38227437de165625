//! A list of tokens: read, trained, and made into a BERT tokenizer.

use super::DataError;
use super::source::read_text;
use super::tokenizer::library;
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;
use tokenizers::models::wordpiece::{WordPiece, WordPieceTrainer};
use tokenizers::normalizers::BertNormalizer;
use tokenizers::pre_tokenizers::bert::BertPreTokenizer;
use tokenizers::processors::bert::BertProcessing;
use tokenizers::{
    AddedToken, Model, NormalizedString, Normalizer, NormalizerWrapper, OffsetReferential,
    OffsetType, PreTokenizedString, PreTokenizer, Trainer,
};

/// The special tokens in the order in which a trained vocabulary starts.
const SPECIAL: [&str; 5] = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"];

/// How BERT cleans a text before WordPiece; the names are those of `tokenizer_config.json`.
#[derive(Debug, Clone, Copy, serde::Deserialize, serde::Serialize)]
#[serde(default)]
pub(super) struct BasicTokenisation {
    do_lower_case: bool,
    strip_accents: Option<bool>,
    tokenize_chinese_chars: bool,
}

impl Default for BasicTokenisation {
    fn default() -> Self {
        Self::uncased()
    }
}

impl BasicTokenisation {
    /// Lower case, accents stripped, each Chinese character a word.
    pub(super) fn uncased() -> Self {
        Self { do_lower_case: true, strip_accents: None, tokenize_chinese_chars: true }
    }

    /// What `tokenizer_config.json` says, or [`Self::uncased`] without one.
    pub(super) fn of_folder(folder: &Path) -> Result<Self, DataError> {
        let path = folder.join("tokenizer_config.json");
        if !path.exists() {
            return Ok(Self::uncased());
        }
        serde_json::from_str(&read_text(&path)?).map_err(|error| DataError::Tokenizer {
            path,
            problem: format!("not a tokenizer configuration ({error}); copy the model's own"),
        })
    }

    /// What a BERT tokenizer does; none for a tokenizer that cleans texts in another way.
    pub(super) fn of_tokenizer(tokenizer: &tokenizers::Tokenizer) -> Option<Self> {
        let Some(NormalizerWrapper::BertNormalizer(found)) = tokenizer.get_normalizer() else {
            return None;
        };
        Some(Self {
            do_lower_case: found.lowercase,
            strip_accents: found.strip_accents,
            tokenize_chinese_chars: found.handle_chinese_chars,
        })
    }

    fn normalizer(self) -> BertNormalizer {
        let Self { do_lower_case, strip_accents, tokenize_chinese_chars } = self;
        BertNormalizer::new(true, tokenize_chinese_chars, strip_accents, do_lower_case)
    }
}

/// Reads `vocab.txt`: one token a line, its id the line's place from 0.
pub(super) fn load_vocabulary(path: &Path) -> Result<Vec<String>, DataError> {
    let text = read_text(path)?;
    let tokens: Vec<String> = super::source::lines(&text).map(|(_, line)| line.into()).collect();
    let mut seen = HashMap::new();
    for (at, token) in tokens.iter().enumerate() {
        if let Some(before) = seen.insert(token, at) {
            let problem = format!(
                "lines {} and {} are both \"{token}\"; copy the model's own list",
                before + 1,
                at + 1
            );
            return Err(DataError::Tokenizer { path: path.into(), problem });
        }
    }
    Ok(tokens)
}

/// The BERT tokenizer over a list of tokens.
pub(super) fn assemble(
    tokens: &[String],
    basic: BasicTokenisation,
) -> Result<tokenizers::Tokenizer, DataError> {
    // The library's map type is not ours to name; an empty one of it is extended.
    let mut vocabulary = WordPiece::read_bytes(b"").map_err(library)?;
    vocabulary.extend(tokens.iter().cloned().zip(0..));
    let place = |token: &str| vocabulary.get(token).map(|&id| (token.to_string(), id));
    let ends = place("[SEP]").zip(place("[CLS]"));
    let model = WordPiece::builder().vocab(vocabulary).build().map_err(library)?;
    let mut inner = tokenizers::Tokenizer::new(model);
    inner.with_normalizer(Some(basic.normalizer())).map_err(library)?;
    inner.with_pre_tokenizer(Some(BertPreTokenizer));
    inner.with_decoder(Some(tokenizers::decoders::wordpiece::WordPiece::default()));
    if let Some((sep, cls)) = ends {
        inner.with_post_processor(Some(BertProcessing::new(sep, cls)));
    }
    let present = SPECIAL.iter().filter(|token| inner.token_to_id(token).is_some());
    let special: Vec<_> = present.map(|&token| AddedToken::from(token, true)).collect();
    inner.add_special_tokens(special).map_err(library)?;
    Ok(inner)
}

/// Texts read between two reports of progress; also what is counted in parallel at once.
const READ_AT_ONCE: usize = 4096;

/// One in this many tokens of the vocabulary may be a character standing for itself.
const CHARACTERS_SHARE: usize = 8;

type WordCounts = BTreeMap<String, u64>;

/// Trains a WordPiece vocabulary and returns its tokens in the order of their ids.
pub(super) fn train<S: AsRef<str> + Send + Sync>(
    texts: impl Iterator<Item = S>,
    vocab_size: usize,
    progress: &mut dyn FnMut(usize),
) -> Result<Vec<String>, DataError> {
    let mut words = count_words(texts, progress)?;
    let characters = frequent_characters(&words, vocab_size / CHARACTERS_SHARE);
    words.retain(|word, _| word.chars().all(|letter| characters.contains(&letter)));
    let start = first_tokens(&words, &characters);
    if words.is_empty() || start.len() >= vocab_size {
        let remedy = "give more texts, or a vocabulary larger than the characters they use";
        return Err(DataError::Setting { name: "vocab_size", value: vocab_size, remedy });
    }
    merge(&words, start, vocab_size)
}

fn count_words<S: AsRef<str> + Send + Sync>(
    mut texts: impl Iterator<Item = S>,
    progress: &mut dyn FnMut(usize),
) -> Result<WordCounts, DataError> {
    let mut words = WordCounts::new();
    let mut read = 0;
    loop {
        let some: Vec<S> = texts.by_ref().take(READ_AT_ONCE).collect();
        if some.is_empty() {
            return Ok(words);
        }
        let counted = some.par_chunks(64).map(count_some).collect::<Result<Vec<_>, _>>()?;
        for (word, count) in counted.into_iter().flatten() {
            *words.entry(word).or_default() += count;
        }
        read += some.len();
        progress(read);
    }
}

fn count_some<S: AsRef<str>>(texts: &[S]) -> Result<HashMap<String, u64>, DataError> {
    let normalizer = BasicTokenisation::uncased().normalizer();
    let mut words: HashMap<String, u64> = HashMap::new();
    for text in texts {
        let mut text = NormalizedString::from(text.as_ref());
        normalizer.normalize(&mut text).map_err(library)?;
        let mut split = PreTokenizedString::from(text);
        BertPreTokenizer.pre_tokenize(&mut split).map_err(library)?;
        for (word, _, _) in split.get_splits(OffsetReferential::Normalized, OffsetType::None) {
            match words.get_mut(word) {
                Some(count) => *count += 1,
                None => drop(words.insert(word.into(), 1)),
            }
        }
    }
    Ok(words)
}

/// The `limit` most frequent characters, those of equal count by code point.
fn frequent_characters(words: &WordCounts, limit: usize) -> BTreeSet<char> {
    let mut counts: BTreeMap<char, u64> = BTreeMap::new();
    for (word, count) in words {
        for letter in word.chars() {
            *counts.entry(letter).or_default() += count;
        }
    }
    let mut order: Vec<_> = counts.into_iter().collect();
    order.sort_by_key(|&(letter, count)| (std::cmp::Reverse(count), letter));
    order.into_iter().take(limit).map(|(letter, _)| letter).collect()
}

/// Special tokens, characters, and characters inside words.
///
/// The library would number the last in the order of a randomly seeded map, and break ties between
/// merges by these numbers; naming them all beforehand makes the training repeatable.
fn first_tokens(words: &WordCounts, characters: &BTreeSet<char>) -> Vec<String> {
    let inside: BTreeSet<char> = words.keys().flat_map(|word| word.chars().skip(1)).collect();
    let special = SPECIAL.iter().map(|token| token.to_string());
    let alone = characters.iter().map(char::to_string);
    special.chain(alone).chain(inside.iter().map(|letter| format!("##{letter}"))).collect()
}

/// Copies of one word handed to the trainer at once; it counts copies, and keeps them meanwhile.
const COPIES: u64 = 1 << 16;

fn merge(
    words: &WordCounts,
    start: Vec<String>,
    vocab_size: usize,
) -> Result<Vec<String>, DataError> {
    let mut trainer = WordPieceTrainer::builder()
        .vocab_size(vocab_size)
        .min_frequency(2)
        .show_progress(false)
        .special_tokens(start.iter().map(|token| AddedToken::from(token.as_str(), true)).collect())
        .build();
    trainer.feed(portions(words), copies).map_err(library)?;
    let mut model = WordPiece::default();
    trainer.train(&mut model).map_err(library)?;
    let mut tokens: Vec<(String, u32)> = model.get_vocab().into_iter().collect();
    tokens.sort_by_key(|&(_, id)| id);
    Ok(tokens.into_iter().map(|(token, _)| token).collect())
}

/// `"word count"` lines whose counts sum to the word's own; a word holds no space.
fn portions(words: &WordCounts) -> impl Iterator<Item = String> + Send {
    words.iter().flat_map(|(word, &count)| {
        (0..count.div_ceil(COPIES))
            .map(move |at| format!("{word} {}", COPIES.min(count - at * COPIES)))
    })
}

/// The words that one line of [`portions`] stands for.
fn copies(portion: &str) -> tokenizers::Result<Vec<String>> {
    let (word, count) = portion.rsplit_once(' ').unwrap_or((portion, "1"));
    Ok(vec![word.to_string(); count.parse()?])
}
