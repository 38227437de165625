//! The commands that Yosys is given.

use std::collections::BTreeSet;

use super::{
    Target,
    units::{Part, Sources, TOP, UNITS},
};

/// A primitive of AMD parts that the sources name when `BAT_LUT6_2` is defined.
pub(super) const CELLS: &str = "module LUT6_2 #(parameter logic [63:0] INIT = 64'd0) (input logic I0, I1, I2, I3, I4, I5, output logic O5, O6); endmodule\n";
/// Its file.
pub(super) const CELLS_FILE: &str = "cells.sv";
/// What Yosys says on standard error when a part is done: this and the part's key.
pub(super) const DONE: &str = "noctule-part";

/// Reads a part: the units in it are black boxes. One thread: the WebAssembly build has no more.
fn read(part: &Part, sources: &Sources, target: Target) -> String {
    let black = UNITS.iter().filter(|unit| **unit != part.module);
    let black: String = black.map(|unit| format!(" --blackboxed-module {unit}")).collect();
    let given = part.parameters.iter().map(|(name, value)| format!(" -G {name}={value}"));
    let given: String = given.collect();
    format!(
        "read_slang --threads 1{}{black} --top {}{given} {}",
        primitives(target),
        part.module,
        sources.needed(&part.module).join(" ")
    )
}

fn primitives(target: Target) -> String {
    if target == Target::Ecp5 {
        return String::new();
    }
    format!(" -D BAT_LUT6_2 --blackboxed-module LUT6_2 {CELLS_FILE}")
}

/// Writes the units that a part is made of to `KEY.dump`.
pub(super) fn elaborate(part: &Part, key: &str, sources: &Sources, target: Target) -> String {
    let units: String = UNITS.iter().map(|unit| format!(" t:{unit}")).collect();
    format!(
        "design -reset\n{}\ntee -q -o {key}.dump dump{units}\nlog -stderr {DONE} {key}\n",
        read(part, sources, target)
    )
}

/// Reads the device's cells once for all parts of a script.
pub(super) fn library(target: Target) -> String {
    format!("{}\ndesign -stash library\n", target.library())
}

/// Maps a part to the device's cells and writes their numbers to `KEY.stat`. `names`: parameters of the units in it, which
/// mean nothing to a black box.
pub(super) fn map(
    part: &Part,
    key: &str,
    names: &BTreeSet<String>,
    sources: &Sources,
    target: Target,
) -> String {
    let unset: String = names.iter().map(|name| format!(" -unset {name}")).collect();
    let units: String = UNITS.iter().map(|unit| format!(" t:{unit}")).collect();
    let plain =
        if names.is_empty() { String::new() } else { format!("setparam{unset}{units}\n") };
    let stub = if target == Target::Ecp5 { "" } else { "delete =LUT6_2\n" };
    format!(
        "design -reset\n{}\n{stub}{plain}design -copy-from library =*\n{} -top {}\n\
         tee -q -o {key}.stat stat -json\nlog -stderr {DONE} {key}\n",
        read(part, sources, target),
        target.map(),
        part.module
    )
}

/// Reads the whole design for an ECP5, flat.
pub(super) fn read_whole(sources: &Sources) -> String {
    let files: Vec<String> = sources.files().map(|(name, _)| name).collect();
    format!("read_slang --threads 1 --top {TOP} {}", files.join(" "))
}
