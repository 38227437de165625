//! The commands that Yosys is given.

use super::{
    Target,
    dump::Inside,
    units::{Part, Sources, UNITS},
};

/// Primitives of AMD parts that the sources name, as their ports alone.
pub(super) const CELLS: &str = include_str!("cells.sv");
/// Their names.
const PRIMITIVES: [&str; 3] = ["LUT6_2", "CARRY4", "DSP48E2"];
/// Its file.
pub(super) const CELLS_FILE: &str = "cells.sv";
/// Ending of the file that is written behind all others of a part.
pub(super) const DONE: &str = "done";

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

/// Options of the reader that choose the family's forms of the sources.
pub(super) fn primitives(target: Target) -> String {
    if target.defines().is_empty() {
        return String::new();
    }
    let defines: String = target.defines().iter().map(|name| format!(" -D {name}")).collect();
    let black: String =
        PRIMITIVES.iter().map(|cell| format!(" --blackboxed-module {cell}")).collect();
    format!("{defines}{black} {CELLS_FILE}")
}

/// Writes the units and memories that a part is made of to `KEY.dump`.
pub(super) fn elaborate(part: &Part, key: &str, sources: &Sources, target: Target) -> String {
    let units: String = UNITS.iter().map(|unit| format!(" t:{unit}")).collect();
    format!(
        "design -reset\n{}\ntee -q -o {key}.dump dump{units} m:*\ntee -q -o {key}.{DONE} log done\n",
        read(part, sources, target)
    )
}

/// Reads the device's cells once for all parts of a script.
pub(super) fn library(target: Target) -> String {
    format!("{}\ndesign -stash library\n", target.library())
}

/// A part to map: its key, and what is in it.
pub(super) type Job<'a> = (&'a Part, String, Inside);

/// Maps parts to the device's cells together and writes their numbers to `KEY.stat`, KEY that of the first. Each part's module
/// gets its key as its name.
pub(super) fn map(jobs: &[Job<'_>], sources: &Sources, target: Target) -> String {
    let Some((_, key, inside)) = jobs.first() else { return String::new() };
    let parts: String = jobs.iter().map(|job| take_in(job, sources, target)).collect();
    format!(
        "design -reset\n{parts}setattr -mod -unset top *\ndesign -copy-from library =*\n{}\
         tee -q -o {key}.stat stat -json\ntee -q -o {key}.{DONE} log done\n",
        target.map(inside.memories)
    )
}

/// Adds a part to the design. Parameters of the units in it mean nothing to a black box.
fn take_in((part, key, inside): &Job<'_>, sources: &Sources, target: Target) -> String {
    let mut lines = read(part, sources, target) + "\n";
    if target != Target::Ecp5 {
        let stubs: String = PRIMITIVES.iter().map(|cell| format!(" ={cell}")).collect();
        lines += &format!("delete{stubs}\n");
    }
    if !inside.names.is_empty() {
        let unset: String = inside.names.iter().map(|name| format!(" -unset {name}")).collect();
        let units: String = UNITS.iter().map(|unit| format!(" t:{unit}")).collect();
        lines += &format!("setparam{unset}{units}\n");
    }
    lines + &format!("rename {} {key}\n", part.module)
}

/// Reads the whole design for an ECP5, flat, inside the module `top` of a file of its name.
pub(super) fn read_whole(sources: &Sources, top: &str) -> String {
    let files: Vec<String> = sources.files().map(|(name, _)| name).collect();
    format!("read_slang --threads 1 --top {top} {} {top}.sv", files.join(" "))
}
