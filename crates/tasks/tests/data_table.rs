//! Files of every kind, whole and broken, and their labels.

use flate2::Compression;
use flate2::write::GzEncoder;
use noctule_tasks::data::{Columns, DataError, LabelSet, Labels, Table, read_documents};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

fn file(name: &str, bytes: &[u8]) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("tables");
    fs::create_dir_all(&folder).unwrap();
    let path = folder.join(name);
    fs::write(&path, bytes).unwrap();
    path
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn columns(text: &str, pair: Option<&str>, label: Option<&str>) -> Columns {
    Columns {
        header: true,
        text: text.into(),
        pair: pair.map(String::from),
        label: label.map(String::from),
    }
}

fn read(name: &str, bytes: &[u8]) -> Result<Table, DataError> {
    Table::read(&file(name, bytes), &columns("s1", Some("s2"), Some("y")))
}

/// The one place that looks at a message: it names the file and holds every part.
#[track_caller]
fn check_error(name: &str, bytes: &[u8], parts: &[&str]) {
    let message = read(name, bytes).unwrap_err().to_string();
    assert!(message.contains(name), "{message}");
    assert!(!message.contains('\n'), "{message}");
    for part in parts {
        assert!(message.contains(part), "\"{part}\" is not in: {message}");
    }
}

fn texts(table: &Table) -> Vec<(usize, &str, &str, &str)> {
    table
        .rows
        .iter()
        .map(|row| {
            let (pair, label) = (row.pair.as_deref(), row.label.as_deref());
            (row.line, row.text.as_str(), pair.unwrap(), label.unwrap())
        })
        .collect()
}

#[test]
fn every_format_gives_the_same_rows() {
    let tsv = "\u{feff}y\ts1\tx\ts2\r\n1\tone \"two\t-\t\r\n\r\n0\t three, \t-\tfour\"";
    let csv = "y,s1,x,s2\r\n1,\"one \"\"two\",-,\n0,\" three, \",-,\"four\"\"\"\n";
    let jsonl = "{\"y\":1,\"s1\":\"one \\\"two\",\"s2\":\"\"}\n{\"y\":\"0\",\"s1\":\" three, \",\"s2\":\"four\\\"\",\"z\":[]}\n";
    let expected = [("one \"two", "", "1"), (" three, ", "four\"", "0")];
    for (name, text, lines) in
        [("a.tsv", tsv, [2, 4]), ("a.csv", csv, [2, 3]), ("a.jsonl", jsonl, [1, 2])]
    {
        for (name, bytes) in
            [(name.to_string(), text.into()), (format!("{name}.gz"), gzip(text.as_bytes()))]
        {
            let table = read(&name, &bytes).unwrap();
            let expected = expected.iter().zip(lines).map(|(&(a, b, c), line)| (line, a, b, c));
            assert_eq!(texts(&table), expected.collect::<Vec<_>>(), "{name}");
        }
    }
}

fn read_numbered(name: &str, bytes: &[u8], columns: [&str; 3]) -> Result<Table, DataError> {
    let [text, pair, label] = columns.map(String::from);
    let columns = Columns { header: false, text, pair: Some(pair), label: Some(label) };
    Table::read(&file(name, bytes), &columns)
}

#[test]
fn without_a_header_the_first_line_is_data_and_columns_have_numbers() {
    let expected = [(1, "a", "b", "1"), (2, "c", "d", "0")];
    for (name, text) in [("n.tsv", "1\tb\ta\n0\td\tc\n"), ("n.csv", "1,b,a\n0,\"d\",c\n")] {
        let table = read_numbered(name, text.as_bytes(), ["3", "2", "1"]).unwrap();
        assert_eq!(texts(&table), expected, "{name}");
        for column in ["0", "4", "text", "-1"] {
            let error = read_numbered(name, text.as_bytes(), [column, "2", "1"]).unwrap_err();
            let message = error.to_string();
            let parts =
                [name, &format!("no column \"{column}\""), "\"1\", \"b\", \"a\"", "number from 1"];
            assert!(parts.iter().all(|part| message.contains(part)), "{message}");
        }
    }
    let error = read_numbered("n.jsonl", b"{}", ["1", "2", "3"]).unwrap_err().to_string();
    assert!(error.contains("n.jsonl") && error.contains("without --no-header"), "{error}");
}

#[test]
fn data_taken_for_a_header_is_shown_briefly_with_the_remedy() {
    let line = format!("1\t{}\n", "\u{e9}".repeat(200));
    check_error("data.tsv", line.as_bytes(), &["--no-header", "header = false", "\u{e9}...\""]);
    let message = read("data.tsv", line.as_bytes()).unwrap_err().to_string();
    assert!(message.chars().count() < 300, "{message}");
}

#[test]
fn csv_fields_may_hold_line_ends() {
    let table = read("lines.csv", b"s1,s2,y\r\n\"a\nb\",c,1\r\n\r\n\nd,e,0\nf,g,1").unwrap();
    let expected = [(2, "a\nb", "c", "1"), (6, "d", "e", "0"), (7, "f", "g", "1")];
    assert_eq!(texts(&table), expected);
}

#[test]
fn broken_files_are_named_with_line_and_remedy() {
    check_error("missing.tsv", b"s1\ty\na\t1\n", &["line 1", "\"s2\"", "\"s1\", \"y\""]);
    check_error("missing.csv", b"s1,y\na,1\n", &["line 1", "\"s2\"", "\"s1\", \"y\""]);
    check_error("missing.jsonl", b"{\"s1\":\"a\",\"y\":1}", &["line 1", "\"s2\"", "\"s1\", \"y\""]);
    check_error("ragged.tsv", b"s1\ts2\ty\na\tb\t1\na\tb\n", &["line 3", "2 fields", "has 3"]);
    check_error("long.tsv", b"s1\ts2\ty\na\tb\t1\t\n", &["line 2", "4 fields"]);
    check_error("ragged.csv", b"s1,s2,y\na,b,1\na,b\n", &["line 3", "2 fields", "has 3"]);
    check_error("utf8.tsv", b"s1\ts2\ty\na\xff\tb\t1\n", &["line 2", "UTF-8"]);
    check_error("utf8.csv", b"s1,s2,y\na,b,1\na,b,\xff\n", &["line 3", "UTF-8"]);
    check_error("empty.tsv", b"", &["no data"]);
    check_error("header.tsv", b"s1\ts2\ty\n", &["no data"]);
    check_error("header.csv", b"s1,s2,y\n", &["no data"]);
    check_error("empty.csv", b"", &["no data"]);
    check_error("empty.jsonl", b"\n\n", &["no data"]);
    check_error("broken.jsonl", b"{\"s1\":", &["line 1", "not a JSON object"]);
    check_error("null.jsonl", b"{\"s1\":null,\"s2\":\"\",\"y\":1}", &["line 1", "\"s1\""]);
    check_error("other.xml", b"", &["unknown kind", ".tsv, .csv or .jsonl"]);
    let packed = gzip(&b"s1\ts2\ty\na\tb\t1\n".repeat(100));
    check_error("cut.tsv.gz", &packed[..packed.len() / 2], &["gzip", "cut short"]);
    check_error("plain.tsv.gz", b"s1\ts2\ty\na\tb\t1\n", &["gzip"]);
}

#[test]
fn missing_file_is_named() {
    let error = Table::read(Path::new("nowhere/x.tsv"), &columns("a", None, None)).unwrap_err();
    assert!(matches!(error, DataError::Read { .. }));
    assert!(error.to_string().starts_with("nowhere/x.tsv: cannot be read"), "{error}");
}

#[test]
fn documents_are_lines() {
    let path = file("documents.txt.gz", &gzip("one\r\n\n two \u{2028}x\n".as_bytes()));
    assert_eq!(read_documents(&path).unwrap(), ["one", " two \u{2028}x"]);
    assert!(matches!(read_documents(&file("e.txt", b"\n \n")), Err(DataError::Empty { .. })));
    assert!(matches!(read_documents(&file("e.tsv", b"a\n")), Err(DataError::Extension { .. })));
}

#[test]
fn classes_are_sorted_or_given() {
    let table = read("labels.tsv", b"s1\ts2\ty\na\tb\tpos\nc\td\tneg\ne\tf\tpos\n").unwrap();
    let found = LabelSet::of_table(&table).unwrap();
    assert_eq!(found, LabelSet::Classes(vec!["neg".into(), "pos".into()]));
    assert_eq!(found.outputs(), 2);
    assert_eq!(found.encode(&table).unwrap(), Labels::Classes(vec![1, 0, 1]));
    let given =
        LabelSet::of_names(&table.path, vec!["pos".into(), "neg".into(), "mixed".into()]).unwrap();
    assert_eq!(given.encode(&table).unwrap().select(&[1, 0]), Labels::Classes(vec![1, 0]));
    let other = LabelSet::of_names(&table.path, vec!["pos".into(), "mixed".into()]).unwrap();
    let message = other.encode(&table).unwrap_err().to_string();
    assert!(message.contains("labels.tsv: line 3: unknown label \"neg\""), "{message}");
    assert!(message.ends_with("known are: pos, mixed"), "{message}");
}

#[test]
fn label_names_must_make_classes() {
    for names in [&["a"][..], &["a", "a"], &["a", ""], &[]] {
        let names = names.iter().map(|name| name.to_string()).collect();
        let error = LabelSet::of_names(Path::new("a.bmt"), names).unwrap_err();
        assert!(matches!(error, DataError::LabelNames { .. }));
        assert!(error.to_string().starts_with("a.bmt: labels: "), "{error}");
    }
    let path = file("none.tsv", b"s1\na\n");
    let table = Table::read(&path, &columns("s1", None, None)).unwrap();
    let message = LabelSet::of_table(&table).unwrap_err().to_string();
    assert!(message.contains("none.tsv: line 2: no label"), "{message}");
}

#[test]
fn scores_are_finite_numbers() {
    let table = read("scores.tsv", b"s1\ts2\ty\na\tb\t3.5\nc\td\t-1\n").unwrap();
    assert_eq!(LabelSet::Score.encode(&table).unwrap(), Labels::Scores(vec![3.5, -1.0]));
    for bad in ["NaN", "inf", "1e99", "x", ""] {
        let table = read("bad.tsv", format!("s1\ts2\ty\na\tb\t{bad}\n").as_bytes()).unwrap();
        let message = LabelSet::Score.encode(&table).unwrap_err().to_string();
        assert!(message.contains("bad.tsv: line 2") && message.contains(bad), "{message}");
    }
}
