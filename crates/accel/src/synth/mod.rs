//! What a configuration takes of a device, by Yosys; its clock on ECP5, by nextpnr.
//!
//! The design is synthesised without its array, and one element of the array by itself: the array is that element
//! `TILE * TILE` times. Hierarchy is kept, so that each module's own cells can be told.

mod device;
mod place;
mod stat;
mod tool;

pub use device::{Device, Resources, Target};
pub use place::{Placed, place};
pub use stat::{StatError, parse};
pub use tool::{SynthError, Tool};

use std::{collections::BTreeMap, path::Path};

use serde::Serialize;

use crate::{config::Config, package::package, rtl::SOURCES};

/// Primitives of AMD parts that the sources name when `BAT_LUT6_2` and `BAT_DSP48E2` are defined.
const CELLS: &str = "\
(* blackbox *) module LUT6_2 #(parameter logic [63:0] INIT = 64'd0) (output logic O5, O6, input logic I0, I1, I2, I3, I4, I5);
endmodule
(* blackbox *) module DSP48E2 #(parameter int ACASCREG = 1, ADREG = 1, ALUMODEREG = 1, AREG = 1, BCASCREG = 1, BREG = 1,
  CARRYINREG = 1, CARRYINSELREG = 1, CREG = 1, DREG = 1, INMODEREG = 1, MREG = 1, OPMODEREG = 1, PREG = 1) (
  input logic CLK, input logic [29:0] A, input logic [17:0] B, input logic [47:0] C, PCIN, input logic [26:0] D,
  input logic [8:0] OPMODE, input logic [3:0] ALUMODE, input logic [4:0] INMODE, input logic [2:0] CARRYINSEL,
  input logic CARRYIN, CEM, CEP, RSTM, RSTP, output logic [47:0] P, PCOUT);
endmodule
";

/// What a module takes, all its instances together, without the modules inside it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ModuleArea {
    /// The RTL module.
    pub module: String,
    /// Instances.
    pub instances: u64,
    /// Of all instances together.
    pub area: Resources,
}

/// What a configuration takes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Area {
    /// Modules, largest first.
    pub modules: Vec<ModuleArea>,
    /// All together.
    pub total: Resources,
}

/// The array, and what stands for it: its ports alone. (Yosys' reader cannot leave out a module that has parameters of its own.)
const ARRAY: &str = "qmm_array.sv";
const STUB: &str = "qmm_array_ports.sv";

/// A module as the top of a synthesis, with parameters, so many times in the design.
struct Part {
    top: &'static str,
    parameters: Vec<(&'static str, usize)>,
    times: u64,
}

fn parts(config: &Config) -> [Part; 3] {
    let s = config.sizes();
    let elements = (s.tile * s.tile) as u64;
    let count = (usize::BITS - s.k.leading_zeros()) as usize;
    [
        Part { top: "xnor_popcount", parameters: vec![("K", s.k)], times: elements },
        Part {
            top: "accumulator",
            parameters: vec![("W", s.acc_w), ("C", count)],
            times: elements,
        },
        Part { top: "bat_top", parameters: vec![], times: 1 },
    ]
}

/// Synthesises a configuration in `folder`, which is there. `note` is told each part before it begins.
///
/// # Errors
/// If Yosys is missing or fails, or its report cannot be read.
pub fn synthesize(
    config: &Config,
    target: Target,
    yosys: &Tool,
    folder: &Path,
    note: &mut dyn FnMut(&str),
) -> Result<Area, SynthError> {
    write_sources(config, folder)?;
    let mut sum: BTreeMap<String, (u64, Resources)> = BTreeMap::new();
    for part in parts(config) {
        note(part.top);
        let text = report(&part, target, yosys, folder)?;
        for module in parse(&text)? {
            let entry = sum.entry(module.module).or_default();
            entry.0 += module.instances * part.times;
            entry.1 += module.area * part.times;
        }
    }
    Ok(Area::of(sum))
}

impl Area {
    fn of(sum: BTreeMap<String, (u64, Resources)>) -> Self {
        let made = sum.into_iter().map(|(module, (instances, area))| ModuleArea {
            module,
            instances,
            area,
        });
        let mut modules: Vec<ModuleArea> = made.collect();
        modules.sort_by_key(|module| std::cmp::Reverse((module.area.lut, module.area.ff)));
        let mut total = Resources::default();
        modules.iter().for_each(|module| total += module.area);
        Self { modules, total }
    }
}

fn write_sources(config: &Config, folder: &Path) -> Result<(), SynthError> {
    let stub = SOURCES.iter().find(|(name, _)| *name == ARRAY).map_or("", |(_, text)| text);
    let own =
        [("bat_pkg.sv", package(config)), ("cells.sv", CELLS.to_string()), (STUB, ports(stub))];
    let write = |name: &str, text: &str| {
        let path = folder.join(name);
        std::fs::write(&path, text).map_err(|source| SynthError::Io { path, source })
    };
    own.iter().try_for_each(|(name, text)| write(name, text))?;
    SOURCES.iter().try_for_each(|(name, text)| write(name, text))
}

/// The ports of a module's source, as a black box.
fn ports(source: &str) -> String {
    let from = source.find("\nmodule").unwrap_or(0);
    let to = source[from..].find(");\n").map_or(source.len(), |at| from + at + 3);
    format!("(* blackbox *){}endmodule\n", &source[from..to])
}

/// Yosys' `stat -json` of a part.
fn report(part: &Part, target: Target, yosys: &Tool, folder: &Path) -> Result<String, SynthError> {
    let name = format!("{}.stat.json", part.top);
    let script = format!(
        "{}; {} -top {}; tee -q -o {name} stat -json",
        read(part, target),
        target.command(),
        part.top
    );
    yosys.run(&["-q", "-p", &script], folder)?;
    let path = folder.join(&name);
    std::fs::read_to_string(&path).map_err(|source| SynthError::Io { path, source })
}

/// The command that reads the sources for a part. One thread: the WebAssembly build has no more.
fn read(part: &Part, target: Target) -> String {
    let define = match target {
        Target::Ultrascale => " -D BAT_LUT6_2 -D BAT_DSP -D BAT_DSP48E2",
        Target::Series7 => " -D BAT_LUT6_2",
        Target::Ecp5 => "",
    };
    let given = part.parameters.iter().map(|(name, value)| format!(" -G {name}={value}"));
    let given: String = given.collect();
    format!(
        "read_slang --threads 1 --keep-hierarchy{define} --top {}{given} {}",
        part.top,
        source_names(STUB)
    )
}

/// The command that reads the whole design, flat.
fn read_whole() -> String {
    format!("read_slang --threads 1 --top bat_top {}", source_names(ARRAY))
}

/// All sources, with `array` as the array.
fn source_names(array: &str) -> String {
    let names = SOURCES.iter().map(|(name, _)| if *name == ARRAY { array } else { *name });
    ["bat_pkg.sv", "cells.sv"].into_iter().chain(names).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_array_is_left_out_of_the_parts_and_whole_in_the_placed_design() {
        let (_, source) = SOURCES.iter().find(|(name, _)| *name == ARRAY).unwrap();
        let stub = ports(source);
        assert!(
            stub.starts_with("(* blackbox *)\nmodule qmm_array (") && !stub.contains("accumulator"),
            "{stub}"
        );
        let [dot, sum, rest] = parts(&Config::preset("zcu102").unwrap());
        assert_eq!((dot.times, dot.parameters, rest.times), (256, vec![("K", 256)], 1));
        assert_eq!(sum.parameters, [("W", 24), ("C", 9)]);
        assert!(read(&rest, Target::Ultrascale).contains(STUB) && read_whole().contains(ARRAY));
    }
}
