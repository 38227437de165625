//! The tasks can be learned, by float networks and by their students.

use std::fs;
use std::path::Path;

use noctule_train::ecc::Awgn;
use noctule_train::trainer::metrics::{self, Record};
use noctule_train::trainer::{Outcome, model_folder};

use super::support::{TINY_ECC, TINY_WORDS, recipe, run, write_sentiment};

const SENTIMENT: &str = r#"
[task]
kind = "classification"
train = "train.tsv"
dev = "dev.tsv"
text = "sentence"
label = "label"

[model]
layers = 1
width = 16
heads = 2
ffn = 32
max_tokens = 16
vocabulary = 300

[train]
steps = 60
batch = 16
learning_rate = 1e-2
evaluate_every = 20
word_dropout = 0.05
seed = 3

[distill]
logits = 1.0
hidden = 1.0
scores = 0.01

[[stage]]
name = "teacher"
weights = "float"
activations = 32

[[stage]]
name = "w1a4"
weights = "binary"
activations = 4

[[stage]]
name = "w1a1"
weights = "binary"
activations = { default = 1, attention = 4 }
"#;

fn metric(outcome: &Outcome, stage: usize) -> f64 {
    outcome.stages[stage].metric.expect("an evaluation")
}

/// Losses of a stage, in order.
fn losses(outcome: &Outcome, of: usize) -> Vec<f64> {
    let records = metrics::read(&outcome.metrics).expect("a record");
    let loss = |record: Record| match record {
        Record::Train { stage, loss, .. } if stage == of => Some(loss),
        _ => None,
    };
    records.into_iter().filter_map(loss).collect()
}

fn sentiment_data(folder: &Path) {
    write_sentiment(&folder.join("train.tsv"), 150, 0);
    write_sentiment(&folder.join("dev.tsv"), 40, 3);
}

#[test]
fn sentences_are_learned_and_stay_learned_down_to_one_bit() {
    let folder = tempfile::tempdir().expect("a folder");
    sentiment_data(folder.path());
    let outcome = run(&recipe(SENTIMENT, &[]), folder.path(), &folder.path().join("run"), false)
        .expect("trains");
    for stage in 0..3 {
        let accuracy = metric(&outcome, stage);
        assert!(accuracy >= 0.9, "stage {stage}: accuracy {accuracy}");
    }
    let model = &outcome.stages[2].model;
    assert!(model.join("tokenizer.json").exists() && model.join("model.json").exists());
    assert_eq!(&model_folder(&folder.path().join("run")).expect("a finished run"), model);
    assert!(fs::read_to_string(&outcome.plot).expect("a picture").contains("accuracy"));
}

#[test]
fn numbers_are_learned() {
    let folder = tempfile::tempdir().expect("a folder");
    sentiment_data(folder.path());
    let text = SENTIMENT.split("[[stage]]\nname = \"w1a4\"").next().expect("the first stage");
    let recipe = recipe(text, &["task.kind=regression", "train.word_dropout=0"]);
    let outcome = run(&recipe, folder.path(), &folder.path().join("run"), false).expect("trains");
    assert!(metric(&outcome, 0) > 0.9, "pearson {}", metric(&outcome, 0));
}

#[test]
fn a_pretrained_network_becomes_a_classifier() {
    let folder = tempfile::tempdir().expect("a folder");
    sentiment_data(folder.path());
    let pretrained = folder.path().join("pretrained");
    let outcome = run(&recipe(TINY_WORDS, &[]), folder.path(), &pretrained, false).expect("trains");
    let losses = losses(&outcome, 0);
    assert!(losses[losses.len() - 1] < 0.8 * losses[0], "{losses:?}");
    let teacher = format!("model.teacher={}", pretrained.display());
    let text = SENTIMENT.split("[model]").next().expect("the task").to_owned()
        + SENTIMENT.split("vocabulary = 300").nth(1).expect("the rest");
    let outcome =
        run(&recipe(&text, &[&teacher]), folder.path(), &folder.path().join("tuned"), false)
            .expect("trains");
    assert!(metric(&outcome, 0) >= 0.9, "accuracy {}", metric(&outcome, 0));
}

#[test]
fn noise_is_learned() {
    let folder = tempfile::tempdir().expect("a folder");
    let overrides = [
        "train.steps=80",
        "train.batch=32",
        "model.width=16",
        "task.evaluate_words=300",
        "train.evaluate_every=80",
        "train.checkpoint_every=80",
    ];
    let outcome =
        run(&recipe(TINY_ECC, &overrides), folder.path(), &folder.path().join("run"), false)
            .expect("trains");
    let uncoded = Awgn::new(4.0, 16.0 / 31.0).uncoded_ber();
    let teacher = metric(&outcome, 0);
    assert!(teacher < 0.9 * uncoded, "bit error rate {teacher}, uncoded {uncoded}");
    let losses = losses(&outcome, 1);
    let mean = |losses: &[f64]| losses.iter().sum::<f64>() / losses.len() as f64;
    let (first, last) = (mean(&losses[..10]), mean(&losses[losses.len() - 10..]));
    assert!(last < 0.8 * first, "{first} to {last}: {losses:?}");
}
