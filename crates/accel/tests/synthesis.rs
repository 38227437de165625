//! Synthesis with the real tool: the whole is read, a unit with units in it is mapped. Without the tool: `NOT RUN`.

mod not_run;

use std::{fs, path::Path};

use noctule_accel::{
    config::Config,
    package::package,
    rtl::SOURCES,
    synth::{Area, Cache, Part, Step, SynthError, Target, Tool, synthesize_part},
};

/// `exp_row` of `tiny`: TILE lanes, each with its table. The area, and the steps that it took.
fn exp_row(yosys: &Tool, cache: &Cache) -> Result<(Area, Vec<String>), SynthError> {
    let config = Config::preset("tiny").unwrap();
    let top = Part { module: "exp_row".into(), parameters: Default::default() };
    let mut steps = Vec::new();
    let mut note = |step: &Step<'_>| {
        steps.push(format!("{} {}/{} {}", step.work, step.number, step.of, step.part));
    };
    let area = synthesize_part(&config, &top, Target::Ultrascale, yosys, cache, &mut note)?;
    Ok((area, steps))
}

/// Yosys, if it is there; said loudly if not.
fn yosys(test: &str) -> Option<Tool> {
    let found = Tool::yosys();
    found.inspect_err(|error| not_run::say(&format!("NOT RUN: {test}: {error}"))).ok()
}

/// All files of a configuration in a folder: their names.
fn write_all(config: &Config, folder: &Path) -> String {
    let cells = include_str!("../src/synth/cells.sv");
    let package = package(config);
    let made = [("bat_pkg.sv", package.as_str()), ("cells.sv", cells)];
    let files: Vec<(&str, &str)> = made.into_iter().chain(SOURCES.iter().copied()).collect();
    files.iter().for_each(|(name, text)| fs::write(folder.join(name), text).unwrap());
    files.into_iter().map(|(name, _)| format!(" {name}")).collect()
}

/// Every file in every family's form, parameters and connections included; nothing is mapped.
#[test]
fn yosys_accepts_the_whole_design() {
    let Some(yosys) = yosys("the whole design in Yosys") else { return };
    let room = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let names = write_all(&Config::preset("tiny").unwrap(), room.path());
    for target in [Target::Ecp5, Target::Series7, Target::Ultrascale] {
        let defines: String = target.defines().iter().map(|name| format!(" -D {name}")).collect();
        let script = format!(
            "read_slang --threads 1{defines} --top bat_top{names}; hierarchy -check -top bat_top; \
             select -assert-any =bat_top"
        );
        yosys.run(&["-q", "-p", &script], room.path()).unwrap();
    }
    let broken = format!("read_slang --threads 1 --top bat_top{}", names.replace(" ram.sv", ""));
    let refused = yosys.run(&["-q", "-p", &broken], room.path()).unwrap_err();
    assert!(matches!(refused, SynthError::Failed { .. }), "{refused}");
}

#[test]
fn yosys_takes_a_unit_apart_and_its_answers_are_kept() {
    let Some(yosys) = yosys("synthesis by parts") else { return };
    let room = tempfile::tempdir_in(Path::new(env!("CARGO_TARGET_TMPDIR"))).unwrap();
    let cache = Cache::new(room.path()).unwrap();
    let (area, steps) = exp_row(&yosys, &cache).unwrap();
    let of = |name: &str| area.modules.iter().find(|module| module.module == name).unwrap();
    assert_eq!((of("exp_row").instances, of("exp_lane").instances), (1, 4));
    assert_eq!(steps.len(), 4, "{steps:?}");
    // A row of sums and a lane of differences have adders and registers, a table of 256 words half a block RAM.
    assert!(of("exp_row").area.lut > 30 && of("exp_row").area.ff > 20, "{area:?}");
    assert!(of("exp_lane").area.lut > 100 && of("exp_lane").area.half_bram == 4, "{area:?}");
    let (again, steps) = exp_row(&yosys, &cache).unwrap();
    assert_eq!((again, steps), (area, vec![]));
}
