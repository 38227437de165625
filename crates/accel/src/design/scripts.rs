//! The parts of a design folder that depend on configuration and case.

use super::Case;
use crate::{
    config::Config,
    synth::{Device, Target},
};

/// Parameters of the testbench.
pub(super) fn sizes(config: &Config, case: &Case) -> String {
    let outside = config.outside();
    let beat = config.sizes().beat as u64 / 8;
    let values = [
        ("LATENCY", outside.latency.max(1)),
        ("RATE", outside.bytes_per_cycle.min(beat)),
        ("IMAGE_BEATS", case.image.len() as u64 / beat),
        ("PROGRAM_BEAT", case.program_beat as u64),
        ("COUNT", case.count as u64),
        ("INPUTS", case.input.len() as u64),
        ("OUTPUTS", case.output.len() as u64),
        ("CYCLES", case.cycles),
    ];
    let lines = values.map(|(name, value)| format!("localparam longint {name} = {value};\n"));
    format!("// Made by noctule for tb.sv. Do not edit.\n{}", lines.concat())
}

/// The part that Vivado takes where the configuration is no preset for one of AMD's.
const PART: &str = "xczu9eg-ffvb1156-2-e";

/// The part for Vivado, its family, and what to know where the configuration names none.
fn part(config: &Config) -> (&'static str, Target, Option<String>) {
    let device = Device::of(config.name());
    match device.and_then(|device| Some((device.part?, device.target))) {
        Some((part, target)) => (part, target, None),
        None => {
            let name = config.name();
            let note = format!(
                "{name} is made for no part of AMD's: {PART} (UltraScale+) is an assumption, put yours"
            );
            (PART, Target::Ultrascale, Some(note))
        }
    }
}

/// A script for Vivado, which nobody has run here.
pub(super) fn vivado(config: &Config) -> String {
    let (part, target, note) = part(config);
    let note = note.map_or_else(String::new, |note| format!("# {note}; -verilog_define too.\n"));
    let defines: String =
        target.defines().iter().map(|name| format!(" -verilog_define {name}")).collect();
    let period = 1e6 / config.outside().clock_khz as f64;
    format!(
        "# NOT RUN: Vivado was not at hand where this was made. Use: vivado -mode batch -source vivado.tcl\n\
         {note}\
         set part {part}\n\
         set files [split [string trim [read [open files.f]]] \"\\n\"]\n\
         read_verilog -sv $files\n\
         # The family's form of the sources, of which the documented figures are: 7-series BAT_LUT6_2,\n\
         # UltraScale+ BAT_LUT6_2, BAT_DSP and BAT_DSP48E2.\n\
         synth_design -top bat_top -part $part -mode out_of_context{defines}\n\
         create_clock -name clk -period {period:.3} [get_ports clk]\n\
         report_utilization -hierarchical -file utilization.rpt\n\
         opt_design\nplace_design\nroute_design\n\
         report_timing_summary -file timing.rpt\n\
         write_checkpoint -force bat_top.dcp\n"
    )
}

/// What the folder holds.
pub(super) fn readme(config: &Config, case: &Case, about: &str) -> String {
    let (part, _, note) = part(config);
    let note = note.map_or_else(String::new, |note| format!(" ({note})"));
    format!(
        "# BAT, configuration {name}\n\n{about}\n\n\
         | file | what it is |\n|---|---|\n\
         | `bat_pkg.sv` | sizes and instruction set |\n\
         | `files.f` | all sources in order; the top is `bat_top` |\n\
         | `image.bin`, `image.hex` | external memory: weights, parameters, instructions from beat {beat} on; the hex form for `$readmemh`, a beat a line |\n\
         | `input.hex`, `output.hex` | words of the input stream and of the expected output stream |\n\
         | `amd_cells.sv` | ports of AMD primitives, for `make synth` |\n\
         | `tb.sv`, `sizes.svh` | testbench: starts the design through its registers, plays external memory and streams, compares outputs and cycles |\n\
         | `vivado.tcl` | synthesis and implementation out of context, for {part}{note}; NOT RUN where this was made |\n\n\
         `make lint` and `make sim` need Verilator (5.40 or later), perl, make and a C++20 compiler; `make synth` needs Yosys with its slang \
         reader: `make synth FAMILY=xcup` (UltraScale+), `xc7` (7-series), `ecp5`. Other names of the tools: `make sim VERILATOR=...`, `make synth YOSYS=...`.\n\n\
         The testbench expects {cycles} cycles for {count} instructions and {outputs} output words; it ends with PASS, or with FAIL and a non-zero exit status.\n\n\
         On a board: copy `image.bin` to a 4096-byte boundary of memory, write its address to IMAGE_LO and IMAGE_HI, {beat} to PROGRAM, {count} to COUNT, \
         1 to CONTROL; send the input stream, read the output stream, wait for bit 1 of STATUS.\n",
        name = config.name(),
        beat = case.program_beat,
        cycles = case.cycles,
        count = case.count,
        outputs = case.output.len(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn script(preset: &str) -> String {
        vivado(&Config::preset(preset).unwrap())
    }

    #[test]
    fn each_family_gets_its_form() {
        let line =
            |text: &str| text.lines().find(|l| l.starts_with("synth_design")).unwrap().to_owned();
        let all = "-verilog_define BAT_LUT6_2 -verilog_define BAT_DSP -verilog_define BAT_DSP48E2";
        for preset in ["kv260", "zcu102", "tiny"] {
            assert!(line(&script(preset)).ends_with(all), "{preset}");
        }
        assert!(line(&script("zynq7020")).ends_with("out_of_context -verilog_define BAT_LUT6_2"));
    }

    #[test]
    fn an_assumed_part_is_said() {
        for preset in ["tiny", "ecp5-85f"] {
            let said = script(preset);
            assert!(said.contains("is an assumption") && said.contains(PART), "{said}");
        }
        assert!(!script("zynq7020").contains("assumption"));
        assert!(script("zynq7020").contains("set part xc7z020clg400-1\n"));
    }
}
