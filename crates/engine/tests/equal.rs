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
    for name in KernelName::ALL {
        let line = if KernelName::available().contains(&name) {
            format!("kernel {name}: {programs} programs, {} inputs, all equal\n", 2 * programs)
        } else {
            format!("NOT RUN: kernel {name} (this machine lacks {})\n", name.needs())
        };
        // Past the test harness, which shows nothing of tests that pass.
        std::io::stderr().write_all(line.as_bytes()).unwrap();
    }
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
