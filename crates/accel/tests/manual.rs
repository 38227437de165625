//! The manual says what the tables say.

use std::fs;

use noctule_accel::isa::manual;

const MANUAL: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/accelerator.md");

/// With `NOCTULE_BLESS=1` the manual is brought up to date instead.
#[test]
fn instruction_tables_are_those_of_the_manual() {
    let text = fs::read_to_string(MANUAL).expect("the manual");
    let (before, rest) = text.split_once("<!-- isa -->\n").expect("a mark before the tables");
    let (there, after) = rest.split_once("<!-- /isa -->").expect("a mark behind the tables");
    let wanted = format!("\n{}\n", manual::tables());
    if std::env::var_os("NOCTULE_BLESS").is_some() {
        fs::write(MANUAL, format!("{before}<!-- isa -->\n{wanted}<!-- /isa -->{after}"))
            .expect("the manual");
    } else {
        assert_eq!(there, wanted, "bring the manual up to date with NOCTULE_BLESS=1");
    }
}
