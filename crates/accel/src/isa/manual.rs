//! The instruction set as the manual prints it.

use std::fmt::Write as _;

use super::{DESTINATIONS, FIELDS_AT, Field, KINDS, PASS, Unit, WAIT_BITS, WAITS_AT};

/// Tables of instructions, passes and destinations in Markdown.
#[must_use]
pub fn tables() -> String {
    let mut text = String::from("| bits | field | meaning |\n|---|---|---|\n");
    row(&mut text, 0, 3, "unit", "whose instruction it is: the unit's number");
    for unit in Unit::ALL {
        let about = format!(
            "completed instructions of `{0}` (unit {1}) that it waits for",
            unit.name(),
            unit as u32
        );
        row(
            &mut text,
            WAITS_AT + WAIT_BITS * unit as u32,
            WAIT_BITS,
            &format!("wait_{}", unit.name()),
            &about,
        );
    }
    for kind in &KINDS {
        let _ = write!(text, "\n`{}`: {}\n\n", kind.unit.name(), kind.about);
        fields(&mut text, FIELDS_AT, kind.fields);
    }
    text.push_str("\nA pass, an entry of PT:\n\n");
    fields(&mut text, 0, &PASS);
    text.push_str("\nDestinations of `load`:");
    for (code, name) in DESTINATIONS.iter().enumerate() {
        let _ = write!(
            text,
            " {code} {name}{}",
            if code + 1 < DESTINATIONS.len() { "," } else { ".\n" }
        );
    }
    text
}

fn fields(text: &mut String, mut at: u32, fields: &[Field]) {
    text.push_str("| bits | field | meaning |\n|---|---|---|\n");
    for field in fields {
        row(text, at, field.bits, field.name, field.about);
        at += field.bits;
    }
}

fn row(text: &mut String, at: u32, bits: u32, name: &str, about: &str) {
    let _ = writeln!(text, "| {}:{at} | `{name}` | {about} |", at + bits - 1);
}
