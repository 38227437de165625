//! The whole way at the door, on the decoder that comes with the command and on a tiny one.

mod support;

use noctule::{
    model,
    program::{
        Program,
        parts::{Head, HeadTokens},
    },
};
use support::{Folder, done, json, noctule, refused};

const TRAINED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/ldpc-49-24/trained.bmt");

#[test]
fn the_trained_decoder_beats_no_coding_by_far() {
    let curves = json(&["eval", TRAINED, "--ebn0", "4", "--words", "600", "--quiet"]);
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
    let bench = json(&["bench", TRAINED, "--seconds", "0.1", "--threads", "1"]);
    assert!(bench["inputs_per_second"].as_f64().unwrap() > 1.0, "{bench}");
    let inspection = json(&["inspect", TRAINED]);
    assert_eq!(inspection["layers"].as_array().unwrap().len(), 4);
    assert_eq!(inspection["binary_weights"], 49152);
}

#[test]
fn answers_and_verification_speak_json() {
    let word = ["0.9"; 49].join(" ");
    let answer = json(&["run", TRAINED, &word]);
    assert_eq!(answer, serde_json::json!({"code": "ldpc-49-24", "words": ["0".repeat(49)]}));
    let report = json(&["verify", TRAINED, "--random", "3"]);
    assert_eq!(
        (&report["kernels"][0]["kernel"], &report["kernels"][0]["inputs"]),
        (&"scalar".into(), &3.into())
    );
    assert!(report["kernels"][0]["mismatch"].is_null(), "{report}");
}

#[test]
fn nothing_compared_is_no_verification() {
    let folder = Folder::new("nothing");
    let empty = folder.file("empty.txt");
    std::fs::write(&empty, "").unwrap();
    refused(&["verify", TRAINED, "--random", "0"], 2, &["--random", "--file"]);
    refused(&["verify", TRAINED, "--random", "0", "--file", &empty], 2, &["no input"]);
}

/// The card of the trained decoder on a program that answers in another way.
#[test]
fn a_head_that_is_no_decoders_is_refused() {
    let folder = Folder::new("heads");
    let file = folder.file("other.bmt");
    let trained = model::read(TRAINED.as_ref()).unwrap().into_parts();
    let changes: [fn(&mut Head); 3] = [
        |head| head.tokens = HeadTokens::Pooled,
        |head| head.tokens = HeadTokens::PerToken(48),
        |head| {
            head.weights = head.weights.repeat(2);
            head.bias = head.bias.repeat(2);
        },
    ];
    for change in changes {
        let mut parts = trained.clone();
        change(&mut parts.head);
        std::fs::write(&file, Program::new(parts).unwrap().to_bytes()).unwrap();
        for call in [&["run", &file, &["0.9"; 49].join(" ")][..], &["eval", &file]] {
            refused(call, 3, &["other.bmt", "one output for each of 49 bits", "lower it again"]);
        }
    }
}

#[cfg(feature = "train")]
mod training {
    use super::*;

    const TEACHER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/ldpc-49-24/teacher");
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
        let (out, run) = (folder.file("tiny.bmt"), folder.file("first.work"));
        json(&compress(&folder.file("first.bmt"), &[]));
        for name in ["tiny.bmt", "tiny.report.txt", "tiny.report.json"] {
            let mine = folder.file(name);
            std::fs::write(&mine, "mine").unwrap();
            for call in [&compress(&out, &[])[..], &["lower", &run, "--out", &out]] {
                refused(call, 3, &[name, "--force"]);
            }
            assert_eq!(std::fs::read(&mine).unwrap(), b"mine");
            assert!(!folder.names().contains(&"tiny.work".to_owned()));
            std::fs::remove_file(&mine).unwrap();
        }
        std::fs::write(folder.file("tiny.report.txt"), "mine").unwrap();
        json(&["lower", &run, "--out", &out, "--force"]);
        assert_ne!(std::fs::read(folder.file("tiny.report.txt")).unwrap(), b"mine");
    }

    #[test]
    fn a_folder_that_is_missing_is_named_before_the_work() {
        let folder = Folder::new("nowhere");
        let out = folder.file("nowhere/tiny.bmt");
        refused(&compress(&out, &[]), 3, &["nowhere: no such folder", "make it"]);
        refused(&["lower", TEACHER, "--out", &out], 3, &["nowhere: no such folder"]);
        refused(&["lower", TEACHER, "--out", &folder.file("")], 3, &["is a folder"]);
        assert!(folder.names().is_empty());
    }

    #[test]
    fn a_checkpoint_that_is_none_is_refused() {
        let folder = Folder::new("checkpoints");
        let (out, weights) = (folder.file("never.bmt"), folder.file("model.safetensors"));
        let card = std::fs::read_to_string(format!("{TEACHER}/model.json")).unwrap();
        let tensors = std::fs::read(format!("{TEACHER}/model.safetensors")).unwrap();
        let lower = ["lower", &folder.file(""), "--out", &out];
        let write = |card: &str, tensors: &[u8]| {
            std::fs::write(folder.file("model.json"), card).unwrap();
            std::fs::write(&weights, tensors).unwrap();
        };
        let rest = tensors.len() - 4;
        write(&card, &[&tensors[..rest], &f32::NAN.to_le_bytes()].concat());
        refused(&lower, 3, &["model.safetensors", "NaN"]);
        write(&card, &tensors[..rest]);
        refused(&lower, 3, &["model.safetensors", "no whole safetensors file"]);
        write(&card.replace("\"ffn\": 128", "\"ffn\": 64"), &tensors);
        refused(&lower, 3, &["model.safetensors", "has shape"]);
        std::fs::remove_file(&weights).unwrap();
        refused(&lower, 3, &["model.safetensors"]);
    }

    #[test]
    fn a_full_disk_leaves_no_program() {
        let folder = Folder::new("full");
        let out = folder.file("tiny.bmt");
        done(&compress(&out, &[]));
        let run = folder.file("tiny.work");
        let second = folder.file("second.bmt");
        let lower = support::on_a_full_disk(&["lower", &run, "--out", &second]);
        assert_eq!(lower.code, Some(4), "{}", lower.stderr);
        assert!(lower.stderr.contains("second.bmt"), "{}", lower.stderr);
        assert!(!folder.names().iter().any(|name| name.contains("second")), "{:?}", folder.names());
    }

    #[test]
    fn a_float_network_is_no_program() {
        let folder = Folder::new("float");
        refused(&["lower", TEACHER, "--out", &folder.file("never.bmt")], 3, &[]);
        assert!(folder.names().is_empty());
    }
}
