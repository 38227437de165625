//! One layer of BERT-base, 128 tokens, on a preset: too long for every day.

use std::time::Instant;

use noctule_accel::{
    config::Config,
    rtl,
    sim::run::{run, time},
};
use noctule_program::generate::{self, Shape};

use crate::jobs;

/// Run with `cargo test --release -p noctule-accel --test agreement -- --ignored --nocapture bert`; `NOCTULE_PRESET`
/// names another preset than `zcu102`.
#[test]
#[ignore = "the build of the model takes many minutes"]
fn bert_base_layer_runs_on_the_preset() {
    let preset = std::env::var("NOCTULE_PRESET").unwrap_or_else(|_| "zcu102".into());
    let config = Config::preset(&preset).unwrap();
    let mut shape = Shape::bert_base(1, None);
    shape.layers.truncate(1);
    let program = generate::sized(&shape, 1);
    let input = generate::input_of(&program, shape.tokens, 2).unwrap();
    let case = jobs::case(&program, &config, &input).unwrap();
    let at = Instant::now();
    let ran = run(&program, &config, &input).unwrap();
    report("simulator, with its schedule", ran.timing.cycles, at);
    let at = Instant::now();
    let timing = time(&case.schedule, &config, &case.job.input);
    report("times only, of a schedule", timing.cycles, at);
    assert_eq!(timing, ran.timing);
    let at = Instant::now();
    let Some(model) = jobs::model("bert_base_layer", &rtl::files(&config)) else { return };
    jobs::say(&format!("model built, or found, in {:.1} s", at.elapsed().as_secs_f64()));
    let at = Instant::now();
    let outcomes = jobs::outcomes(&model, &[case.job], config.outside(), None);
    report("Verilator", outcomes[0].cycles, at);
    jobs::say(&format!("{preset}: {:?}", outcomes[0]));
    assert!(outcomes[0].pass);
}

fn report(what: &str, cycles: u64, since: Instant) {
    let seconds = since.elapsed().as_secs_f64();
    jobs::say(&format!(
        "{what}: {cycles} cycles in {seconds:.3} s, {:.0} cycles a second",
        cycles as f64 / seconds
    ));
}
