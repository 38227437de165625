//! Every wrong input gets one clear line, a non-zero exit code, and loses nothing.

mod support;

use std::fs;

use noctule::{
    engine::{KernelName, Memory, Work},
    model::{self, Resources},
    program::{
        Program, generate,
        parts::{HeadTokens, Parts, Source},
    },
    tasks::card::{Card, Task},
};
use support::{Folder, done, noctule, program_file, refused};

#[test]
fn a_missing_program_is_named() {
    refused(&["inspect", "no-such.bmt"], 3, &["no-such.bmt", "not found"]);
}

#[test]
fn a_truncated_program_is_refused_at_every_length() {
    let folder = Folder::new("truncated");
    let whole = program_file(&folder, 3);
    let bytes = fs::read(&whole).unwrap();
    let cut = folder.file("cut.bmt");
    for length in [0, 7, 31, 32, bytes.len() / 2, bytes.len() - 1] {
        fs::write(&cut, &bytes[..length]).unwrap();
        refused(&["inspect", &cut], 3, &["cut.bmt", "not a usable program"]);
    }
}

#[test]
fn a_flipped_bit_is_noticed() {
    let folder = Folder::new("flipped");
    let file = program_file(&folder, 4);
    let mut bytes = fs::read(&file).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 4;
    fs::write(&file, bytes).unwrap();
    refused(&["verify", &file], 3, &["checksum"]);
}

#[test]
fn a_program_without_a_card_cannot_be_asked() {
    let folder = Folder::new("cardless");
    let file = program_file(&folder, 5);
    refused(&["run", &file, "a question"], 3, &["card.json"]);
    refused(&["eval", &file], 3, &["card.json"]);
}

/// The decoder that comes with the command: unlike random programs it can be asked.
const TRAINED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/ldpc-49-24/trained.bmt");

/// A word that it can be asked for.
fn word() -> String {
    ["0.9"; 49].join(" ")
}

/// A text's answer comes from token 0; a head with logits for each token has none.
#[test]
fn a_head_that_is_no_classifiers_is_refused() {
    let folder = Folder::new("classifier");
    let file = folder.file("texts.bmt");
    let text = |parts: &Parts| matches!(parts.embed.source, Source::Text { .. });
    let mut parts = (0..).map(|seed| generate::program(seed).into_parts()).find(text).unwrap();
    let labels = (0..parts.head.bias.len()).map(|n| n.to_string()).collect();
    let task = Task::Classify { labels, tokenizer: b"{}".to_vec() };
    parts.extras = Card { task, provenance: Vec::new() }.to_extras();
    for (tokens, what) in
        [(HeadTokens::PerToken(1), "for each token"), (HeadTokens::Pooled, "tokenizer")]
    {
        parts.head.tokens = tokens;
        fs::write(&file, Program::new(parts.clone()).unwrap().to_bytes()).unwrap();
        refused(&["run", &file, "a question"], 3, &["texts.bmt", what]);
    }
}

#[test]
fn bytes_that_are_no_text_are_refused() {
    let script = format!("printf '\\377' | '{}' run '{TRAINED}'", support::BINARY);
    let output = std::process::Command::new("bash").args(["-c", &script]).output();
    let run = support::Run::from(output.unwrap());
    assert_eq!(run.code, Some(3), "{}", run.stderr);
    assert_eq!(run.stderr, "noctule: standard input: not UTF-8 text; convert it to UTF-8\n");
}

#[test]
fn a_full_standard_error_changes_no_exit_code() {
    let script = format!("'{}' inspect no-such.bmt 2>/dev/full", support::BINARY);
    let status = std::process::Command::new("bash").args(["-c", &script]).status().unwrap();
    assert_eq!(status.code(), Some(3));
}

#[test]
fn completions_name_the_commands() {
    for shell in ["bash", "zsh", "fish"] {
        let script = support::done(&["completions", shell]);
        assert!(script.contains("noctule") && script.contains("verify"), "{shell}: {script}");
    }
    refused_by_clap(&["completions", "word"], "bash");
}

#[test]
fn thread_counts_out_of_reason_are_refused() {
    let word = word();
    for command in [
        &["bench", TRAINED][..],
        &["run", TRAINED, &word],
        &["eval", TRAINED],
        &["verify", TRAINED],
        &["inspect", TRAINED],
    ] {
        for threads in ["0", "100000"] {
            let wanted = format!("threads is {threads}: give 1 to 1024");
            refused(&[command, &["--threads", threads]].concat(), 2, &[&wanted]);
        }
    }
}

#[test]
fn lengths_beyond_the_program_are_refused() {
    let folder = Folder::new("lengths");
    let file = program_file(&folder, 7);
    refused(&["inspect", &file, "--tokens", "0"], 2, &["--tokens 0"]);
    refused(&["inspect", &file, "--tokens", "5000"], 2, &["--tokens 5000"]);
}

#[test]
fn a_closed_pipe_is_no_error() {
    let folder = Folder::new("pipe");
    let file = program_file(&folder, 8);
    let script = format!("'{}' inspect '{file}' | true; exit ${{PIPESTATUS[0]}}", support::BINARY);
    let status = std::process::Command::new("bash").args(["-c", &script]).status().unwrap();
    assert_eq!(status.code(), Some(0));
}

/// What `inspect` says for so many threads is what the engine says.
fn said(threads: usize) -> Memory {
    let program = model::load(TRAINED.as_ref()).unwrap();
    let resources = Resources { threads: Some(threads), memory: None };
    let memory = model::engine(&program, resources, Work::Both).unwrap().memory();
    let shown = done(&["inspect", TRAINED, "--json", "--threads", &threads.to_string()]);
    let shown: serde_json::Value = serde_json::from_str(&shown).unwrap();
    let Memory { program, session, batch, load, shared } = memory;
    let total = memory.total(Work::Batch);
    let wanted = serde_json::json!({
        "threads": threads, "program": program, "session": session, "batch": batch,
        "total": total, "load": load, "shared": shared,
    });
    assert_eq!(shown["memory"], wanted);
    let text = done(&["inspect", TRAINED, "--threads", &threads.to_string()]);
    assert!(text.contains(&format!("memory   {total:>10}  total")), "{text}");
    memory
}

#[test]
fn a_program_beyond_its_memory_is_refused_with_the_figure() {
    let word = word();
    for threads in [1, 3] {
        let (memory, threads) = (said(threads), threads.to_string());
        for (work, command) in [
            (Work::Both, &["bench", TRAINED, "--seconds", "0.01"][..]),
            (Work::Batch, &["run", TRAINED, &word]),
            (Work::Batch, &["eval", TRAINED, "--words", "9"]),
        ] {
            let command = [command, &["--threads", &threads, "--max-memory"]].concat();
            let needed = memory.total(work);
            let [enough, less] = [needed, needed - 1].map(|bytes| bytes.to_string());
            refused(&[&command[..], &[&less]].concat(), 2, &[&enough, &less]);
            refused(&[&command[..], &["1K"]].concat(), 2, &[&enough, "1024"]);
            assert_eq!(noctule(&[&command[..], &[&enough]].concat()).code, Some(0), "{command:?}");
        }
    }
    refused_by_clap(&["run", TRAINED, &word, "--max-memory", "much"], "64M");
}

#[track_caller]
fn refused_by_clap(arguments: &[&str], part: &str) {
    let run = noctule(arguments);
    assert_eq!(run.code, Some(2), "{}", run.stderr);
    assert!(run.stderr.contains(part), "{}", run.stderr);
}

#[test]
fn a_kernel_that_the_machine_lacks_is_refused_by_name() {
    let folder = Folder::new("kernel");
    let file = program_file(&folder, 8);
    let available = KernelName::available();
    for name in KernelName::ALL.into_iter().filter(|name| !available.contains(name)) {
        let command = std::process::Command::new(support::BINARY)
            .args(["bench", &file, "--seconds", "0.01"])
            .env("NOCTULE_KERNEL", name.to_string())
            .output();
        let run = support::Run::from(command.unwrap());
        assert_eq!(run.code, Some(2), "{name}: {}", run.stderr);
        for part in [&name.to_string()[..], name.needs(), "it can run scalar"] {
            assert!(run.stderr.contains(part), "{name} lacks {part:?}: {}", run.stderr);
        }
    }
}

/// A program that is read, not mapped, does not need its file again.
#[test]
fn a_file_that_shrinks_under_a_program_that_was_read_does_no_harm() {
    let folder = Folder::new("shrinks");
    let file = program_file(&folder, 9);
    let program = model::read(file.as_ref()).unwrap();
    let input = generate::input(&program, 1);
    let wanted = noctule::program::interpret::run(&program, &input).unwrap();
    let engine = model::engine(&program, Resources::default(), Work::Session).unwrap();
    fs::OpenOptions::new().write(true).open(&file).unwrap().set_len(10).unwrap();
    assert_eq!(engine.run(&input), Ok(wanted));
    refused(&["inspect", &file], 3, &["random.bmt", "not a usable program"]);
}
