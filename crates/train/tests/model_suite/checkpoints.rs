//! Float networks as BERT checkpoints: what is saved answers as the network does, here and in `transformers`.

use crate::nets::{channel_arch, cpu, furthest, ready, rows, text_arch, values};
use crate::stepping::tempfile;
use noctule_train::hf::{Architecture, Checkpoint, Overwrite};
use noctule_train::model::{Arch, Head, Model, Precision, Rows, RowsInput};
use serde_json::{Value, json};
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

fn network(head: Head) -> Model {
    let mut model = ready(&text_arch(head), &Precision::float(), 6);
    let norm = "encoder.layer.1.output.LayerNorm";
    model.params.get_mut(&format!("{norm}.weight")).unwrap().data[3] = -7.5;
    model.params.get_mut(&format!("{norm}.bias")).unwrap().data[5] = 2.25;
    model
}

fn classifier() -> Model {
    let mut model = network(Head::Pooled { classes: 3 });
    model.labels = ["bad", "so so", "good"].map(str::to_owned).to_vec();
    model
}

/// The pooler that a network without one is given changes its answers by rounding alone.
#[test]
fn a_classifier_without_a_pooler_comes_back_with_one_that_changes_nothing() {
    let (model, folder) = (classifier(), tempfile());
    model.to_checkpoint().unwrap().save(&folder, Overwrite::No).unwrap();
    let back = Model::from_checkpoint(&Checkpoint::read(&folder).unwrap(), 3, 0).unwrap();
    assert!(back.arch.pooler && back.labels == model.labels);
    let batch = rows(&model.arch, &[5, 3, 9], 77);
    let answer = |model: &Model| values(&model.answer(&batch, &cpu()).unwrap().logits);
    let gap = furthest(&answer(&model), &answer(&back));
    assert!(gap < 2e-6, "{gap}");
    std::fs::remove_dir_all(folder).unwrap();
}

/// Powers of two: a student of the saved teacher starts from the very head of the network.
#[test]
fn a_student_of_the_checkpoint_has_the_networks_own_head() {
    let model = classifier();
    let back = Model::from_checkpoint(&model.to_checkpoint().unwrap(), 3, 0).unwrap();
    let student = back.student(Precision::w1a(4)).unwrap();
    for name in ["classifier.weight", "classifier.bias"] {
        assert_eq!(student.params.get(name).unwrap(), model.params.get(name).unwrap(), "{name}");
    }
}

#[test]
fn a_head_for_masked_words_is_saved_and_its_encoder_read() {
    let (model, folder) = (network(Head::MaskedWords), tempfile());
    let saved = model.to_checkpoint().unwrap();
    saved.save(&folder, Overwrite::No).unwrap();
    let read = Checkpoint::read(&folder).unwrap();
    assert_eq!(read.config.architecture, Architecture::MaskedWords);
    assert_eq!(read, saved);
    let classifier = Model::from_checkpoint(&read, 3, 0).unwrap();
    let name = "encoder.layer.1.output.dense.weight";
    assert_eq!(classifier.params.get(name).unwrap(), model.params.get(name).unwrap());
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn what_bert_has_no_place_for_is_refused() {
    let float = Precision::float();
    let causal = Arch { causal: true, ..text_arch(Head::MaskedWords) };
    let tokens = text_arch(Head::PerToken { count: 2 });
    let cases = [
        (ready(&channel_arch(), &float, 1), "reads text"),
        (ready(&causal, &float, 1), "attention masks"),
        (ready(&tokens, &float, 1), "one logit a token"),
        (ready(&text_arch(Head::Pooled { classes: 3 }), &Precision::w1a(1), 1), "quantized"),
    ];
    for (model, part) in cases {
        let error = model.to_checkpoint().unwrap_err().to_string();
        assert!(error.contains(part), "{error}");
    }
}

/// Needs a Python with `torch` and `transformers`, named by `NOCTULE_TRANSFORMERS`.
#[test]
fn transformers_answers_alike() {
    let Some(python) = std::env::var_os("NOCTULE_TRANSFORMERS") else {
        // Written past the harness, which would swallow what `eprintln!` says in a test that passes.
        let _ = writeln!(
            std::io::stderr(),
            "NOT RUN: transformers_answers_alike: name a Python that has it in NOCTULE_TRANSFORMERS"
        );
        return;
    };
    let mut regression = network(Head::Pooled { classes: 1 });
    regression.arch.activation = noctule_train::model::Activation::Relu;
    for model in [classifier(), regression, network(Head::MaskedWords)] {
        let folder = tempfile();
        model.to_checkpoint().unwrap().save(&folder, Overwrite::No).unwrap();
        let mut batch = rows(&model.arch, &[6, 6], 3);
        batch.positions = (0..12).collect();
        let report = ask(Path::new(&python), &folder, &batch);
        let expected = values(&model.answer(&batch, &cpu()).unwrap().logits);
        let gap = furthest(&expected, &floats(&report["logits"]));
        assert!(gap < 1e-5, "{:?}: {gap}", model.arch.head);
        assert_eq!((&report["missing"], &report["unexpected"]), (&json!([]), &json!([])));
        std::fs::remove_dir_all(folder).unwrap();
    }
}

/// The report of `bench/interop/check_saved.py` about a batch of two sequences of one length.
fn ask(python: &Path, folder: &Path, batch: &Rows) -> Value {
    let RowsInput::Text { ids, segments } = &batch.input else { panic!("text") };
    let halves = |all: &[u32]| json!([all[..all.len() / 2], all[all.len() / 2..]]);
    let request = json!({ "input_ids": halves(ids), "token_type_ids": halves(segments) });
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../../bench/interop/check_saved.py");
    let mut child = Command::new(python)
        .args([Path::new(script), folder])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(request.to_string().as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    serde_json::from_slice(&output.stdout).unwrap()
}

fn floats(value: &Value) -> Vec<f32> {
    match value {
        Value::Array(items) => items.iter().flat_map(floats).collect(),
        other => vec![other.as_f64().unwrap() as f32],
    }
}
