//! Yosys' `stat -json`.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{ModuleArea, Resources};

/// Why a report cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum StatError {
    /// It is not what `stat -json` writes.
    #[error("the report of Yosys cannot be read ({0}): use Yosys 0.40 or later")]
    Form(#[from] serde_json::Error),
    /// A cell that is neither a module nor counted nor known to cost nothing.
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

#[derive(Deserialize)]
struct Report {
    modules: BTreeMap<String, Module>,
}

#[derive(Deserialize)]
struct Module {
    num_cells_by_type: BTreeMap<String, u64>,
}

/// Modules of a report, each with its own cells, instances of one RTL module together. The report's modules
/// are `\name` or, where the reader made one for each instance, `\name$path`.
///
/// # Errors
/// [`StatError`].
pub fn parse(text: &str) -> Result<Vec<ModuleArea>, StatError> {
    let report: Report = serde_json::from_str(text)?;
    let instances = instances(&report);
    let mut sum: BTreeMap<&str, (u64, Resources)> = BTreeMap::new();
    for (name, module) in &report.modules {
        let times = instances.get(plain(name)).copied().unwrap_or(1);
        let entry = sum.entry(rtl_name(name)).or_default();
        entry.0 += times;
        entry.1 += own(&report, name, module)? * times;
    }
    let area = |(module, (instances, area)): (&str, _)| ModuleArea {
        module: module.to_owned(),
        instances,
        area,
    };
    Ok(sum.into_iter().map(area).collect())
}

fn plain(name: &str) -> &str {
    name.strip_prefix('\\').unwrap_or(name)
}

fn rtl_name(name: &str) -> &str {
    let name = plain(name).trim_start_matches("$paramod").trim_start_matches(['$', '\\']);
    name.split(['$', '\\']).next().unwrap_or(name)
}

fn find<'a>(report: &'a Report, cell: &str) -> Option<(&'a str, &'a Module)> {
    let with_slash = format!("\\{cell}");
    let found =
        report.modules.get_key_value(cell).or_else(|| report.modules.get_key_value(&with_slash));
    found.map(|(name, module)| (plain(name), module))
}

/// How often each module stands in the whole, counted from the modules that no other has.
fn instances(report: &Report) -> BTreeMap<&str, u64> {
    let inside =
        |module: &Module| -> Vec<String> { module.num_cells_by_type.keys().cloned().collect() };
    let used: Vec<String> = report.modules.values().flat_map(inside).collect();
    let mut counts = BTreeMap::new();
    for (name, module) in &report.modules {
        if !used.iter().any(|cell| cell == plain(name)) {
            count(report, plain(name), module, 1, &mut counts);
        }
    }
    counts
}

fn count<'a>(
    report: &'a Report,
    name: &'a str,
    module: &'a Module,
    times: u64,
    counts: &mut BTreeMap<&'a str, u64>,
) {
    *counts.entry(name).or_default() += times;
    for (cell, number) in &module.num_cells_by_type {
        if let Some((name, inner)) = find(report, cell) {
            count(report, name, inner, times * number, counts);
        }
    }
}

fn own(report: &Report, name: &str, module: &Module) -> Result<Resources, StatError> {
    let mut area = Resources::default();
    for (cell, &number) in &module.num_cells_by_type {
        if find(report, cell).is_some() {
            continue;
        }
        let one = cost(cell)
            .ok_or_else(|| StatError::Cell { module: rtl_name(name).into(), cell: cell.clone() })?;
        area += one * number;
    }
    Ok(area)
}

/// What a cell costs; the array is synthesised by itself. A carry chain uses look-up tables that are counted already.
fn cost(cell: &str) -> Option<Resources> {
    let none = Resources::default();
    let lut = |lut| Resources { lut, ..none };
    Some(match cell {
        "LUT1" | "LUT2" | "LUT3" | "LUT4" | "LUT5" | "LUT6" | "LUT6_2" | "INV" => lut(1),
        "CCU2C" => lut(2),
        "SRL16E" | "SRLC32E" | "RAM32X1S" | "RAM64X1S" => lut(1),
        "RAM32X1D" | "RAM64X1D" | "RAM128X1S" => lut(2),
        "RAM128X1D" | "RAM256X1S" | "TRELLIS_DPR16X4" => lut(4),
        "RAM32M" | "RAM64M" => lut(4),
        "RAM32M16" | "RAM64M8" => lut(8),
        "FDRE" | "FDSE" | "FDCE" | "FDPE" | "TRELLIS_FF" => Resources { ff: 1, ..none },
        "RAMB18E1" | "RAMB18E2" => Resources { half_bram: 1, ..none },
        "RAMB36E1" | "RAMB36E2" | "DP16KD" | "PDPW16KD" => Resources { half_bram: 2, ..none },
        "URAM288" => Resources { uram: 1, ..none },
        "DSP48E1" | "DSP48E2" | "MULT18X18D" => Resources { dsp: 1, ..none },
        "CARRY4" | "CARRY8" | "MUXF7" | "MUXF8" | "MUXF9" | "PFUMX" | "L6MUX21" | "BUFG"
        | "IBUF" | "OBUF" | "VCC" | "GND" | "VHI" | "VLO" | "ALU54B" | "qmm_array"
        | "$scopeinfo" | "$print" | "$check" => none,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const REPORT: &str = r#"{"creator":"Yosys","modules":{
        "\\top":{"num_cells":3,"num_cells_by_type":{"pair$top.a":1,"leaf":2,"LUT6":5,"qmm_array":1}},
        "\\pair$top.a":{"num_cells_by_type":{"leaf":2,"RAMB18E2":3,"CARRY8":9}},
        "\\leaf":{"num_cells_by_type":{"LUT6_2":7,"FDRE":2,"DSP48E2":1}}},"design":{}}"#;

    #[test]
    fn instances_of_modules_in_modules_are_summed() {
        let modules = parse(REPORT).unwrap();
        let of = |name: &str| modules.iter().find(|m| m.module == name).unwrap();
        assert_eq!((of("leaf").instances, of("pair").instances, of("top").instances), (4, 1, 1));
        assert_eq!(of("leaf").area, Resources { lut: 28, ff: 8, dsp: 4, ..Resources::default() });
        assert_eq!(of("pair").area, Resources { half_bram: 3, ..Resources::default() });
        assert_eq!(of("top").area.lut, 5);
    }

    #[test]
    fn a_cell_that_nobody_counts_is_named() {
        let text = REPORT.replace("DSP48E2", "$_NAND_");
        assert!(parse(&text).unwrap_err().to_string().contains("leaf has a cell $_NAND_"));
        assert!(parse("{}").unwrap_err().to_string().contains("modules"));
    }
}
