//! The float network computes what `transformers` computes, on a checkpoint it made.

use crate::nets::{cpu, furthest, values};
use noctule_train::hf::Checkpoint;
use noctule_train::model::{Forward, Model, Ragged, Rows, RowsInput};
use serde_json::Value;
use std::path::PathBuf;

const TOLERANCE: f32 = 1e-4;

fn fixture() -> (Model, Value) {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/tiny-bert");
    let checkpoint = Checkpoint::read(&folder).unwrap();
    let text = std::fs::read_to_string(folder.join("expected.json")).unwrap();
    (Model::from_checkpoint(&checkpoint, 3, 0).unwrap(), serde_json::from_str(&text).unwrap())
}

fn floats(value: &Value) -> Vec<f32> {
    match value {
        Value::Array(items) => items.iter().flat_map(floats).collect(),
        other => vec![other.as_f64().unwrap() as f32],
    }
}

/// Packs a padded batch.
fn packed(case: &Value) -> Rows {
    let lengths: Vec<usize> =
        floats(&case["lengths"]).iter().map(|&length| length as usize).collect();
    let pack = |name: &str| -> Vec<u32> {
        let rows = case[name].as_array().unwrap().iter().zip(&lengths);
        rows.flat_map(|(row, &length)| floats(row)[..length].to_vec()).map(|id| id as u32).collect()
    };
    let input = RowsInput::Text { ids: pack("input_ids"), segments: pack("token_type_ids") };
    Rows { ragged: Ragged::from_lengths(&lengths).unwrap(), input, positions: Vec::new() }
}

fn answered(case: &str) -> (Forward, Value) {
    let (model, expected) = fixture();
    let answer = model.answer(&packed(&expected[case]), &cpu()).unwrap();
    (answer, expected[case].clone())
}

#[test]
fn logits_agree() {
    for case in ["single", "pair", "padded"] {
        let (answer, expected) = answered(case);
        let gap = furthest(&values(&answer.logits), &floats(&expected["logits"]));
        assert!(gap < TOLERANCE, "{case}: {gap}");
    }
}

#[test]
fn every_hidden_state_agrees() {
    let (answer, expected) = answered("single");
    let states = expected["hidden_states"].as_array().unwrap();
    assert_eq!(states.len(), answer.hidden.len());
    for (layer, (state, ours)) in states.iter().zip(&answer.hidden).enumerate() {
        let gap = furthest(&values(ours), &floats(state));
        assert!(gap < TOLERANCE, "layer {layer}: {gap}");
    }
}

#[test]
fn a_checkpoint_goes_in_and_out_unchanged() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/tiny-bert");
    let checkpoint = Checkpoint::read(&folder).unwrap();
    let model = Model::from_checkpoint(&checkpoint, 3, 0).unwrap();
    assert_eq!(model.labels, ["negative", "neutral", "positive"]);
    let back = model.to_checkpoint().unwrap();
    assert_eq!(back.tensors, checkpoint.tensors);
    assert_eq!(back.config, checkpoint.config);
    let quantized = model.student(noctule_train::model::Precision::w1a(1)).unwrap();
    assert!(quantized.to_checkpoint().unwrap_err().to_string().contains("quantized"));
}

#[test]
fn another_number_of_classes_draws_a_head() {
    let (model, _) = fixture();
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/tiny-bert");
    let other = Model::from_checkpoint(&Checkpoint::read(&folder).unwrap(), 5, 1).unwrap();
    assert_eq!(other.params.get("classifier.weight").unwrap().shape, [5, 24]);
    let name = "pooler.dense.weight";
    assert_eq!(other.params.get(name).unwrap(), model.params.get(name).unwrap());
    assert!(other.labels.is_empty());
}
