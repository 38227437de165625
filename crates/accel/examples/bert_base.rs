//! Cycles of BERT-base on the `zcu102` preset, and how long one evaluation takes: `cargo run --release -p noctule-accel --example bert_base`.
//!
//! Times without data, of the largest exponent tables that the configuration holds; they are those of the RTL in external
//! memory of fixed latency. 512 tokens need a deeper X and more instructions than the preset has.

use std::time::Instant;

use noctule_accel::{
    config::Config,
    isa::Unit,
    schedule::{Refused, Schedule, WeightOrder},
    sim::run::{Timing, time},
};
use noctule_program::shape::Shape;

/// Evaluations for the time of one.
const EVALUATIONS: u32 = 300;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let zcu102 = Config::preset("zcu102")?;
    println!(
        "| activations | tokens | weights | cycles | ms | qmm busy | waits for exp and sel | GOPS |"
    );
    println!("|---|---|---|---|---|---|---|---|");
    for bits in [1, 2, 4] {
        line(&zcu102, bits, 128, WeightOrder::Blocks)?;
    }
    line(&zcu102, 1, 128, WeightOrder::Rows)?;
    line(&long(&zcu102)?, 1, 512, WeightOrder::Blocks)?;

    let shape = Shape::bert_base(1, None);
    let start = Instant::now();
    for _ in 0..EVALUATIONS {
        let schedule = Schedule::of_shape(&shape, &zcu102, 128)?;
        std::hint::black_box(time(&schedule, &zcu102, &[]));
    }
    let each = start.elapsed() / EVALUATIONS;
    println!(
        "\nschedule and times, 128 tokens: {each:?}, {:.0} a second",
        1.0 / each.as_secs_f64()
    );
    Ok(())
}

/// The preset with room for 512 tokens.
fn long(config: &Config) -> Result<Config, noctule_accel::config::ConfigError> {
    let mut sizes = config.sizes().clone();
    (sizes.x_depth, sizes.imem_depth, sizes.s_depth, sizes.e_depth) = (1536, 8192, 512, 1024);
    (sizes.g_depth, sizes.i_depth) = (1024, 512);
    Config::new("zcu102 with room for 512 tokens", sizes, config.outside().clone())
}

fn line(config: &Config, bits: u8, tokens: usize, order: WeightOrder) -> Result<(), Refused> {
    let mut shape = Shape::bert_base(bits, None);
    shape.tokens = tokens;
    let schedule = Schedule::of_order(&shape, config, tokens, order)?;
    let timing = time(&schedule, config, &[]);
    let share = |cycles: u64| 100.0 * cycles as f64 / timing.cycles as f64;
    let seconds = timing.cycles as f64 / (config.outside().clock_khz as f64 * 1e3);
    let (busy, waits) = (share(timing.busy[Unit::Qmm as usize]), share(attention_waits(&timing)));
    let gops = 2.0 * macs(tokens) / seconds / 1e9;
    let row = (timing.cycles, seconds * 1e3);
    println!(
        "| {bits} | {tokens} | {order:?} | {} | {:.3} | {busy:.1} % | {waits:.1} % | {gops:.0} |",
        row.0, row.1
    );
    Ok(())
}

/// Cycles in which the array waited for attention.
fn attention_waits(timing: &Timing) -> u64 {
    let mut ready = 0;
    let array = timing.events.iter().filter(|event| event.unit == Unit::Qmm);
    let waited = |event: &noctule_accel::sim::run::Event| {
        let idle = event.accept - ready.min(event.accept);
        ready = event.ready;
        if matches!(event.held_by, Some(Unit::Exp | Unit::Sel)) { idle } else { 0 }
    };
    array.map(waited).sum()
}

/// Multiply-accumulates of BERT-base's encoder.
fn macs(tokens: usize) -> f64 {
    let (layers, width, ffn) = (12.0, 768.0, 3072.0);
    let t = tokens as f64;
    layers * (t * (4.0 * width * width + 2.0 * width * ffn) + 2.0 * t * t * width)
}
