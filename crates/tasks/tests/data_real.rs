//! The real data sets, where they are present: `NOCTULE_DATA`, or `../shared/data` beside the
//! workspace.

use noctule_tasks::data::{Columns, Dataset, LabelSet, Overflow, Table, Tokenizer};
use std::io::Write;
use std::path::{Path, PathBuf};

/// The folder of the data sets; says loudly when a test did not run for want of it.
fn data_folder(test: &str) -> Option<PathBuf> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    let folder = std::env::var_os("NOCTULE_DATA").map_or_else(beside, PathBuf::from);
    if !folder.is_dir() {
        // Written past the harness, which would swallow what `eprintln!` says in a test that passes.
        let _ = writeln!(
            std::io::stderr(),
            "NOT RUN: {test}: no data sets; name their folder in NOCTULE_DATA"
        );
        return None;
    }
    Some(folder)
}

/// File, text column, second column, label column, rows, outputs (1: scores).
type Set = (&'static str, &'static str, Option<&'static str>, &'static str, usize, usize);

const SETS: [Set; 7] = [
    ("SST-2/dev.tsv.gz", "sentence", None, "label", 872, 2),
    ("RTE/dev.tsv.gz", "sentence1", Some("sentence2"), "label", 277, 2),
    ("WNLI/train.tsv.gz", "sentence1", Some("sentence2"), "label", 635, 2),
    ("QNLI/dev.tsv.gz", "question", Some("sentence"), "label", 5463, 2),
    ("MRPC/train.tsv.gz", "#1 String", Some("#2 String"), "Quality", 3668, 2),
    ("STS-B/dev.tsv.gz", "sentence1", Some("sentence2"), "score", 1500, 1),
    ("SST-2/train.tsv.gz", "sentence", None, "label", 67349, 2),
];

#[test]
fn glue_files_are_read_whole() {
    let Some(folder) = data_folder("glue_files_are_read_whole") else { return };
    for (file, text, pair, label, rows, outputs) in SETS {
        let columns = Columns {
            header: true,
            text: text.into(),
            pair: pair.map(String::from),
            label: Some(label.into()),
        };
        let table = Table::read(&folder.join(file), &columns).unwrap();
        assert_eq!(table.rows.len(), rows, "{file}");
        let labels = match outputs {
            1 => LabelSet::Score,
            _ => LabelSet::of_table(&table).unwrap(),
        };
        assert_eq!(labels.outputs(), outputs, "{file}");
        assert_eq!(labels.encode(&table).unwrap().len(), rows, "{file}");
    }
}

#[test]
fn cola_has_no_header() {
    let Some(folder) = data_folder("cola_has_no_header") else { return };
    let columns = Columns { header: false, text: "4".into(), pair: None, label: Some("2".into()) };
    let table = Table::read(&folder.join("CoLA/train.tsv.gz"), &columns).unwrap();
    assert_eq!(table.rows.len(), 8551);
    assert_eq!(LabelSet::of_table(&table).unwrap().outputs(), 2);
    let named = Columns { header: true, text: "sentence".into(), ..columns };
    let error = Table::read(&folder.join("CoLA/dev.tsv.gz"), &named).unwrap_err().to_string();
    assert!(error.contains("--no-header"), "{error}");
}

#[test]
fn a_trained_vocabulary_spells_unseen_sentences() {
    let test = "a_trained_vocabulary_spells_unseen_sentences";
    let Some(folder) = data_folder(test) else { return };
    let columns =
        Columns { header: true, text: "sentence".into(), pair: None, label: Some("label".into()) };
    let table = Table::read(&folder.join("SST-2/dev.tsv.gz"), &columns).unwrap();
    let (seen, unseen) = table.rows.split_at(600);
    let texts = seen.iter().map(|row| row.text.as_str());
    let tokenizer = Tokenizer::train_wordpiece(texts, 2000, &mut |_| {}).unwrap();
    let unseen = Table { path: table.path.clone(), rows: unseen.to_vec() };
    let data = Dataset::encode(&unseen, &tokenizer, None, 64, Overflow::Truncate).unwrap();
    let ids = data.examples.iter().flat_map(|example| &example.ids);
    let unknown = ids.clone().filter(|&&id| id == tokenizer.special().unk).count();
    let words: usize = unseen.rows.iter().map(|row| row.text.split_whitespace().count()).sum();
    assert!(unknown * 200 < words, "{unknown} unknown for {words} words");
    assert!(ids.count() < 3 * words);
}
