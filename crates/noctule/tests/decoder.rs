//! The whole way at the door, on the decoder that comes with the command and on a tiny one.

mod support;

use serde_json::Value;
use support::{Folder, done, noctule};

const TRAINED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/ldpc-49-24/trained.bmt");

fn json(arguments: &[&str]) -> Value {
    serde_json::from_str(&done(arguments)).unwrap()
}

#[test]
fn the_trained_decoder_beats_no_coding_by_far() {
    let curves = json(&["eval", TRAINED, "--ebn0", "4", "--words", "600", "--json", "--quiet"]);
    let ber = curves["curves"][0]["points"][0]["ber"].as_f64().unwrap();
    assert!((1e-3..0.02).contains(&ber), "bit error rate {ber} at 4 dB; uncoded is 0.058");
}

#[test]
fn the_trained_decoder_is_verified_on_words_of_the_user() {
    let folder = Folder::new("words");
    let words = folder.file("words.txt");
    let word = |flip: usize| {
        let value = |at: usize| if at == flip { "-0.2" } else { "0.9" };
        (0..49).map(value).collect::<Vec<_>>().join(" ")
    };
    std::fs::write(&words, format!("{}\n{}\n", word(49), word(7))).unwrap();
    let report = done(&["verify", TRAINED, "--random", "5", "--file", &words]);
    assert!(report.contains("scalar: equal to the interpreter on 7 inputs"), "{report}");
    // The all-zero codeword, and one weak symbol of it turned over: both decode to it.
    let decoded = done(&["run", TRAINED, "--file", &words]);
    assert_eq!(decoded.lines().collect::<Vec<_>>(), ["0".repeat(49), "0".repeat(49)]);
}

#[test]
fn words_that_are_none_are_refused_by_their_number() {
    for (word, what) in [("1 2 3", "3 values"), ("x", "invalid float"), ("", "0 values")] {
        let run = noctule(&["run", TRAINED, word]);
        assert_eq!(run.code, Some(3), "{word:?}");
        assert!(run.stderr.contains("word 1") && run.stderr.contains(what), "{}", run.stderr);
    }
}

#[test]
fn bench_and_inspect_speak_json() {
    let bench = json(&["bench", TRAINED, "--seconds", "0.1", "--threads", "1", "--json"]);
    assert!(bench["inputs_per_second"].as_f64().unwrap() > 1.0, "{bench}");
    let inspection = json(&["inspect", TRAINED, "--json"]);
    assert_eq!(inspection["layers"].as_array().unwrap().len(), 4);
    assert_eq!(inspection["binary_weights"], 49152);
}

#[cfg(feature = "train")]
mod training {
    use super::*;

    const TINY: [&str; 10] = [
        "--set",
        "train.steps=3",
        "--set",
        "train.batch=4",
        "--set",
        "model.layers=1",
        "--set",
        "model.width=16",
        "--set",
        "model.ffn=16",
    ];

    fn compress<'a>(out: &'a str, more: &[&'a str]) -> Vec<&'a str> {
        let call =
            ["compress", "--quiet", "--code", "bch-31-16", "--activations", "1", "--out", out];
        [&call[..], &TINY, more].concat()
    }

    #[test]
    fn a_code_becomes_a_program_in_one_command() {
        let folder = Folder::new("compress");
        let out = folder.file("tiny.bmt");
        let report = done(&compress(&out, &[]));
        assert!(report.contains("bit error rate at 4 dB"), "{report}");
        let files = ["tiny.bmt", "tiny.report.json", "tiny.report.txt", "tiny.work"];
        assert_eq!(folder.names(), files);
        done(&["verify", &out, "--random", "20"]);
    }

    #[test]
    fn nothing_is_overwritten_unasked() {
        let folder = Folder::new("overwrite");
        let out = folder.file("tiny.bmt");
        std::fs::write(&out, "mine").unwrap();
        let run = noctule(&compress(&out, &[]));
        assert_eq!(run.code, Some(3));
        assert!(run.stderr.contains("--force"), "{}", run.stderr);
        assert_eq!(std::fs::read(&out).unwrap(), b"mine");
    }

    #[test]
    fn a_full_disk_leaves_no_program() {
        let folder = Folder::new("full");
        let out = folder.file("tiny.bmt");
        done(&compress(&out, &[]));
        let run = folder.file("tiny.work");
        let second = folder.file("second.bmt");
        let script = format!(
            "trap '' XFSZ; ulimit -f 1; exec '{}' lower '{run}' --out '{second}'",
            support::BINARY
        );
        let status = std::process::Command::new("bash").args(["-c", &script]).output().unwrap();
        let stderr = String::from_utf8(status.stderr).unwrap();
        assert_eq!(status.status.code(), Some(4), "{stderr}");
        assert!(stderr.contains("second.bmt"), "{stderr}");
        assert!(!folder.names().iter().any(|name| name.contains("second")), "{:?}", folder.names());
    }

    #[test]
    fn a_float_network_is_no_program() {
        let folder = Folder::new("float");
        let teacher = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/ldpc-49-24/teacher");
        let run = noctule(&["lower", teacher, "--out", &folder.file("never.bmt")]);
        assert_eq!(run.code, Some(3));
        assert_eq!(run.stderr.trim_end().lines().count(), 1, "{}", run.stderr);
        assert!(folder.names().is_empty());
    }
}
