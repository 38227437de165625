//! `noctule bench` at the door.

mod support;

use std::{fs, os::unix::fs::PermissionsExt};

use serde_json::Value;
use support::{Folder, done, noctule, program_file};

fn json(arguments: &[&str]) -> Value {
    serde_json::from_str(&done(arguments)).unwrap()
}

fn number(value: &Value, field: &str) -> f64 {
    value[field].as_f64().unwrap_or_else(|| panic!("{field} of {value}"))
}

/// A small text network.
fn text_program(folder: &Folder) -> String {
    let network = noctule::bench::network::Network {
        name: "small".into(),
        layers: 2,
        width: 128,
        heads: 2,
        ffn: 256,
        vocabulary: 50,
    };
    let path = folder.file("small.bmt");
    fs::write(&path, network.program(32, 1).unwrap().to_bytes()).unwrap();
    path
}

/// A program that answers as the peers' script does, every inference taking `ms` milliseconds.
fn mock_peers(folder: &Folder, ms: f64) -> String {
    let path = folder.file("python");
    let script = format!(
        "#!/bin/sh\necho '{{\"python\": \"3\", \"versions\": {{\"p\": \"1\"}}}}'\n\
         echo '{{\"ort-float\": \"f\", \"ort-int8\": \"i\", \"openvino\": \"o\"}}'\n\
         while read peer; do echo '{{\"ms\": [{ms}, {ms}, {ms}]}}'; done\n"
    );
    fs::write(&path, script).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    path
}

#[test]
fn operators_of_all_layers_add_up_to_the_whole() {
    let folder = Folder::new("bench-json");
    let file = text_program(&folder);
    let report = json(&["bench", &file, "--json", "--seconds", "0.2", "--threads", "1"]);
    let roofline = &report["roofline"];
    let rows = roofline["operators"].as_array().unwrap();
    let sum: f64 = rows.iter().map(|row| number(row, "ms")).sum();
    let whole = number(roofline, "whole_ms");
    assert!((sum + number(roofline, "other_ms") - whole).abs() < 1e-6 * whole);
    assert!(number(roofline, "other_ms") < 0.1 * whole, "{roofline}");
    let up = rows.iter().filter(|row| row["operator"] == "up").collect::<Vec<_>>();
    assert_eq!(up.len(), 2);
    assert_eq!((&up[1]["layer"], number(up[1], "binary_operations")), (&1.into(), 2097152.0));
    for field in ["best", "median", "largest", "runs"] {
        assert!(number(&report["latency_ms"], field) > 0.0);
    }
    assert!(number(&report["limits"]["one"][0], "binary_gops") > 1.0);
    assert_eq!(report["comparison"], Value::Null);
}

/// A short report with peers.
fn compared(file: &str, python: &str) -> Value {
    let short = ["--json", "--threads", "1", "--seconds", "0.1", "--compare", "--python", python];
    json(&[&["bench", file], &short[..]].concat())
}

#[test]
fn peers_are_set_against_ours() {
    let folder = Folder::new("bench-peers");
    let (file, python) = (text_program(&folder), mock_peers(&folder, 1000.0));
    let report = compared(&file, &python);
    let peers = report["comparison"]["peers"].as_array().unwrap();
    assert_eq!(peers.len(), 3);
    for peer in peers {
        let ratio = 1000.0 / number(&report["latency_ms"], "median");
        assert!((number(peer, "ratio") / ratio - 1.0).abs() < 1e-9, "{peer}");
        assert_eq!(number(&peer["latency_ms"], "runs"), 15.0);
    }
}

#[test]
fn a_page_is_written_once() {
    let folder = Folder::new("bench-page");
    let (file, page) = (program_file(&folder, 3), folder.file("page.html"));
    let arguments = ["bench", &file, "--threads", "1", "--seconds", "0.05", "--page", &page];
    done(&arguments);
    assert!(fs::read_to_string(&page).unwrap().starts_with("<!DOCTYPE html>"));
    let again = noctule(&arguments);
    assert_eq!(again.code, Some(3), "{}", again.stderr);
    assert!(again.stderr.contains("page.html: exists already"), "{}", again.stderr);
    assert_eq!(folder.names(), ["page.html", "random.bmt"]);
}

#[test]
fn every_layer_is_shown_if_wanted() {
    let folder = Folder::new("bench-layers");
    let file = text_program(&folder);
    let text = done(&["bench", &file, "--threads", "1", "--seconds", "0.05", "--layers"]);
    for part in ["0: query", "1: down", "whole", "time outside matrix products"] {
        assert!(text.contains(part), "{part}: {text}");
    }
}

#[test]
fn a_suite_measures_all_it_names() {
    let folder = Folder::new("bench-suite");
    let suite = folder.file("suite.toml");
    let text = "tokens = [8, 16]\nactivations = [1, 4]\nthreads = [1]\nproducts = [[4, 64, 64]]\n\
                [[network]]\nname = \"n\"\nlayers = 2\nwidth = 64\nheads = 2\nffn = 128\nvocabulary = 9\n";
    fs::write(&suite, text).unwrap();
    let python = mock_peers(&folder, 5.0);
    let common = ["--seconds", "0.02", "--compare", "--python", &python];
    let record = json(&[&["bench", "--json", "--quiet", "--suite", &suite], &common[..]].concat());
    let figures = record["networks"].as_array().unwrap();
    assert_eq!(figures.len(), 4);
    assert!(figures.iter().all(|f| f["comparison"]["peers"][2]["name"] == "openvino"));
    let kernels = record["machine"]["kernels"].as_array().unwrap().len();
    assert_eq!(record["products"].as_array().unwrap().len(), 2 * kernels);
    assert!(record["command"].as_str().unwrap().starts_with("noctule bench --json"));
}

#[test]
fn nonsense_is_refused_in_one_line() {
    let folder = Folder::new("bench-nonsense");
    let file = text_program(&folder);
    let channel = (0..).find_map(|seed| {
        let program = noctule::program::generate::program(seed);
        matches!(program.shape().source, noctule::program::generate::SourceShape::Channel { .. })
            .then(|| program_file(&folder, seed))
    });
    let channel = channel.unwrap();
    let cases: [(&[&str], i32, &str); 9] = [
        (&[&file, "--seconds", "0"], 2, "--seconds takes"),
        (&[&file, "--seconds", "NaN"], 2, "--seconds takes"),
        (&[&file, "--batch", "0"], 2, "--batch"),
        (&[&file, "--tokens", "33"], 2, "takes 1 to 32"),
        (&[&file, "--compare", "--python", "no-such-python"], 2, "install Python 3"),
        (&[&channel, "--compare"], 2, "programs that read text"),
        (&["--shape", "bert-tiny"], 2, "there are bert-base"),
        (&["--shape", "minilm-l6", "--tokens", "0"], 2, "0 tokens"),
        (&["--suite", "no-such.toml"], 3, "not found"),
    ];
    for (arguments, code, part) in cases {
        let run = noctule(&[&["bench"], arguments].concat());
        assert_eq!(run.code, Some(code), "{arguments:?}: {}", run.stderr);
        assert!(run.stderr.contains(part), "{arguments:?}: {}", run.stderr);
        assert_eq!(run.stderr.trim_end().lines().count(), 1, "{arguments:?}: {}", run.stderr);
    }
}

/// The real peers, where the environment variable `NOCTULE_PYTHON` names a Python that has them.
#[test]
fn the_real_peers_run_the_network() {
    let Ok(python) = std::env::var("NOCTULE_PYTHON") else {
        use std::io::Write;
        // Past the test harness, which shows nothing of tests that pass.
        let line =
            "NOT RUN: the peers (NOCTULE_PYTHON names no Python with onnxruntime, openvino)\n";
        std::io::stderr().write_all(line.as_bytes()).unwrap();
        return;
    };
    let folder = Folder::new("bench-real");
    let file = text_program(&folder);
    let report = compared(&file, &python);
    let peers = report["comparison"]["peers"].as_array().unwrap();
    assert!(peers.iter().all(|peer| number(&peer["latency_ms"], "best") > 0.0), "{peers:?}");
}
