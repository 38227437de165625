//! Deliberate faults: each must be caught by the jobs that show agreement.
//!
//! All faults of the RTL are built into one model, each behind its number (mutant schemata: R. H. Untch, A. J. Offutt and
//! M. J. Harrold, "Mutation analysis using mutant schemata", ISSTA 1993), so that the suite pays for one build. The number comes as the plusarg
//! `+mutant=N`, which is the name of the job file.

mod faults;
mod table;

use std::ops::Range;

use noctule_accel::{
    config::Config,
    cosim::{CosimError, Job, Model, Outcome},
    rtl::{self, File},
};
use noctule_program::generate;

use crate::{
    MANUAL,
    jobs::{self, Case, say},
};
use table::FAULTS;

const SEEDS: Range<u64> = 5000..5040;
const STALLS: Range<u64> = 1..7;

/// Programs on the smallest configuration, and its model with all faults.
struct Bench {
    config: Config,
    cases: Vec<Case>,
    model: Model,
    folder: tempfile::TempDir,
}

impl Bench {
    fn new(test: &str) -> Option<Self> {
        let config = pair();
        let model = jobs::model(test, &mutated(&config))?;
        let cases = cases(&config);
        Some(Self { config, cases, model, folder: tempfile::tempdir().unwrap() })
    }

    fn jobs(&self) -> Vec<Job> {
        self.cases.iter().map(|case| case.job.clone()).collect()
    }

    /// What catches fault `number` (0: none): the fixed model first, then random stalls.
    fn verdict(&self, number: usize, jobs: &[Job]) -> Option<String> {
        let fixed = self.first_failure(number, jobs, None);
        let stalled = |seed| self.first_failure(number, jobs, Some(seed));
        let late = || Some(format!("{} under stalls", STALLS.into_iter().find_map(stalled)?));
        fixed.map(String::from).or_else(late)
    }

    fn first_failure(
        &self,
        number: usize,
        jobs: &[Job],
        stalls: Option<u64>,
    ) -> Option<&'static str> {
        let file = self.folder.path().join(format!("+mutant={number}"));
        // A few at a time: most faults show at once.
        jobs.chunks(4).find_map(|jobs| {
            match self.model.run(jobs, self.config.outside(), stalls, &file) {
                Ok(outcomes) => outcomes.iter().find(|outcome| !outcome.pass).map(kind),
                Err(CosimError::Stopped { .. }) => Some("assertion"),
                Err(error) => panic!("{error}"),
            }
        })
    }
}

fn pair() -> Config {
    Config::from_toml("pair", include_str!("../configs/pair.toml")).unwrap()
}

fn cases(config: &Config) -> Vec<Case> {
    let case = |seed| {
        let program = jobs::program(seed);
        jobs::case(&program, config, &generate::input(&program, seed)).ok()
    };
    SEEDS.filter_map(case).collect()
}

fn kind(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome { hang: true, .. } => "hang",
        Outcome { equal: false, .. } => "bits",
        Outcome { protocol, .. } if !protocol.is_empty() => "protocol",
        _ => "cycles",
    }
}

/// The design with every fault behind its number.
fn mutated(config: &Config) -> Vec<File> {
    let mut files = rtl::files(config);
    for (n, fault) in FAULTS.iter().enumerate() {
        let choice = format!("(bat_pkg::mutant == {} ? ({}) : ({}))", n + 1, fault.to, fault.from);
        replace(&mut files, fault.file, fault.from, &choice);
    }
    // A fault need not be clean.
    let faulty = |file: &&mut File| FAULTS.iter().any(|fault| fault.file == file.0);
    for (_, text) in files.iter_mut().filter(faulty) {
        *text = format!(
            "/* verilator lint_off WIDTH */\n/* verilator lint_off UNUSEDSIGNAL */\n{text}"
        );
    }
    replace(&mut files, "bat_pkg.sv", "\npackage bat_pkg;", "\npackage bat_pkg;\n  int mutant;");
    let plusarg = "  initial if (!$value$plusargs(\"mutant=%d\", bat_pkg::mutant)) bat_pkg::mutant = 0;\nendmodule";
    replace(&mut files, "bat_top.sv", "endmodule", plusarg);
    let name = "VerilatedContext context;\n  const char* plus[] = {argv[0], std::strrchr(argv[1], '/') + 1};\n  \
                context.commandArgs(2, plus);";
    replace(&mut files, "harness/main.cpp", "VerilatedContext context;", name);
    files
}

fn replace(files: &mut [File], name: &str, from: &str, to: &str) {
    let (_, text) = files.iter_mut().find(|(file, _)| file == name).unwrap();
    assert_eq!(text.matches(from).count(), 1, "{name} must hold once: {from}");
    *text = text.replace(from, to);
}

#[test]
fn every_fault_is_still_a_place_of_the_rtl() {
    assert!(FAULTS.len() >= 10);
    mutated(&Config::preset("tiny").unwrap());
}

#[test]
fn faults_are_caught() {
    let Some(bench) = Bench::new("faults are caught") else { return };
    let jobs = bench.jobs();
    say(&format!("pair: faults against {} programs", jobs.len()));
    assert_eq!(bench.verdict(0, &jobs), None, "the model without a fault");
    let faults = FAULTS.iter().enumerate();
    let faults = faults.map(|(n, fault)| (fault.file, fault.what, n + 1, jobs.clone()));
    let simulator = bench.simulator_faults().map(|(what, jobs)| ("simulator", what, 0, jobs));
    let mut free = Vec::new();
    for (file, what, number, jobs) in faults.chain(simulator) {
        let verdict = bench.verdict(number, &jobs);
        say(&format!("| `{file}` | {what} | {} |", verdict.as_deref().unwrap_or("nothing")));
        free.extend(verdict.is_none().then_some(what));
    }
    assert!(free.is_empty(), "not caught: {free:?}");
}

/// The table of the manual is the one that is run.
#[test]
fn the_manual_lists_the_faults() {
    let text = std::fs::read_to_string(MANUAL).unwrap();
    let rtl = FAULTS.iter().map(|fault| (fault.file, fault.what));
    for (file, what) in rtl.chain(faults::names().map(|what| ("simulator", what))) {
        let row = format!("| `{file}` | {what} | ");
        assert!(text.contains(&row), "the manual lacks: {row}");
    }
    let (faults, simulator, programs) =
        (FAULTS.len(), faults::names().count(), cases(&pair()).len());
    let numbers = format!(
        "{faults} faults of the RTL and {simulator} on the simulator's side, one at a time, against {programs} random programs on `pair` \
         (seeds {} to {})",
        SEEDS.start,
        SEEDS.end - 1
    );
    assert!(text.contains(&numbers), "docs/accelerator.md, section 3.2, should have: {numbers}");
}
