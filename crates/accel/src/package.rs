//! `bat_pkg.sv`: a configuration and the instruction set for the RTL.

use std::fmt::Write as _;

use crate::{
    config::Config,
    isa::{self, DESTINATIONS, Field, KINDS, PASS, Unit},
    registers::{ID, REGISTERS, VERSION},
};

/// The text of `bat_pkg.sv`.
#[must_use]
pub fn package(config: &Config) -> String {
    let mut text = String::from(
        "// Made by noctule: sizes and instruction set. Do not edit.\n/* verilator lint_off UNUSEDPARAM */\npackage bat_pkg;\n",
    );
    sizes(config, &mut text);
    instructions(&mut text);
    registers(&mut text);
    text.push_str("endpackage\n/* verilator lint_on UNUSEDPARAM */\n");
    text
}

fn sizes(config: &Config, text: &mut String) {
    let s = config.sizes();
    let named = [
        ("TILE", s.tile),
        ("K", s.k),
        ("P", s.p),
        ("PA", s.pa),
        ("COLS", s.cols()),
        ("G", s.groups()),
        ("GA", s.attention_groups()),
        ("ACC_W", s.acc_w),
        ("SCORE_W", s.score_w),
        ("BEAT", s.beat),
        ("XB", s.xb),
        ("QUEUE", s.queue),
        ("OUTSTANDING", s.outstanding),
    ];
    for (name, value) in named {
        constant(text, name, value);
    }
    constant(text, "IMEM_W", s.beat.max(isa::BITS));
    for (name, depth) in s.depths() {
        constant(text, &name.to_uppercase(), depth);
        let bits = depth.next_power_of_two().trailing_zeros().max(1);
        constant(text, &name.to_uppercase().replace("DEPTH", "AW"), bits as usize);
    }
}

fn instructions(text: &mut String) {
    constant(text, "INSTR_BITS", isa::BITS);
    constant(text, "UNITS", Unit::ALL.len());
    constant(text, "WAIT_BITS", isa::WAIT_BITS as usize);
    constant(text, "WAITS_AT", isa::WAITS_AT as usize);
    constant(text, "FIELDS_AT", isa::FIELDS_AT as usize);
    constant(text, "FIELDS", isa::BITS - isa::FIELDS_AT as usize);
    for unit in Unit::ALL {
        constant(text, &format!("UNIT_{}", unit.name().to_uppercase()), unit as usize);
    }
    for (code, name) in DESTINATIONS.iter().enumerate() {
        constant(text, &format!("DEST_{name}"), code);
    }
    for kind in &KINDS {
        structure(text, kind.unit.name(), kind.fields);
    }
    structure(text, "pass", &PASS);
}

fn registers(text: &mut String) {
    constant(text, "ID", ID);
    constant(text, "VERSION", VERSION);
    for register in &REGISTERS {
        constant(text, &format!("REG_{}", register.name), register.offset);
    }
}

fn constant(text: &mut String, name: &str, value: usize) {
    let _ = writeln!(text, "  localparam int {name} = {value};");
}

/// A packed struct; its first member is the highest, so the table is turned round. `NAME_BITS` is its width.
fn structure(text: &mut String, name: &str, fields: &[Field]) {
    let bits: u32 = fields.iter().map(|field| field.bits).sum();
    constant(text, &format!("{}_BITS", name.to_uppercase()), bits as usize);
    text.push_str("  typedef struct packed {\n");
    for field in fields.iter().rev() {
        let _ = writeln!(text, "    logic [{}:0] {};", field.bits - 1, keyword(field.name));
    }
    let _ = writeln!(text, "  }} {name}_t;");
}

/// Field names that SystemVerilog keeps for itself get an underscore.
fn keyword(name: &str) -> String {
    if matches!(name, "signed" | "null" | "input") { format!("{name}_") } else { name.into() }
}
