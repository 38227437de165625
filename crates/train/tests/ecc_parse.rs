//! Reading and writing matrices; one case per way a file can be wrong.

use noctule_train::ecc::alist::{parse_alist, write_alist};
use noctule_train::ecc::parse::{MAX_FILE_BYTES, parse_dense, read_parity};
use noctule_train::ecc::{BitMatrix, Code};
use std::fs;
use std::path::PathBuf;

const GOOD: &str = "3 2\n2 2\n1 2 1\n2 2\n1 0\n1 2\n2 0\n1 2\n2 3\n";

#[track_caller]
fn check_alist(text: &str, expected: &str) {
    let error = parse_alist(text, "a.alist").unwrap_err().to_string();
    assert_eq!(error, expected);
}

#[track_caller]
fn check_dense(text: &str, expected: &str) {
    let error = parse_dense(text, "a.txt").unwrap_err().to_string();
    assert_eq!(error, expected);
}

fn small() -> BitMatrix {
    BitMatrix::from_supports(3, &[vec![0, 1], vec![1, 2]])
}

fn scratch(name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("ecc_parse");
    fs::create_dir_all(&folder).unwrap();
    folder.join(name)
}

#[test]
fn alist_with_and_without_filling_zeros_is_read() {
    assert_eq!(parse_alist(GOOD, "a").unwrap(), small());
    let unfilled = "3 2\n2 2\n1 2 1\n2 2\n1\n1 2\n2\n1 2\n2 3\n\n";
    assert_eq!(parse_alist(unfilled, "a").unwrap(), small());
    assert_eq!(parse_alist(&GOOD.replace('\n', "\r\n"), "a").unwrap(), small());
}

#[test]
fn alist_round_trip() {
    let irregular = BitMatrix::from_supports(70, &[vec![0, 69], vec![], vec![1, 2, 64]]);
    for matrix in [small(), irregular, Code::by_name("polar-64-48").unwrap().parity().clone()] {
        assert_eq!(parse_alist(&write_alist(&matrix), "a").unwrap(), matrix);
    }
    assert_eq!(write_alist(&small()), GOOD);
}

#[test]
fn dense_text_is_read() {
    assert_eq!(parse_dense("1 1 0\n\n0 1\t1 \r\n", "a").unwrap(), small());
}

#[test]
fn alist_sizes() {
    check_alist("", "a.alist: line 1: the file ends where the size 'columns rows' should stand");
    check_alist("3\n", "a.alist: line 1: 1 fields where 2 are due (the size 'columns rows')");
    check_alist("3 2 9\n", "a.alist: line 1: 3 fields where 2 are due (the size 'columns rows')");
    check_alist("3 x\n", "a.alist: line 1, field 2: 'x' is not a number");
    check_alist("-3 2\n", "a.alist: line 1, field 1: '-3' is not a number");
    check_alist(
        "3 0\n",
        "a.alist: line 1, field 2: the size 'columns rows' is 0, outside 1..=4096",
    );
    check_alist(
        "99999 2\n",
        "a.alist: line 1, field 1: the size 'columns rows' is 99999, outside 1..=4096",
    );
    let huge = "9".repeat(30);
    check_alist(
        &format!("{huge} 2\n"),
        &format!("a.alist: line 1, field 1: '{}' is not a number", &huge[..20]),
    );
}

#[test]
fn alist_weights() {
    let with = |line: usize, text: &str| {
        let mut lines: Vec<&str> = GOOD.lines().collect();
        lines[line - 1] = text;
        lines.join("\n")
    };
    check_alist(
        &with(2, "9 2"),
        "a.alist: line 2, field 1: the largest weights is 9, outside 0..=3",
    );
    check_alist(&with(3, "1 3 1"), "a.alist: line 3, field 2: column weights is 3, outside 0..=2");
    check_alist(&with(3, "1 2"), "a.alist: line 3: 2 fields where 3 are due (column weights)");
    check_alist(&with(4, "2 2 2"), "a.alist: line 4: 3 fields where 2 are due (row weights)");
    check_alist(
        &with(5, "1 2"),
        "a.alist: line 5: 2 fields where 1 are due (the rows of a column)",
    );
    check_alist(
        &with(6, "1 0"),
        "a.alist: line 6: 1 fields where 2 are due (the rows of a column)",
    );
    check_alist(
        &with(6, "1 2 0"),
        "a.alist: line 6: 3 fields where 2 are due (the rows of a column)",
    );
}

#[test]
fn alist_indices() {
    let replaced = |from: &str, to: &str| GOOD.replace(from, to);
    check_alist(
        &replaced("\n1 2\n2 0", "\n1 3\n2 0"),
        "a.alist: line 6, field 2: the rows of a column is 3, outside 0..=2",
    );
    check_alist(
        &replaced("\n1 2\n2 0", "\n0 2\n2 0"),
        "a.alist: line 6, field 1: the rows of a column is 0, outside 1..=2",
    );
    check_alist(
        &replaced("\n1 2\n2 0", "\n2 2\n2 0"),
        "a.alist: line 6, field 2: index 2 appears twice in one list",
    );
    check_alist(
        &replaced("1 2\n2 3\n", "1 3\n2 3\n"),
        "a.alist: line 8: row 1 and column 2 disagree about their common entry",
    );
}

#[test]
fn alist_ends() {
    check_alist(
        &GOOD.replace("\n2 3\n", "\n"),
        "a.alist: line 9: the file ends where the columns of a row should stand",
    );
    check_alist(&format!("{GOOD}\n7\n"), "a.alist: line 11: text after the end of the matrix");
}

#[test]
fn every_prefix_of_an_alist_is_refused_without_panic() {
    for end in 0..GOOD.len() - 2 {
        assert!(parse_alist(&GOOD[..end], "a").is_err(), "prefix of {end} bytes");
    }
}

#[test]
fn dense_errors() {
    check_dense("", "a.txt: no matrix rows found");
    check_dense(" \n\n", "a.txt: no matrix rows found");
    check_dense("1 0\n1 2\n", "a.txt: line 2, field 2: '2' is not a bit (0 or 1)");
    check_dense("1 0\n\n1\n", "a.txt: line 3: 1 fields where 2 are due (bits of a row)");
    let wide = "1 ".repeat(4097);
    check_dense(&wide, "a.txt: line 1: the number of columns is 4097, outside 1..=4096");
    let tall = "1\n".repeat(4097);
    check_dense(&tall, "a.txt: line 4097: the number of rows is 4097, outside 1..=4096");
}

#[test]
fn files_are_told_apart_by_name() {
    fs::write(scratch("ok.alist"), GOOD).unwrap();
    fs::write(scratch("ok.txt"), "1 1 0\n0 1 1\n").unwrap();
    assert_eq!(read_parity(&scratch("ok.alist")).unwrap(), small());
    assert_eq!(read_parity(&scratch("ok.txt")).unwrap(), small());
    let error = read_parity(&scratch("ok.csv")).unwrap_err().to_string();
    assert!(
        error.ends_with(
            "ok.csv: unknown kind of matrix; name it .alist, or .txt for rows of 0 and 1"
        )
    );
}

#[test]
fn unreadable_files_are_named() {
    let error = read_parity(&scratch("none.txt")).unwrap_err().to_string();
    assert!(error.contains("none.txt: "), "{error}");
    fs::write(scratch("bytes.txt"), [0xff, 0xfe]).unwrap();
    let error = read_parity(&scratch("bytes.txt")).unwrap_err().to_string();
    assert!(error.contains("bytes.txt: "), "{error}");
    let large = fs::File::create(scratch("large.txt")).unwrap();
    large.set_len(MAX_FILE_BYTES + 1).unwrap();
    let error = read_parity(&scratch("large.txt")).unwrap_err().to_string();
    assert!(error.contains("large.txt: 67108865 bytes, more than"), "{error}");
}
