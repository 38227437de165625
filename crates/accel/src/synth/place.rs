//! Place and route of an ECP5 with nextpnr.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{
    Area, Cache, Part, PartArea, SynthError, Tool,
    parts::{text_of, write_sources},
    script::read_whole,
    stat,
    units::Sources,
};
use crate::config::Config;

/// The whole with what stands around it.
const TOP: &str = "ecp5_pads";
/// The design behind few pads, with a register at every port: a part has fewer pins than ports, and paths to pads say nothing of it.
const PADS: &str = include_str!("ecp5_pads.sv");

/// MHz that place and route aims at: more than it reaches, so that it does what it can.
const GOAL: &str = "80";
/// What a net is taken to last while LUTs are chosen, in ps. `synth_ecp5` says 300, which makes long chains of LUTs look short.
const WIRE: &str = "1000";
/// Of the placer: results differ by a third between seeds, most of it the wire length that the first placement leads to.
const SEED: &str = "3";

/// The end of a path that is no register.
const PAD: &str = "<async>";

/// What place and route reports.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Placed {
    /// Clock in MHz that the slowest path allows.
    pub mhz: f64,
    /// Used and available, by nextpnr's names.
    pub utilization: BTreeMap<String, Used>,
    /// The slowest path from register to register; steps that take no time are left out.
    pub critical_path: Vec<Hop>,
}

/// A step of a path.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Hop {
    /// What takes the time: `routing` of a net, or the `logic`, `clk-to-q` or `setup` of a cell.
    pub kind: String,
    /// The net, or the cell.
    pub name: String,
    /// ns.
    pub ns: f64,
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
    #[serde(default)]
    critical_paths: Vec<Path>,
}

#[derive(Deserialize)]
struct Clock {
    achieved: f64,
}

/// A path between clock edges, or from or to a pad (`<async>`).
#[derive(Deserialize)]
struct Path {
    from: String,
    to: String,
    path: Vec<Segment>,
}

#[derive(Deserialize)]
struct Segment {
    #[serde(rename = "type")]
    kind: String,
    delay: f64,
    net: Option<String>,
    from: Pin,
}

#[derive(Deserialize)]
struct Pin {
    cell: String,
}

/// Synthesises the whole of a configuration flat, places and routes it on an ECP5-85F behind a few pads: what synthesis took for it, as
/// one part, and what came of it.
///
/// # Errors
/// If a tool fails or its report cannot be read.
pub fn place(
    config: &Config,
    yosys: &Tool,
    nextpnr: &Tool,
    cache: &Cache,
) -> Result<(Area, Placed), SynthError> {
    let room = cache.room()?;
    let sources = Sources::new(config);
    write_sources(&sources, room.path())?;
    let pads = room.path().join("ecp5_pads.sv");
    std::fs::write(&pads, PADS).map_err(|source| SynthError::Io { path: pads, source })?;
    yosys.run(&["-q", "-p", &netlist(&sources)], room.path())?;
    yosys.run(&["-q", "-p", &luts()], room.path())?;
    let area = flat(&text_of(&room.path().join("bat.stat"))?)?;
    let device = ["--85k", "--package", "CABGA756", "--speed", "6", "--lpf-allow-unconstrained"];
    let effort = ["--timing-allow-fail", "--seed", SEED, "--freq", GOAL, "--router", "router2"];
    let files = ["--json", "bat.json", "--report", "report.json", "-q"];
    nextpnr.run(&[&device[..], &effort, &files].concat(), room.path())?;
    Ok((area, read(&text_of(&room.path().join("report.json"))?)?))
}

/// What `stat -json` says of the whole.
fn flat(text: &str) -> Result<Area, SynthError> {
    let part = Part { module: TOP.into(), parameters: BTreeMap::new() };
    let one = stat::resources(TOP, &stat::parse(text, TOP)?)?;
    Ok(Area::of(vec![PartArea { part, instances: 1, one }]))
}

/// `synth_ecp5` up to the choice of LUTs. Its netlist goes through a file: the order of cells, on which the placer's result hangs, is then
/// that of the file.
fn netlist(sources: &Sources) -> String {
    format!(
        "{}; {} begin:map_luts; techmap -map +/lattice/latches_map.v; delete =A:blackbox =A:whitebox; write_rtlil flat.il",
        read_whole(sources, TOP),
        synth_ecp5()
    )
}

fn synth_ecp5() -> String {
    format!("synth_ecp5 -nowidelut -top {TOP} -run")
}

/// The choice of LUTs, ours, and the rest of `synth_ecp5`.
fn luts() -> String {
    format!(
        "read_verilog -lib -specify +/lattice/cells_sim_ecp5.v +/lattice/cells_bb_ecp5.v; read_rtlil flat.il; \
         abc9 -maxlut 4 -W {WIRE}; clean; {} map_cells: -json bat.json; tee -q -o bat.stat stat -json",
        synth_ecp5()
    )
}

fn read(text: &str) -> Result<Placed, SynthError> {
    let failed = |reason: String| SynthError::Failed { tool: "nextpnr-ecp5".into(), reason };
    let report: Report =
        serde_json::from_str(text).map_err(|e| failed(format!("its report: {e}")))?;
    let slowest = report.fmax.values().map(|clock| clock.achieved).reduce(f64::min);
    let mhz = slowest.ok_or_else(|| failed("its report names no clock".into()))?;
    let critical_path = slowest_path(&report.critical_paths);
    Ok(Placed { mhz, utilization: report.utilization, critical_path })
}

fn slowest_path(paths: &[Path]) -> Vec<Hop> {
    let inside = paths.iter().filter(|path| path.from != PAD && path.to != PAD);
    let slowest = inside.max_by(|a, b| a.ns().total_cmp(&b.ns()));
    let segments = slowest.into_iter().flat_map(|path| &path.path);
    segments.filter(|segment| segment.delay > 0.0).map(Segment::hop).collect()
}

impl Path {
    fn ns(&self) -> f64 {
        self.path.iter().map(|segment| segment.delay).sum()
    }
}

impl Segment {
    fn hop(&self) -> Hop {
        let name = self.net.as_ref().unwrap_or(&self.from.cell).clone();
        Hop { kind: self.kind.clone(), name, ns: (self.delay * 1e3).round() / 1e3 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // nextpnr 0.11.1, shortened.
    const REPORT: &str = r#"{"fmax":{"a":{"achieved":80.5,"constraint":100},"b":{"achieved":99.0,"constraint":100}},
        "utilization":{"TRELLIS_COMB":{"available":83640,"used":5}},"critical_paths":[
        {"from":"<async>","to":"posedge a","path":[{"type":"routing","delay":30.5,"net":"pad","from":{"cell":"io","loc":[1,2],"port":"O"}}]},
        {"from":"posedge a","to":"posedge a","path":[
        {"type":"clk-to-q","delay":0.5249999761581421,"from":{"cell":"count","loc":[9,7],"port":"Q"}},
        {"type":"routing","delay":0,"net":"carry","from":{"cell":"sum","loc":[9,8],"port":"FCO"}},
        {"type":"routing","delay":2.4000000953674316,"net":"u_queue.get","from":{"cell":"sum","loc":[9,8],"port":"F"}}]}]}"#;

    #[test]
    fn the_slowest_clock_counts() {
        let placed = read(REPORT).unwrap();
        assert_eq!((placed.mhz, placed.utilization["TRELLIS_COMB"].used), (80.5, 5));
        assert!(
            read(r#"{"fmax":{},"utilization":{}}"#).unwrap_err().to_string().contains("no clock")
        );
    }

    #[test]
    fn the_critical_path_is_one_between_registers() {
        let hops = read(REPORT).unwrap().critical_path;
        let said: Vec<_> = hops.iter().map(|h| (h.kind.as_str(), h.name.as_str(), h.ns)).collect();
        assert_eq!(said, [("clk-to-q", "count", 0.525), ("routing", "u_queue.get", 2.4)]);
    }

    #[test]
    fn the_flat_netlist_is_one_part() {
        let text = r#"{"modules":{"\\ecp5_pads":{"num_cells_by_type":{"CCU2C":3,"LUT4":5,"TRELLIS_FF":2,"DP16KD":1}}}}"#;
        let area = flat(text).unwrap();
        assert_eq!((area.modules[0].module.as_str(), area.total.lut, area.total.ff), (TOP, 11, 2));
    }
}
