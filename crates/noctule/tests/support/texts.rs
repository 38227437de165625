//! A tiny classifier of texts.

use std::{fmt::Write, fs};

use super::{Folder, done};

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
pub(crate) fn write_table(path: &str, rows: usize) {
    let mut table = String::new();
    for row in 0..rows {
        let noun = ["film", "story", "play", "cast", "plot"][row / 2 % 5];
        let (label, mood) = [("0", "dull"), ("1", "lovely")][row % 2];
        writeln!(table, "r{row}\t{label}\tthe {noun} is {mood}").unwrap();
    }
    fs::write(path, table).unwrap();
}

/// A trained teacher and its table in a folder; their names.
pub(crate) fn teacher(folder: &Folder) -> [String; 2] {
    let [recipe, table, run] =
        ["teacher.toml", "train.tsv", "teacher"].map(|name| folder.file(name));
    write_table(&table, 80);
    fs::write(&recipe, TEACHER).unwrap();
    done(&["train", &recipe, "--data", &folder.file(""), "--out", &run, "--quiet"]);
    [run, table]
}

/// How the columns of such a table are told.
pub(crate) const NUMBERED: [&str; 5] = ["--no-header", "--text", "3", "--label", "2"];

/// A one-bit program of `teacher`, trained on `table` for a few steps; its name.
pub(crate) fn compressed(folder: &Folder, teacher: &str, table: &str, more: &[&str]) -> String {
    let program = folder.file("model.bmt");
    let files = ["compress", "--teacher", teacher, "--train", table, "--dev", table];
    done(&[&files[..], &["--out", &program, "--quiet"], &NUMBERED, more].concat());
    program
}
