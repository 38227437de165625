//! Synthesis with the real tool, on a unit with units in it. Without the tool: `NOT RUN`.

use std::path::Path;

use noctule_accel::{
    config::Config,
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

#[test]
fn yosys_takes_a_unit_apart_and_its_answers_are_kept() {
    let yosys = match Tool::yosys() {
        Ok(yosys) => yosys,
        Err(error) => {
            eprintln!("NOT RUN: synthesis by parts: {error}");
            return;
        }
    };
    let room = tempfile::tempdir_in(Path::new(env!("CARGO_TARGET_TMPDIR"))).unwrap();
    let cache = Cache::new(room.path()).unwrap();
    let (area, steps) = exp_row(&yosys, &cache).unwrap();
    let of = |name: &str| area.modules.iter().find(|module| module.module == name).unwrap();
    assert_eq!((of("exp_row").instances, of("exp_lane").instances, of("ram").instances), (1, 4, 4));
    assert_eq!(steps.len(), 6, "{steps:?}");
    // A row of sums and a lane of differences have adders and registers, a table of 256 words half a block RAM.
    assert!(of("exp_row").area.lut > 50 && of("exp_row").area.ff > 20, "{area:?}");
    assert!(of("exp_lane").area.lut > 100 && of("exp_lane").area.half_bram == 0, "{area:?}");
    assert_eq!(of("ram").area.half_bram, 4);
    let (again, steps) = exp_row(&yosys, &cache).unwrap();
    assert_eq!((again, steps), (area, vec![]));
}
