//! The sources of the RTL and of its Verilator harness, as parts of this crate.

use crate::{config::Config, package::package};

/// One list for everything: name and text of each file of `crates/accel/rtl`.
macro_rules! sources {
    ($($name:literal),* $(,)?) => {
        [$(($name, include_str!(concat!("../rtl/", $name)))),*]
    };
}

/// SystemVerilog, helpers first. `bat_pkg.sv` is made for a configuration and comes before them all.
pub const SOURCES: &[(&str, &str)] = &sources![
    "ram.sv",
    "gated_ram.sv",
    "word_memory.sv",
    "weight_memory.sv",
    "pass_memory.sv",
    "tile_memory.sv",
    "x_memory.sv",
    "axi_reader.sv",
    "load_writer.sv",
    "larger.sv",
    "load_unit.sv",
    "accumulator.sv",
    "adder_tree.sv",
    "clamped_shift.sv",
    "code_writer.sv",
    "drain.sv",
    "dsp_slice.sv",
    "embed_cascade.sv",
    "embed_lane.sv",
    "embed_source.sv",
    "embed_unit.sv",
    "embed_walk.sv",
    "exp_lane.sv",
    "exp_unit.sv",
    "full_adder.sv",
    "greater.sv",
    "head_dot.sv",
    "head_unit.sv",
    "input_unit.sv",
    "max_tree.sv",
    "square_chain.sv",
    "moments.sv",
    "multiply_add.sv",
    "norm_codes.sv",
    "valid_delay.sv",
    "norm_issue.sv",
    "norm_lane.sv",
    "norm_row.sv",
    "norm_unit.sv",
    "ones_tree.sv",
    "operand_select.sv",
    "patch_dot.sv",
    "qmm_array.sv",
    "qmm_issue.sv",
    "qmm_unit.sv",
    "quantize_lane.sv",
    "reciprocal_root.sv",
    "rescale_group.sv",
    "rescale_lane.sv",
    "residual.sv",
    "saturate.sv",
    "score_tile.sv",
    "sel_lane.sv",
    "sel_unit.sv",
    "threshold_tile.sv",
    "tile_target.sv",
    "xnor_adder.sv",
    "xnor_popcount.sv",
    "attention_walk.sv",
    "delay.sv",
    "exp_row.sv",
    "exp_table.sv",
    "sel_row.sv",
    "unit_queue.sv",
    "sequencer.sv",
    "control.sv",
    "product_path.sv",
    "attention_path.sv",
    "residual_path.sv",
    "bat_core.sv",
    "csr.sv",
    "bat_top.sv",
];

/// The harness.
pub const HARNESS: &[(&str, &str)] = &sources!["harness/main.cpp", "harness/memory.h"];

/// A file: name and text.
pub type File = (String, String);

/// All files of a design with its harness, in the order in which tools read them.
#[must_use]
pub fn files(config: &Config) -> Vec<File> {
    let fixed = SOURCES.iter().chain(HARNESS);
    let package = ("bat_pkg.sv".to_string(), package(config));
    let own = fixed.map(|(name, text)| ((*name).to_string(), (*text).to_string()));
    std::iter::once(package).chain(own).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn the_list_is_the_folder() {
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("rtl");
        let mut found = BTreeSet::new();
        for folder in ["", "harness/"] {
            for entry in std::fs::read_dir(root.join(folder)).unwrap() {
                let entry = entry.unwrap();
                if entry.path().is_file() {
                    found.insert(format!("{folder}{}", entry.file_name().to_string_lossy()));
                }
            }
        }
        let listed = SOURCES.iter().chain(HARNESS).map(|(name, _)| (*name).to_string());
        assert_eq!(listed.collect::<BTreeSet<_>>(), found);
    }
}
