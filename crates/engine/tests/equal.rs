//! Every kernel of this machine equals the interpreter.

mod support;

use std::io::Write;

use noctule_engine::{Engine, KernelName, Options, verify};
use noctule_program::{Program, generate, interpret, parts::Input};
use rayon::prelude::*;

#[test]
fn every_kernel_equals_the_interpreter_on_random_programs() {
    let programs = support::programs(2000);
    (0..programs).into_par_iter().for_each(|seed| {
        let program = generate::program(seed);
        let inputs: Vec<_> = (0..2).map(|n| generate::input(&program, 2 * seed + n)).collect();
        let verification = verify(&program, &inputs, 1).unwrap();
        assert!(verification.agrees(), "program {seed}\n{verification}");
        the_choice_agrees(&program, &inputs);
    });
    // Past the test harness, which shows nothing of tests that pass.
    std::io::stderr().write_all(closing(programs).as_bytes()).unwrap();
}

/// A line for each kernel that ran, and one that counts all and says what the others need.
fn closing(programs: u64) -> String {
    let (run, not_run): (Vec<_>, Vec<_>) =
        KernelName::ALL.into_iter().partition(|name| KernelName::available().contains(name));
    let ran = |name: &KernelName| {
        format!("kernel {name}: {programs} programs, {} inputs, all equal\n", 2 * programs)
    };
    let needs: Vec<_> =
        not_run.iter().map(|name| format!("{name} (needs {})", name.needs())).collect();
    let lines: String = run.iter().map(ran).collect();
    let needs = if needs.is_empty() { "none".into() } else { needs.join(", ") };
    format!("{lines}kernels run {}, NOT RUN {}: {needs}\n", run.len(), not_run.len())
}

/// The kernels that are taken when none is forced, one product by this and one by that.
fn the_choice_agrees(program: &Program, inputs: &[Input]) {
    let engine = Engine::new(program, Options { threads: 1, kernel: None }).unwrap();
    for input in inputs {
        let mut logits = Vec::new();
        engine.session().run(input, &mut logits).unwrap();
        assert_eq!(logits, interpret::run(program, input).unwrap());
    }
}
