//! The whole way at the door with texts: a float teacher, exported, compressed, asked.
#![cfg(feature = "train")]

mod support;

use std::fs;

use noctule::train::trainer::model_folder;
use serde_json::Value;
use support::{
    Folder, done, json, noctule, refused,
    texts::{NUMBERED, compressed, teacher},
};

#[test]
fn a_table_without_a_header_goes_all_the_way_through_an_exported_teacher() {
    let folder = Folder::new("texts");
    let [teacher, table] = teacher(&folder);
    let exported = folder.file("exported");
    let said: Value =
        serde_json::from_str(&done(&["export", &teacher, "--out", &exported, "--json"])).unwrap();
    assert_eq!(said["opens_as"], "BertForSequenceClassification");
    assert_eq!(said["labels"], serde_json::json!(["0", "1"]));
    for name in ["config.json", "model.safetensors", "vocab.txt", "tokenizer.json"] {
        assert!(fs::exists(format!("{exported}/{name}")).unwrap(), "{name}");
    }
    let settings = fs::read(format!("{exported}/tokenizer_config.json")).unwrap();
    let settings: Value = serde_json::from_slice(&settings).unwrap();
    assert_eq!(
        (&settings["do_lower_case"], &settings["model_max_length"]),
        (&true.into(), &16.into())
    );
    let program = compressed(&folder, &exported, &table, &["--set", "train.epochs=3"]);
    let eval = [&["eval", &program, &table, "--json"][..], &NUMBERED].concat();
    let score: Value = serde_json::from_str(&done(&eval)).unwrap();
    assert_eq!(score["examples"], 80);
    assert!(score["value"].as_f64().unwrap() > 0.9, "{score}");
    let header = noctule(&["eval", &program, &table]);
    assert_eq!(header.code, Some(3));
    assert!(header.stderr.contains("train.tsv: line 1") && header.stderr.contains("--no-header"));
}

/// A program, and files of labelled texts with nothing, an unknown label and a text that is too long.
fn with_wrong_texts(folder: &Folder) -> (String, [String; 3]) {
    let [teacher, table] = teacher(folder);
    let program = compressed(folder, &teacher, &table, &["--set", "train.epochs=1"]);
    let files = ["empty.tsv", "unknown.tsv", "long.tsv"].map(|name| folder.file(name));
    let contents = ["", "r0\tmaybe\tthe film is dull\n", &format!("r0\t1\t{LONG}\n")];
    for (file, content) in files.iter().zip(contents) {
        fs::write(file, content).unwrap();
    }
    (program, files)
}

/// More tokens than the network takes.
const LONG: &str =
    "film film film film film film film film film film film film film film film film";

fn with_columns<'a>(call: &[&'a str]) -> Vec<&'a str> {
    [call, &NUMBERED].concat()
}

#[test]
fn what_is_wrong_with_texts_is_told_in_one_line() {
    let folder = Folder::new("wrong-texts");
    let (program, [empty, unknown, long]) = with_wrong_texts(&folder);
    for (file, parts) in [
        ("none.tsv", ["none.tsv", "check the path"]),
        (&empty, ["empty.tsv", "holds no data"]),
        (&unknown, ["unknown.tsv: line 1: unknown label \"maybe\"", "known are: 0, 1"]),
        (&long, ["text 1", "--truncate"]),
    ] {
        refused(&with_columns(&["eval", &program, file]), 3, &parts);
    }
    refused(&["run", &program, "a film", LONG], 3, &["text 2", "takes 16", "--truncate"]);
    assert_eq!(json(&with_columns(&["eval", &program, &long, "--truncate"]))["truncated"], 1);
    let answers = json(&["run", &program, LONG, "--truncate", "--quiet"]);
    assert_eq!(answers["answers"][0]["truncated"], true);
    assert_eq!(answers["labels"], serde_json::json!(["0", "1"]));
}

#[test]
fn freezing_counts_the_texts_it_cuts_and_wants_a_tokenizer() {
    let folder = Folder::new("cut-texts");
    let (_, [.., long]) = with_wrong_texts(&folder);
    let [work, out] = ["model.work", "again.bmt"].map(|name| folder.file(name));
    let lower = with_columns(&["lower", &work, "--out", &out, "--data", &long]);
    refused(&lower, 3, &["long.tsv: line 1", "--truncate"]);
    let frozen = noctule(&[&lower[..], &["--truncate"]].concat());
    assert_eq!(frozen.code, Some(0), "{}", frozen.stderr);
    assert!(frozen.stdout.contains("texts cut to the network's length: 1"), "{}", frozen.stdout);
    assert!(frozen.stderr.contains("1 texts were cut"), "{}", frozen.stderr);
    let stage = model_folder(work.as_ref()).unwrap();
    for name in ["tokenizer.json", "vocab.txt"] {
        let _ = fs::remove_file(stage.join(name));
    }
    let force = [&lower[..], &["--truncate", "--force"]].concat();
    refused(&force, 3, &["tokenizer.json", "vocab.txt"]);
}

#[test]
fn tensors_without_a_place_are_named() {
    let folder = Folder::new("ignored");
    let [teacher, table] = teacher(&folder);
    let [exported, out] = ["exported", "model.bmt"].map(|name| folder.file(name));
    done(&["export", &teacher, "--out", &exported]);
    add_tensor(&format!("{exported}/model.safetensors"), "cls.extra");
    let call = ["compress", "--teacher", &exported, "--train", &table, "--dev", &table];
    let more = ["--out", &out, "--set", "train.epochs=1"];
    let run = noctule(&with_columns(&[&call[..], &more].concat()));
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert!(run.stderr.contains("no place for: cls.extra"), "{}", run.stderr);
}

/// Adds one number to a safetensors file: its length, header as JSON, then the values.
fn add_tensor(path: &str, name: &str) {
    let bytes = fs::read(path).unwrap();
    let length = u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
    let (header, values) = bytes[8..].split_at(length);
    let mut header: Value = serde_json::from_slice(header).unwrap();
    let end = values.len();
    header[name] =
        serde_json::json!({"dtype": "F32", "shape": [1], "data_offsets": [end, end + 4]});
    let mut header = header.to_string();
    header.push_str(&" ".repeat(header.len().next_multiple_of(8) - header.len()));
    let length = (header.len() as u64).to_le_bytes();
    fs::write(path, [&length[..], header.as_bytes(), values, &[0; 4]].concat()).unwrap();
}

#[test]
fn a_full_disk_is_the_systems_refusal_wherever_it_is_met() {
    let folder = Folder::new("full-texts");
    let [teacher, _] = teacher(&folder);
    let recipe = folder.file("teacher.toml");
    let [data, run, exported] = ["", "run", "exported"].map(|name| folder.file(name));
    for call in [
        &["train", &recipe, "--data", &data, "--out", &run, "--quiet"][..],
        &["export", &teacher, "--out", &exported],
    ] {
        let full = support::on_a_full_disk(call);
        assert_eq!(full.code, Some(4), "{call:?}: {}", full.stderr);
        assert_eq!(full.stderr.trim_end().lines().count(), 1, "{}", full.stderr);
    }
}

#[test]
fn what_cannot_be_exported_or_would_be_lost_is_refused() {
    let folder = Folder::new("unexported");
    let decoder = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/ldpc-49-24/teacher");
    let out = folder.file("out");
    refused(&["export", decoder, "--out", &out], 3, &["only a network that reads text"]);
    assert!(!fs::exists(&out).unwrap());
    refused(&["export", decoder, "--out", &folder.file("")], 3, &["exists already"]);
}
