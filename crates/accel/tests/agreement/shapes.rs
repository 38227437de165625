//! Random programs on shapes of all kinds.

use std::{collections::BTreeMap, ops::Range, time::Instant};

use noctule_accel::{
    config::{Config, Outside},
    cosim::{Job, Model, Outcome},
    isa::Op,
    rtl,
    schedule::Refused,
    sim::run::time,
};
use noctule_program::generate;

use crate::{
    MANUAL,
    jobs::{self, Case, say},
};

#[test]
fn tiny_agrees() {
    agree(&Config::preset("tiny").unwrap(), 0..280, 200);
}

#[test]
fn the_smallest_tile_agrees() {
    agree(&config("pair", include_str!("../configs/pair.toml")), 1000..1070, 40);
}

#[test]
fn a_chunk_of_one_tile_agrees() {
    agree(&config("square", include_str!("../configs/square.toml")), 2000..2080, 40);
}

#[test]
fn a_row_at_a_time_agrees() {
    agree(&config("rows", include_str!("../configs/rows.toml")), 3000..3080, 40);
}

#[test]
fn a_beat_as_wide_as_a_word_agrees() {
    agree(&config("burst", include_str!("../configs/burst.toml")), 4000..4060, 40);
}

fn config(name: &str, text: &str) -> Config {
    Config::from_toml(name, text).unwrap()
}

/// Programs that a configuration holds run on interpreter, simulator and RTL; at least `least` must be held.
fn agree(config: &Config, seeds: Range<u64>, least: usize) {
    let name = config.name();
    let (cases, refused) = cases(config, seeds.clone());
    say(&format!(
        "{name}: {} of {} programs held; refused for {refused:?}",
        cases.len(),
        seeds.clone().count()
    ));
    assert!(cases.len() >= least, "{name} holds only {} programs, {least} must run", cases.len());
    in_the_manual(config, seeds, cases.len());
    let other = elsewhere(config);
    for case in &cases {
        case.instructions_say_the_same(config);
    }
    let Some(model) = jobs::model(&format!("{name}: RTL"), &files(config)) else { return };
    for config in [config, &other] {
        let timed: Vec<Job> = cases.iter().map(|case| timed(case, config)).collect();
        let outcomes = all_pass(&model, name, &timed, config.outside(), None);
        for (outcome, case) in outcomes.iter().zip(&cases) {
            assert_eq!(outcome.bytes, case.timing.external_bytes, "{name}: {outcome:?}");
            assert_eq!(outcome.lasts, case.heads(), "{name}: {outcome:?}");
        }
    }
    let untimed: Vec<Job> = cases.iter().map(|case| case.job.clone()).collect();
    for seed in 1..=3 {
        let outcomes = all_pass(&model, name, &untimed, config.outside(), Some(seed));
        for (outcome, case) in outcomes.iter().zip(&cases) {
            assert_eq!(outcome.lasts, case.heads(), "{name}: {outcome:?}");
        }
    }
}

/// The manual's table of configurations says how many programs there are and how many are held.
fn in_the_manual(config: &Config, seeds: Range<u64>, held: usize) {
    let (name, s) = (config.name(), config.sizes());
    let sizes = [s.tile, s.k, s.p, s.pa, s.beat, s.xb].map(|size| size.to_string()).join(", ");
    let (begin, end) =
        (format!("| `{name}` | {sizes} |"), format!("| {} | {held} |", seeds.count()));
    let manual = std::fs::read_to_string(MANUAL).unwrap();
    let said = manual.lines().any(|line| line.starts_with(&begin) && line.ends_with(&end));
    assert!(said, "docs/accelerator.md, section 3, should have: {begin} ... {end}");
}

/// The design; of some shapes in its form for AMD parts, or with DSPs as these have them but no primitives.
fn files(config: &Config) -> Vec<rtl::File> {
    let form = match config.name() {
        "tiny" | "square" => include_str!("amd_cells.sv"),
        "rows" => "`define BAT_DSP\n",
        _ => return rtl::files(config),
    };
    let mut files = rtl::files(config);
    files.insert(0, ("form.sv".into(), form.into()));
    files
}

/// Cases of seeds, and how many were refused for each knob.
fn cases(config: &Config, seeds: Range<u64>) -> (Vec<Case>, BTreeMap<&'static str, usize>) {
    let mut refused = BTreeMap::new();
    let case = |seed| {
        let program = jobs::program(seed);
        let input = generate::input(&program, seed + 7);
        let case = jobs::case(&program, config, &input);
        case.map_err(|error| *refused.entry(reason(&error)).or_default() += 1).ok()
    };
    (seeds.filter_map(case).collect(), refused)
}

fn reason(refused: &Refused) -> &'static str {
    match refused {
        Refused::Limit { knob, .. } => knob,
        Refused::Field { .. } => "a number too large for its field",
        Refused::Tokens { .. } => "tokens",
    }
}

/// The same machine behind another external memory: further away, and slower by a fraction of a beat.
fn elsewhere(config: &Config) -> Config {
    let Outside { latency, bytes_per_cycle, clock_khz } = *config.outside();
    let outside =
        Outside { latency: latency + 41, bytes_per_cycle: bytes_per_cycle * 5 / 7 + 1, clock_khz };
    Config::new(config.name(), config.sizes().clone(), outside).unwrap()
}

fn timed(case: &Case, config: &Config) -> Job {
    let timing = time(&case.schedule, config, &case.job.input);
    Job { cycles: Some(timing.cycles), trace: jobs::courses(&timing), ..case.job.clone() }
}

fn all_pass(
    model: &Model,
    name: &str,
    jobs: &[Job],
    outside: &Outside,
    stalls: Option<u64>,
) -> Vec<Outcome> {
    let at = Instant::now();
    let outcomes = jobs::outcomes(model, jobs, outside, stalls);
    let failed: Vec<_> = outcomes.iter().filter(|outcome| !outcome.pass).collect();
    let cycles: u64 = outcomes.iter().map(|outcome| outcome.cycles).sum();
    let speed = cycles as f64 / at.elapsed().as_secs_f64();
    let memory = match stalls {
        Some(seed) => format!("random stalls {seed}"),
        None => format!("latency {}, {} bytes a cycle", outside.latency, outside.bytes_per_cycle),
    };
    say(&format!("{name}, {memory}: {} jobs, {cycles} cycles, {speed:.0} a second", jobs.len()));
    assert!(
        failed.is_empty(),
        "{name}, {memory}: {} fail, the first: {:?}",
        failed.len(),
        failed[0]
    );
    outcomes
}

impl Case {
    fn heads(&self) -> u64 {
        self.schedule.stream.iter().filter(|scheduled| matches!(scheduled.op, Op::Head(_))).count()
            as u64
    }
}
