//! The tokenizer gives the ids that `transformers` gives, and its training is repeatable.

use noctule_train::data::{DataError, Overflow, Overwrite, Tokenizer};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};

fn fixture() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/tiny-bert")
}

fn fresh_folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    folder
}

fn numbers(value: &Value) -> Vec<u32> {
    value.as_array().unwrap().iter().map(|id| id.as_u64().unwrap() as u32).collect()
}

/// Every case of the fixture; returns how many there were.
fn check_cases(tokenizer: &Tokenizer) -> usize {
    let cases = fs::read(fixture().join("tokenizer_cases.json")).unwrap();
    let cases: Vec<Value> = serde_json::from_slice(&cases).unwrap();
    for case in &cases {
        let limit = case["max_tokens"].as_u64().map_or(1000, |limit| limit as usize);
        let text = case["text"].as_str().unwrap();
        let encoded =
            tokenizer.encode(text, case["pair"].as_str(), limit, Overflow::Truncate).unwrap();
        assert_eq!(encoded.ids, numbers(&case["input_ids"]), "{text:?}");
        let segments: Vec<u32> = encoded.segments.iter().map(|&s| u32::from(s)).collect();
        assert_eq!(segments, numbers(&case["token_type_ids"]), "{text:?}");
    }
    cases.len()
}

#[test]
fn ids_are_those_of_transformers() {
    let tokenizer = Tokenizer::from_folder(&fixture()).unwrap();
    assert!(check_cases(&tokenizer) > 30);
    let special = tokenizer.special();
    assert_eq!([special.pad, special.unk, special.cls, special.sep, special.mask], [0, 1, 2, 3, 4]);
}

#[test]
fn saving_and_bytes_keep_every_id() {
    let first = Tokenizer::from_folder(&fixture()).unwrap();
    let folder = fresh_folder("tokenizer-saved");
    first.save(&folder, Overwrite::No).unwrap();
    let list = fs::read_to_string(folder.join("vocab.txt")).unwrap();
    assert_eq!(list, fs::read_to_string(fixture().join("vocab.txt")).unwrap());
    let refused = first.save(&folder, Overwrite::No).unwrap_err();
    assert!(matches!(refused, DataError::Exists { .. }), "{refused}");
    first.save(&folder, Overwrite::Yes).unwrap();
    let second = Tokenizer::from_folder(&folder).unwrap();
    check_cases(&second);
    check_cases(&Tokenizer::from_json(&second.to_json().unwrap()).unwrap());
    assert_eq!(first.to_json().unwrap(), second.to_json().unwrap());
}

#[test]
fn overflow_is_refused_or_marked() {
    let tokenizer = Tokenizer::from_folder(&fixture()).unwrap();
    let error = tokenizer.encode("a a a a", None, 5, Overflow::Refuse).unwrap_err();
    assert!(matches!(error, DataError::TooLong { found: 6, limit: 5 }), "{error}");
    assert!(!tokenizer.encode("a a a a", None, 6, Overflow::Truncate).unwrap().truncated);
    assert!(tokenizer.encode("a a a a", None, 5, Overflow::Truncate).unwrap().truncated);
    assert!(tokenizer.encode("a", None, 2, Overflow::Truncate).is_err());
    assert!(tokenizer.encode("a", Some("b"), 3, Overflow::Truncate).is_err());
}

#[test]
fn cased_configuration_is_followed() {
    let folder = fresh_folder("tokenizer-cased");
    let list = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nThe\nthe\n";
    fs::write(folder.join("vocab.txt"), list).unwrap();
    let uncased = Tokenizer::from_folder(&folder).unwrap();
    assert_eq!(uncased.ids("The").unwrap(), [6]);
    fs::write(folder.join("tokenizer_config.json"), r#"{"do_lower_case": false, "x": 1}"#).unwrap();
    let cased = Tokenizer::from_folder(&folder).unwrap();
    assert_eq!(cased.ids("The").unwrap(), [5]);
}

#[test]
fn broken_folders_are_named() {
    let folder = fresh_folder("tokenizer-broken");
    let message = |folder: &Path| Tokenizer::from_folder(folder).unwrap_err().to_string();
    assert!(message(&folder).contains("neither tokenizer.json nor vocab.txt"));
    fs::write(folder.join("vocab.txt"), "[PAD]\n[UNK]\n[CLS]\n[SEP]\nthe\n").unwrap();
    assert!(message(&folder).contains("vocab.txt: no [MASK]"), "{}", message(&folder));
    fs::write(folder.join("vocab.txt"), "[PAD]\nthe\nthe\n").unwrap();
    assert!(message(&folder).contains("lines 2 and 3"), "{}", message(&folder));
    fs::write(folder.join("tokenizer.json"), "{").unwrap();
    assert!(message(&folder).contains("tokenizer.json"), "{}", message(&folder));
}

#[test]
fn training_is_repeatable_and_learns_frequent_words() {
    let texts: Vec<String> = (0..400)
        .map(|at| format!("the Movie number {at} was unwatchable; watched {} films ☃", at * 7919))
        .collect();
    let mut told = Vec::new();
    let first =
        Tokenizer::train_wordpiece(texts.iter(), 160, &mut |read| told.push(read)).unwrap();
    let second = Tokenizer::train_wordpiece(texts.iter().rev(), 160, &mut |_| {}).unwrap();
    assert_eq!(first.to_json().unwrap(), second.to_json().unwrap());
    assert_eq!(told, [400]);
    assert!(first.vocab_size() <= 160);
    assert_eq!(first.ids("THE movie").unwrap().len(), 2);
    assert_eq!(first.special().pad, 0);
    let unknown = first.special().unk;
    assert!(!first.ids("unwatchables 123").unwrap().contains(&unknown));
}

#[test]
fn training_refuses_what_cannot_work() {
    let train = |texts: &[&str], size| Tokenizer::train_wordpiece(texts.iter(), size, &mut |_| {});
    assert!(train(&[], 1000).is_err());
    assert!(train(&["  "], 1000).is_err());
    assert!(train(&["the quick brown fox"], 12).is_err());
}
