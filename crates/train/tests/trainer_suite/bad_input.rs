//! What is wrong is said in one line which names file, field and remedy; nothing is lost or half written.

use std::fs;
use std::path::{Path, PathBuf};

use noctule_train::trainer::{Event, Flow};

use super::support::{TINY_ECC, recipe, results, run, run_with, write_sentiment};

const TEXT: &str = r#"
[task]
kind = "classification"
train = "train.tsv"
text = "sentence"
label = "label"
[model]
layers = 1
width = 8
heads = 2
ffn = 16
max_tokens = 16
vocabulary = 300
[train]
steps = 2
batch = 4
learning_rate = 1e-3
[[stage]]
name = "teacher"
weights = "float"
activations = 32
"#;

/// The message of a run that must fail, which has one line and all of these parts.
#[track_caller]
fn refusal(text: &str, overrides: &[&str], data: &Path, out: &Path, resume: bool, parts: &[&str]) {
    let message =
        run(&recipe(text, overrides), data, out, resume).expect_err("is refused").to_string();
    assert!(!message.contains('\n'), "{message}");
    for part in parts {
        assert!(message.contains(part), "{message:?} lacks {part:?}");
    }
    for file in ["train.tsv", "dev.tsv"] {
        assert!(message.matches(file).count() <= 1, "{message:?} names {file} twice");
    }
}

#[test]
fn an_existing_run_is_not_overwritten_and_none_is_not_resumed() {
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("run");
    refusal(
        TINY_ECC,
        &[],
        folder.path(),
        &out,
        true,
        &["run holds no run to resume", "leave out --resume"],
    );
    assert!(!out.exists());
    run(&recipe(TINY_ECC, &[]), folder.path(), &out, false).expect("trains");
    let before = results(&out);
    refusal(TINY_ECC, &[], folder.path(), &out, false, &["already holds a run", "--resume"]);
    assert_eq!(results(&out), before);
    fs::write(folder.path().join("letter.txt"), "mine").expect("a file");
    let foreign = ["holds letter.txt", "name another output folder"];
    refusal(TINY_ECC, &[], folder.path(), &only(folder.path(), "letter.txt"), false, &foreign);
}

/// A new folder with nothing in it but a copy of a file.
fn only(folder: &Path, name: &str) -> PathBuf {
    let alone = folder.join("alone");
    fs::create_dir(&alone).expect("a folder");
    fs::copy(folder.join(name), alone.join(name)).expect("a copy");
    alone
}

#[test]
fn a_recipe_of_the_user_in_the_output_folder_is_not_replaced() {
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path();
    let mine = format!("# mine\n{TINY_ECC}");
    fs::write(out.join("recipe.toml"), &mine).expect("a file");
    refusal(&mine, &[], out, out, false, &["holds recipe.toml", "name another output folder"]);
    assert_eq!(fs::read_to_string(out.join("recipe.toml")).expect("a recipe"), mine);
    // What a start that was killed early leaves is no obstacle.
    fs::write(out.join("recipe.toml"), &recipe(&mine, &[]).text).expect("a file");
    run(&recipe(&mine, &[]), out, out, false).expect("trains");
}

#[test]
fn a_changed_recipe_or_file_is_noticed() {
    let folder = tempfile::tempdir().expect("a folder");
    let (data, out) = (folder.path(), folder.path().join("run"));
    write_sentiment(&data.join("train.tsv"), 20, 0);
    let mut stop = |event: &Event<'_>| {
        if matches!(event, Event::Step { .. }) { Flow::Stop } else { Flow::Continue }
    };
    run_with(&recipe(TEXT, &[]), data, &out, false, &mut stop).expect_err("stops");
    refusal(
        TEXT,
        &["train.seed=9"],
        data,
        &out,
        true,
        &["the recipe (or an override) changed", "restore it"],
    );
    write_sentiment(&data.join("train.tsv"), 21, 0);
    refusal(TEXT, &[], data, &out, true, &["train.tsv changed since this run began"]);
    write_sentiment(&data.join("train.tsv"), 20, 0);
    run(&recipe(TEXT, &[]), data, &out, true).expect("goes on");
}

#[test]
fn a_diverging_run_stops_and_keeps_its_checkpoint() {
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("run");
    let wild = ["train.learning_rate=1e38", "train.clip=inf", "train.steps=40", "train.warmup=0"];
    refusal(
        TINY_ECC,
        &wild,
        folder.path(),
        &out,
        false,
        &["run: stage", "is not a finite number", "lower train.learning_rate"],
    );
    assert!(out.join("checkpoints").exists());
}

#[test]
fn data_that_do_not_fit_are_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let (data, out) = (folder.path(), folder.path().join("run"));
    refusal(TEXT, &[], data, &out, false, &["train.tsv"]);
    write_sentiment(&data.join("train.tsv"), 20, 0);
    refusal(TEXT, &["task.label=mood"], data, &out, false, &["train.tsv", "no column \"mood\""]);
    refusal(
        TEXT,
        &["model.max_tokens=5"],
        data,
        &out,
        false,
        &["train.tsv", "line", "task.truncate = true"],
    );
    fs::write(data.join("dev.tsv"), "sentence\tlabel\nthe film\t7\n").expect("a file");
    refusal(
        TEXT,
        &["task.dev=dev.tsv"],
        data,
        &out,
        false,
        &["dev.tsv: line 2", "unknown label \"7\""],
    );
    refusal(TINY_ECC, &["task.code=ldpc-1-1"], data, &out, false, &["ldpc-1-1", "ldpc-49-24"]);
    assert!(!out.exists());
}

#[test]
fn a_teacher_of_another_task_or_an_unfinished_run_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let (data, out) = (folder.path(), folder.path().join("run"));
    let teacher = folder.path().join("teacher");
    let from = format!("model.teacher={}", teacher.display());
    let without = TINY_ECC.replace("layers = 1\nwidth = 8\nheads = 2\nffn = 16\n", "");
    refusal(&without, &[&from], data, &out, false, &["teacher"]);
    let mut stop = |event: &Event<'_>| {
        if matches!(event, Event::Step { .. }) { Flow::Stop } else { Flow::Continue }
    };
    run_with(&recipe(TINY_ECC, &[]), data, &teacher, false, &mut stop).expect_err("stops");
    refusal(&without, &[&from], data, &out, false, &["this run is not finished", "--resume"]);
    run(&recipe(TINY_ECC, &[]), data, &teacher, true).expect("goes on");
    refusal(
        &without,
        &[&from, "task.code=bch-63-36", "stage.0.weights=binary", "stage.0.activations=1"],
        data,
        &out,
        false,
        &["teacher", "reads another kind or number of inputs"],
    );
}

#[test]
fn texts_that_are_cut_are_counted() {
    let folder = tempfile::tempdir().expect("a folder");
    write_sentiment(&folder.path().join("train.tsv"), 20, 0);
    let mut said = Vec::new();
    let mut tell = |event: &Event<'_>| {
        if let Event::Preparing { what } = event {
            said.push((*what).to_owned());
        }
        Flow::Continue
    };
    let cut = recipe(TEXT, &["model.max_tokens=5", "task.truncate=true"]);
    run_with(&cut, folder.path(), &folder.path().join("run"), false, &mut tell).expect("trains");
    let line = said.iter().find(|line| line.contains("train.tsv")).expect("a line about the file");
    assert!(line.ends_with("of 20 texts were cut to 5 tokens"), "{line}");
}
