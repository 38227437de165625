//! Yosys' `stat -json` of a part: which of the device's cells it takes.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{Resources, units::UNITS};

/// Why a report cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum StatError {
    /// It is not what `stat -json` writes.
    #[error("the report of Yosys cannot be read ({0}): use Yosys 0.40 or later")]
    Form(#[from] serde_json::Error),
    /// A cell that is neither counted nor known to cost nothing.
    #[error(
        "module {module} has a cell {cell} that is not counted: the synthesis left something unmapped"
    )]
    Cell {
        /// Where.
        module: String,
        /// Its type.
        cell: String,
    },
}

/// Cells by type.
pub(super) type Cells = BTreeMap<String, u64>;

#[derive(Deserialize)]
struct Report {
    modules: BTreeMap<String, Module>,
}

#[derive(Deserialize, Default)]
struct Module {
    #[serde(default)]
    num_cells_by_type: Cells,
}

/// The cells of a module, the units in it left out.
///
/// # Errors
/// [`StatError::Form`].
pub(super) fn parse(text: &str, module: &str) -> Result<Cells, StatError> {
    let mut report: Report = serde_json::from_str(text)?;
    let found = report.modules.remove(&format!("\\{module}"));
    let mut cells = found.unwrap_or_default().num_cells_by_type;
    cells.retain(|cell, _| !UNITS.contains(&cell.as_str()));
    Ok(cells)
}

/// What cells take together; `module` is for the message.
///
/// # Errors
/// [`StatError::Cell`].
pub(super) fn resources(module: &str, cells: &Cells) -> Result<Resources, StatError> {
    let mut sum = Resources::default();
    for (cell, &number) in cells {
        let one = cost(cell)
            .ok_or_else(|| StatError::Cell { module: module.to_owned(), cell: cell.clone() })?;
        sum += one * number;
    }
    Ok(sum)
}

/// What a cell costs. A carry chain of AMD uses look-up tables that are counted already.
fn cost(cell: &str) -> Option<Resources> {
    let none = Resources::default();
    let lut = |lut| Resources { lut, ..none };
    Some(match cell {
        "LUT1" | "LUT2" | "LUT3" | "LUT4" | "LUT5" | "LUT6" | "LUT6_2" | "INV" => lut(1),
        "CCU2C" => lut(2),
        "SRL16E" | "SRLC16E" | "SRLC32E" | "RAM32X1S" | "RAM64X1S" => lut(1),
        "RAM32X1D" | "RAM64X1D" | "RAM128X1S" => lut(2),
        "RAM128X1D" | "RAM256X1S" | "TRELLIS_DPR16X4" => lut(4),
        "RAM32M" | "RAM64M" => lut(4),
        "RAM32M16" | "RAM64M8" | "RAM256X1D" | "RAM64X8SW" | "RAM512X1S" => lut(8),
        "FDRE" | "FDSE" | "FDCE" | "FDPE" | "TRELLIS_FF" => Resources { ff: 1, ..none },
        "RAMB18E1" | "RAMB18E2" => Resources { half_bram: 1, ..none },
        "RAMB36E1" | "RAMB36E2" | "DP16KD" | "PDPW16KD" => Resources { half_bram: 2, ..none },
        "URAM288" => Resources { uram: 1, ..none },
        "DSP48E1" | "DSP48E2" | "MULT18X18D" => Resources { dsp: 1, ..none },
        "CARRY4" | "CARRY8" | "MUXF7" | "MUXF8" | "MUXF9" | "PFUMX" | "L6MUX21" | "BUFG"
        | "VCC" | "GND" | "VHI" | "VLO" | "ALU54B" | "$scopeinfo" | "$print" | "$check" => none,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    // Yosys 0.70, `exp_lane` for UltraScale+, shortened.
    const REPORT: &str = r#"{"creator":"Yosys 0.70","invocation":"stat -json","modules":{"\\ram-1":{"num_cells":1,"num_cells_by_type":{"RAM64M8":10}},
        "\\exp_lane-2":{"num_cells":9,"num_cells_by_type":{"CARRY8":4,"FDRE":42,"LUT6":70,"SRL16E":3,"ram":1}},"\\bat_top-3":{"num_cells":0}},
        "design":{"num_cells":10}}"#;

    #[test]
    fn cells_are_counted_without_the_units_inside() {
        let cells = parse(REPORT, "exp_lane-2").unwrap();
        assert!(!cells.contains_key("ram") && cells.len() == 4);
        let sum = resources("exp_lane", &cells).unwrap();
        assert_eq!(sum, Resources { lut: 73, ff: 42, ..Resources::default() });
        let empty = parse(REPORT, "bat_top-3").unwrap();
        assert_eq!(resources("bat_top", &empty).unwrap(), Resources::default());
    }

    #[test]
    fn a_cell_that_nobody_counts_is_named() {
        let cells = parse(&REPORT.replace("CARRY8", "$_NAND_"), "exp_lane-2").unwrap();
        let error = resources("exp_lane", &cells).unwrap_err().to_string();
        assert!(error.contains("exp_lane has a cell $_NAND_"), "{error}");
        assert!(parse("{}", "ram-1").unwrap_err().to_string().contains("modules"));
    }
}
