//! Area and energy of a program in standard cells, by unit: `cargo run --release -p noctule-accel --example asic -- MODEL.bmt asic8`.
//!
//! Cells of 0.18 um, relative figures: see section 4.4 of `docs/accelerator.md`.

use noctule_accel::{
    cost::asic::{Item, Kind, Record},
    isa::Unit,
    schedule::Schedule,
    sim::run::time,
};
use noctule_program::Program;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut words = std::env::args().skip(1);
    let (Some(model), Some(name)) = (words.next(), words.next()) else {
        return Err("usage: asic MODEL.bmt CONFIGURATION (asic4, asic8)".into());
    };
    let bytes = std::fs::read(&model).map_err(|error| format!("{model}: {error}"))?;
    let program = Program::from_bytes(&bytes)?;
    let record = Record::named(&name)?;
    let config = record.config()?;
    let schedule = Schedule::new(&program, &config, program.max_tokens)?;
    let timing = time(&schedule, &config, &[]);
    let items = record.items(&timing);

    println!("{name}: {} cycles, {} tokens\n", timing.cycles, program.max_tokens);
    println!("| | kind | mm2 | clock, nJ | data, nJ | of the energy |");
    println!("|---|---|---|---|---|---|");
    let all = sum(items.iter());
    let units = Unit::ALL.map(Some);
    for unit in units.iter().copied().chain([None]) {
        let name = unit.map_or("control, X's multiplexers", Unit::name);
        let of = |kind| sum(items.iter().filter(|item| item.unit == unit && item.kind == kind));
        line(name, "synthesised", of(Kind::Synthesised), all);
        line(&format!("memories of {name}"), "modelled", of(Kind::Modelled), all);
    }
    for kind in [Kind::Synthesised, Kind::Modelled] {
        let total = sum(items.iter().filter(|item| item.kind == kind));
        line("**all**", &format!("{kind:?}").to_lowercase(), total, all);
    }
    let [low, high] = record.external(&timing).map(|nj| nj / 1e3);
    println!("\nexternal memory, modelled, beside this: {low:.1} to {high:.1} uJ");
    Ok(())
}

/// Area, clock and data of items.
fn sum<'a>(items: impl Iterator<Item = &'a Item>) -> [f64; 3] {
    items.fold([0.0; 3], |[area, clock, data], item| {
        [area + item.area, clock + item.clock, data + item.data]
    })
}

fn line(name: &str, kind: &str, [area, clock, data]: [f64; 3], all: [f64; 3]) {
    if area == 0.0 {
        return;
    }
    let share = 100.0 * (clock + data) / (all[1] + all[2]);
    println!("| {name} | {kind} | {:.3} | {clock:.0} | {data:.0} | {share:.1}% |", area / 1e6);
}
