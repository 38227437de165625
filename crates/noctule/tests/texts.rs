//! The whole way at the door with texts: a float teacher, exported, compressed, asked.
#![cfg(feature = "train")]

mod support;

use std::{fmt::Write, fs};

use serde_json::Value;
use support::{Folder, done, noctule};

const TEACHER: &str = r#"
[task]
kind = "classification"
train = "train.tsv"
header = false
text = "3"
label = "2"
[model]
layers = 1
width = 16
heads = 2
ffn = 32
max_tokens = 16
vocabulary = 120
[train]
steps = 60
batch = 16
learning_rate = 1e-2
[[stage]]
name = "teacher"
weights = "float"
activations = 32
"#;

/// Rows as CoLA has them: no header, the label second, the text last.
fn write_table(path: &str, rows: usize) {
    let mut table = String::new();
    for row in 0..rows {
        let noun = ["film", "story", "play", "cast", "plot"][row / 2 % 5];
        let (label, mood) = [("0", "dull"), ("1", "lovely")][row % 2];
        writeln!(table, "r{row}\t{label}\tthe {noun} is {mood}").unwrap();
    }
    fs::write(path, table).unwrap();
}

/// A trained teacher and its table in a folder; their names.
fn teacher(folder: &Folder) -> [String; 2] {
    let [recipe, table, run] =
        ["teacher.toml", "train.tsv", "teacher"].map(|name| folder.file(name));
    write_table(&table, 80);
    fs::write(&recipe, TEACHER).unwrap();
    done(&["train", &recipe, "--data", &folder.file(""), "--out", &run, "--quiet"]);
    [run, table]
}

#[test]
fn a_table_without_a_header_goes_all_the_way_through_an_exported_teacher() {
    let folder = Folder::new("texts");
    let [teacher, table] = teacher(&folder);
    let [exported, program] = ["exported", "model.bmt"].map(|name| folder.file(name));
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
    let numbered = ["--no-header", "--text", "3", "--label", "2"];
    let mut compress = vec!["compress", "--teacher", &exported, "--train", &table, "--dev", &table];
    compress.extend(["--out", &program, "--set", "train.epochs=3", "--quiet"]);
    compress.extend(numbered);
    done(&compress);
    let mut eval = vec!["eval", &program, &table, "--json"];
    eval.extend(numbered);
    let score: Value = serde_json::from_str(&done(&eval)).unwrap();
    assert_eq!(score["examples"], 80);
    assert!(score["value"].as_f64().unwrap() > 0.9, "{score}");
    let header = noctule(&["eval", &program, &table]);
    assert_eq!(header.code, Some(3));
    assert!(header.stderr.contains("train.tsv: line 1") && header.stderr.contains("--no-header"));
}

#[test]
fn what_cannot_be_exported_or_would_be_lost_is_refused() {
    let folder = Folder::new("unexported");
    let decoder = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/ldpc-49-24/teacher");
    let out = folder.file("out");
    let refused = |out: &str, part: &str| {
        let run = noctule(&["export", decoder, "--out", out]);
        assert_eq!(run.code, Some(3));
        assert!(run.stderr.contains(part) && run.stderr.lines().count() == 1, "{}", run.stderr);
    };
    refused(&out, "only a network that reads text");
    assert!(!fs::exists(&out).unwrap());
    refused(&folder.file(""), "exists already");
}
