//! A design folder as its user has it: `make lint`, `make sim`, and a testbench that fails where it must.

use std::{
    fs,
    path::Path,
    process::{Command, Output},
};

use noctule_accel::{
    config::Config,
    design::{Case, files, write},
};
use noctule_program::generate;

use crate::verilator;

/// The first of the generator's programs that the smallest tile holds.
fn case(config: &Config) -> Case {
    let case = |seed| {
        let program = generate::program(seed);
        Case::new(&program, config, &generate::input(&program, seed)).ok()
    };
    (5000..).find_map(case).unwrap()
}

fn make(folder: &Path, targets: &[&str], verilator: &Path) -> Output {
    let verilator = format!("VERILATOR={}", verilator.display());
    let mut command = Command::new("make");
    command.args(targets).arg(verilator).current_dir(folder).output().unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&[&output.stdout[..], &output.stderr[..]].concat()).into_owned()
}

/// The first word with another last bit.
fn corrupt(path: &Path) {
    let text = fs::read_to_string(path).unwrap();
    let (first, rest) = text.split_once('\n').unwrap();
    let wrong = u32::from_str_radix(first, 16).unwrap() ^ 1;
    fs::write(path, format!("{wrong:08x}\n{rest}")).unwrap();
}

#[test]
fn a_design_lints_and_passes_and_fails_where_an_answer_is_wrong() {
    let Some(verilator) = verilator("make lint sim of a design") else { return };
    let config = Config::from_toml("pair", include_str!("../configs/pair.toml")).unwrap();
    let room = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let folder = room.path().join("design");
    write(&folder, &files(&config, &case(&config), "a test"), false).unwrap();

    let output = make(&folder, &["lint", "sim"], &verilator);
    assert!(output.status.success() && said(&output).contains("PASS"), "{}", said(&output));
    corrupt(&folder.join("output.hex"));
    let output = make(&folder, &["sim"], &verilator);
    let said = said(&output);
    assert!(!output.status.success(), "{said}");
    assert!(said.contains("output 0 is") && said.contains("FAIL: 1 errors"), "{said}");
    assert!(!said.contains("PASS"), "{said}");
}
