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

/// Sections 2.x: heading and text.
fn sections(manual: &str) -> Vec<(&str, &str)> {
    let units = manual.split_once("\n## 2. ").and_then(|(_, rest)| rest.split_once("\n## 3. "));
    let (units, _) = units.expect("sections 2 and 3");
    units.split("\n### ").skip(1).filter_map(|section| section.split_once('\n')).collect()
}

/// An arrow, the branches of a tree, or the columns of a course.
fn is_drawn(line: &str) -> bool {
    line.contains("->") || line.contains("--") || line.contains(['\\', '|'])
}

/// What a module's section has not: a figure set apart, an equation, cycles.
fn lacks(text: &str) -> Vec<&'static str> {
    let figure = text.lines().any(|line| line.starts_with("    ") && is_drawn(line));
    let (equation, cycles) = (text.contains(" = "), text.to_lowercase().contains("cycle"));
    let parts = [(figure, "a figure"), (equation, "an equation"), (cycles, "its cycles")];
    parts.into_iter().filter(|(there, _)| !there).map(|(_, what)| what).collect()
}

#[test]
fn every_module_has_a_figure_an_equation_and_its_cycles() {
    let manual = fs::read_to_string(MANUAL).expect("the manual");
    let sections = sections(&manual);
    for module in rtl::SOURCES.iter().filter_map(|(name, _)| name.strip_suffix(".sv")) {
        let heading = format!(" `{module}`");
        let section = sections.iter().find(|(title, _)| title.ends_with(&heading));
        let (title, text) =
            section.unwrap_or_else(|| panic!("no section of the manual on {module}"));
        assert!(lacks(text).is_empty(), "section {title} of the manual lacks {:?}", lacks(text));
    }
}

#[test]
fn a_section_that_lacks_something_is_seen() {
    let whole = "\n    d --> q\n\n`q = d`, a cycle later.\n";
    assert!(lacks(whole).is_empty());
    assert_eq!(lacks(&whole.replace("    d", "d")), ["a figure"]);
    assert_eq!(lacks(&whole.replace("= d", "d")), ["an equation"]);
    assert_eq!(lacks(&whole.replace("cycle", "step")), ["its cycles"]);
}
