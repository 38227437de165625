//! Cycles of BERT-base on the `zcu102` preset, and how long one evaluation takes: `cargo run --release -p noctule-accel --example bert_base`.
//!
//! Times without data, of the largest exponent tables that the configuration holds; they are those of the RTL in external
//! memory of fixed latency. 512 tokens need deeper memories than the preset has.

mod figures;

use std::time::Instant;

use noctule_accel::{config::Config, schedule::Schedule, sim::run::time};
use noctule_program::shape::Shape;

/// Evaluations for the time of one.
const EVALUATIONS: u32 = 300;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    print!("{}", figures::table(&figures::all()?));
    let (zcu102, shape) = (Config::preset("zcu102")?, Shape::bert_base(1, None));
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
