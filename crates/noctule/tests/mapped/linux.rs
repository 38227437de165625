//! Where files are mapped.

use std::{
    fs,
    io::Write,
    process::{Child, Command, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

use crate::support::{BINARY, Folder, Run, done};

const TRAINED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/ldpc-49-24/trained.bmt");

/// The trained decoder in a folder of its own.
fn decoder(folder: &Folder) -> String {
    let file = folder.file("decoder.bmt");
    fs::copy(TRAINED, &file).unwrap();
    // Times of files have steps of a few milliseconds.
    sleep(Duration::from_millis(20));
    file
}

/// A command on two threads that has loaded the program.
fn loaded(arguments: &[&str]) -> Child {
    let child = Command::new(BINARY)
        .args(arguments)
        .args(["--threads", "2", "--quiet"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let start = Instant::now();
    while threads(child.id()) < 2 {
        assert!(start.elapsed() < Duration::from_secs(60), "it does not load");
        sleep(Duration::from_millis(20));
    }
    child
}

/// An engine's threads come after its program.
fn threads(process: u32) -> usize {
    fs::read_dir(format!("/proc/{process}/task")).map_or(0, Iterator::count)
}

/// One that decodes the words of standard input.
fn run(file: &str) -> Child {
    loaded(&["run", file])
}

/// What the command says to a word of zeros.
fn answer(mut child: Child) -> Run {
    let mut words = child.stdin.take().unwrap();
    writeln!(words, "{}", ["0.9"; 49].join(" ")).unwrap();
    drop(words);
    child.wait_with_output().unwrap().into()
}

fn cut(file: &str, length: u64) {
    fs::File::options().write(true).open(file).unwrap().set_len(length).unwrap();
}

#[track_caller]
fn refused(run: &Run, file: &str, what: &str) {
    assert_eq!((run.code, run.stdout.as_str()), (Some(3), ""), "{}", run.stderr);
    assert_eq!(run.stderr.trim_end().lines().count(), 1, "{}", run.stderr);
    assert!(run.stderr.contains(file) && run.stderr.contains(what), "{}", run.stderr);
}

#[test]
fn a_file_cut_short_in_use_gives_one_clear_line() {
    let folder = Folder::new("cut-in-use");
    for length in [0, 100] {
        let file = decoder(&folder);
        let child = run(&file);
        cut(&file, length);
        refused(&answer(child), &file, "while it was in use");
    }
}

#[test]
fn a_long_measurement_ends_with_one_clear_line() {
    let folder = Folder::new("cut-in-eval");
    let file = decoder(&folder);
    let long = ["--words", "5000000", "--block-errors", "5000000"];
    let child = loaded(&[&["eval", &file][..], &long].concat());
    cut(&file, 100);
    refused(&child.wait_with_output().unwrap().into(), &file, "while it was in use");
}

#[test]
fn what_is_shared_is_reported() {
    let inspected = done(&["inspect", TRAINED, "--json"]);
    let inspected: serde_json::Value = serde_json::from_str(&inspected).unwrap();
    let tokens = inspected["max_tokens"].as_u64().unwrap();
    assert_eq!(inspected["memory"]["shared"], tokens * inspected["width"].as_u64().unwrap());
}

#[test]
fn a_file_written_to_in_use_gives_one_clear_line() {
    let folder = Folder::new("written-in-use");
    let file = decoder(&folder);
    let child = run(&file);
    fs::write(&file, fs::read(TRAINED).unwrap()).unwrap();
    refused(&answer(child), &file, "written to while it was in use");
}

#[test]
fn a_file_that_is_read_or_replaced_is_answered_from() {
    let folder = Folder::new("no-map");
    let file = decoder(&folder);
    let read = loaded(&["run", &file, "--no-map"]);
    let mapped = run(&file);
    let new = folder.file("new.bmt");
    fs::write(&new, "nothing").unwrap();
    fs::rename(new, &file).unwrap();
    for child in [read, mapped] {
        let run = answer(child);
        assert_eq!((run.code, run.stdout.trim_end()), (Some(0), "0".repeat(49).as_str()));
    }
}
