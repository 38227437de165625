//! The manual says what the tables say.

use std::fs;

use noctule_accel::{isa::manual, registers};

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
