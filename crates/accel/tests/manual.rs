//! The manual says what the tables say.

use std::fs;

use noctule_accel::{isa::manual, registers, rtl};

const MANUAL: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/accelerator.md");

#[test]
fn tables_are_those_of_the_manual() {
    // One test, since each may write the manual.
    agrees("isa", &manual::tables());
    agrees("registers", &registers::table());
}

/// With `NOCTULE_BLESS=1` the manual is brought up to date instead.
fn agrees(mark: &str, tables: &str) {
    let (open, close) = (format!("<!-- {mark} -->\n"), format!("<!-- /{mark} -->"));
    let text = fs::read_to_string(MANUAL).expect("the manual");
    let (before, rest) = text.split_once(&open).expect("a mark before the tables");
    let (there, after) = rest.split_once(&close).expect("a mark behind the tables");
    let wanted = format!("\n{tables}\n");
    if std::env::var_os("NOCTULE_BLESS").is_some() {
        fs::write(MANUAL, format!("{before}{open}{wanted}{close}{after}")).expect("the manual");
    } else {
        assert_eq!(there, wanted, "bring the manual up to date with NOCTULE_BLESS=1");
    }
}

#[test]
fn every_module_has_a_section() {
    let text = fs::read_to_string(MANUAL).expect("the manual");
    let modules = rtl::SOURCES.iter().filter_map(|(name, _)| name.strip_suffix(".sv"));
    let has = |module: &&str| {
        let heading = format!(" `{module}`");
        text.lines().any(|line| line.starts_with("### 2.") && line.ends_with(&heading))
    };
    let lacking: Vec<&str> = modules.filter(|module| !has(module)).collect();
    assert!(lacking.is_empty(), "modules without a section in the manual: {lacking:?}");
}
