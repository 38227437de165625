//! Place and route of an ECP5 with nextpnr.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{
    Cache, SynthError, Tool,
    parts::{text_of, write_sources},
    script::read_whole,
    units::Sources,
};
use crate::config::Config;

/// The design behind few pads, with a register at every port: a part has fewer pins than ports, and paths to pads say nothing of it.
const PADS: &str = include_str!("ecp5_pads.sv");

/// MHz that place and route aims at: more than it reaches, so that it does what it can.
const GOAL: &str = "80";
/// What a net is taken to last while LUTs are chosen, in ps. `synth_ecp5` says 300, which makes long chains of LUTs look short.
const WIRE: &str = "1000";

/// What place and route reports.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Placed {
    /// Clock in MHz that the slowest path allows.
    pub mhz: f64,
    /// Used and available, by nextpnr's names.
    pub utilization: BTreeMap<String, Used>,
}

/// A kind of cell of the device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Used {
    /// In the design.
    pub used: u64,
    /// In the device.
    pub available: u64,
}

#[derive(Deserialize)]
struct Report {
    fmax: BTreeMap<String, Clock>,
    utilization: BTreeMap<String, Used>,
}

#[derive(Deserialize)]
struct Clock {
    achieved: f64,
}

/// Synthesises the whole of a configuration flat, places and routes it on an ECP5-85F behind a few pads.
///
/// # Errors
/// If a tool fails or its report cannot be read.
pub fn place(
    config: &Config,
    yosys: &Tool,
    nextpnr: &Tool,
    cache: &Cache,
) -> Result<Placed, SynthError> {
    let room = cache.room()?;
    let sources = Sources::new(config);
    write_sources(&sources, room.path())?;
    let pads = room.path().join("ecp5_pads.sv");
    std::fs::write(&pads, PADS).map_err(|source| SynthError::Io { path: pads, source })?;
    yosys.run(&["-q", "-p", &synthesis(&sources)], room.path())?;
    let device = ["--85k", "--package", "CABGA756", "--speed", "6", "--lpf-allow-unconstrained"];
    let effort = ["--timing-allow-fail", "--seed", "1", "--freq", GOAL, "--router", "router2"];
    let files = ["--json", "bat.json", "--report", "report.json", "-q"];
    nextpnr.run(&[&device[..], &effort, &files].concat(), room.path())?;
    read(&text_of(&room.path().join("report.json"))?)
}

/// `synth_ecp5` with a choice of LUTs of our own.
fn synthesis(sources: &Sources) -> String {
    let run = "synth_ecp5 -nowidelut -top ecp5_pads -run";
    format!(
        "{}; {run} begin:map_luts; abc9 -maxlut 4 -W {WIRE}; clean; {run} map_cells: -json bat.json",
        read_whole(sources, "ecp5_pads")
    )
}

fn read(text: &str) -> Result<Placed, SynthError> {
    let failed = |reason: String| SynthError::Failed { tool: "nextpnr-ecp5".into(), reason };
    let report: Report =
        serde_json::from_str(text).map_err(|e| failed(format!("its report: {e}")))?;
    let slowest = report.fmax.values().map(|clock| clock.achieved).reduce(f64::min);
    let mhz = slowest.ok_or_else(|| failed("its report names no clock".into()))?;
    Ok(Placed { mhz, utilization: report.utilization })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_slowest_clock_counts() {
        let text = r#"{"fmax":{"a":{"achieved":80.5,"constraint":100},"b":{"achieved":99.0,"constraint":100}},
            "utilization":{"TRELLIS_COMB":{"available":83640,"used":5}},"critical_paths":[]}"#;
        let placed = read(text).unwrap();
        assert_eq!((placed.mhz, placed.utilization["TRELLIS_COMB"].used), (80.5, 5));
        assert!(
            read(r#"{"fmax":{},"utilization":{}}"#).unwrap_err().to_string().contains("no clock")
        );
    }
}
