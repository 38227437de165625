//! Tiny recipes, made-up data, and what the tests compare.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use burn::tensor::Device;
use noctule_train::trainer::metrics::{self, Record};
use noctule_train::trainer::{Event, Flow, Outcome, Places, Recipe, Result, train};

/// Two stages of a network so small that a step takes milliseconds.
pub(crate) const TINY_ECC: &str = r#"
[task]
kind = "ecc"
code = "bch-31-16"
ebn0 = [3.0, 6.0]
evaluate_ebn0 = [4.0]
evaluate_words = 8

[model]
layers = 1
width = 8
heads = 2
ffn = 16

[train]
steps = 4
batch = 2
learning_rate = 1e-2
warmup = 0.5
evaluate_every = 2
checkpoint_every = 1
log_every = 1
seed = 5

[[stage]]
name = "teacher"
weights = "float"
activations = 32

[[stage]]
name = "student"
weights = "binary"
activations = 1
"#;

/// Masked words of the sentences in `train.tsv`.
pub(crate) const TINY_WORDS: &str = r#"
[task]
kind = "masked-words"
corpora = [{ file = "train.tsv", column = "sentence" }]
dev_documents = 10
[model]
layers = 1
width = 16
heads = 2
ffn = 32
max_tokens = 16
vocabulary = 300
[train]
steps = 40
batch = 8
learning_rate = 1e-2
evaluate_every = 20
[[stage]]
name = "words"
weights = "float"
activations = 32
"#;

pub(crate) fn recipe(text: &str, overrides: &[&str]) -> Recipe {
    let overrides: Vec<String> = overrides.iter().map(|text| (*text).to_owned()).collect();
    Recipe::parse("test.toml", text, &overrides).unwrap_or_else(|error| panic!("{error}"))
}

/// Runs without an audience.
pub(crate) fn run(recipe: &Recipe, data: &Path, out: &Path, resume: bool) -> Result<Outcome> {
    run_with(recipe, data, out, resume, &mut |_| Flow::Continue)
}

pub(crate) fn run_with(
    recipe: &Recipe,
    data: &Path,
    out: &Path,
    resume: bool,
    tell: &mut dyn FnMut(&Event<'_>) -> Flow,
) -> Result<Outcome> {
    train(recipe, Places { data, out }, resume, &Device::default(), tell)
}

/// Every file below a folder that a resumed run must reproduce, with its contents; in the record, speeds
/// are left out.
pub(crate) fn results(out: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    collect(&out.join("stages"), &mut found);
    let mut lines = String::new();
    for mut record in metrics::read(&out.join("metrics.jsonl")).expect("a record") {
        if let Record::Train { tokens_per_second, .. } = &mut record {
            *tokens_per_second = 0.0;
        }
        writeln!(lines, "{record:?}").expect("writes to a string");
    }
    found.push((PathBuf::from("metrics.jsonl"), lines.into_bytes()));
    found
        .iter_mut()
        .for_each(|(path, _)| *path = path.strip_prefix(out).unwrap_or(path).to_path_buf());
    found.sort();
    found
}

fn collect(folder: &Path, found: &mut Vec<(PathBuf, Vec<u8>)>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            collect(&path, found);
        } else {
            let bytes = fs::read(&path).expect("a file");
            found.push((path, bytes));
        }
    }
}

/// Panics with the name of the first file that differs.
pub(crate) fn assert_same(
    found: &[(PathBuf, Vec<u8>)],
    expected: &[(PathBuf, Vec<u8>)],
    when: &str,
) {
    let names = |files: &[(PathBuf, Vec<u8>)]| {
        files.iter().map(|(path, _)| path.clone()).collect::<Vec<_>>()
    };
    assert_eq!(names(found), names(expected), "{when}");
    for ((path, found), (_, expected)) in found.iter().zip(expected) {
        assert!(found == expected, "{when}: {} differs", path.display());
    }
}

/// A table of sentences whose label is in one of their words.
pub(crate) fn write_sentiment(path: &Path, rows: usize, offset: usize) {
    let nouns = ["film", "story", "play", "cast", "plot"];
    let moods = [("0", ["dull", "awful", "weak"]), ("1", ["fine", "lovely", "strong"])];
    let mut table = String::from("sentence\tlabel\n");
    for row in 0..rows {
        let at = row * 7 + offset;
        let (label, words) = moods[at % 2];
        let (noun, word) = (nouns[at / 2 % 5], words[at / 10 % 3]);
        let tail = ["", " and long", " to the very end"][at / 3 % 3];
        writeln!(table, "the {noun} is {word}{tail}\t{label}").expect("writes to a string");
    }
    fs::write(path, table).expect("a file");
}
