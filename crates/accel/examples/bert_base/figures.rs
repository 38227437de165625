//! BERT-base on `zcu102`, as README has it: the table, which `tests/figures.rs` holds against README and its goals.

use noctule_accel::{
    config::{Config, ConfigError},
    isa::Unit,
    schedule::{Refused, Schedule, WeightOrder},
    sim::run::{Event, Timing, time},
};
use noctule_program::shape::Shape;

const HEADING: &str = "\
| activations | tokens | cycles | time at 200 MHz | array busy | waits for `exp` and `sel` | effective GOPS |
|---|---|---|---|---|---|---|
";

/// What a run of one input takes.
pub(crate) struct Figures {
    what: &'static str,
    pub(crate) tokens: usize,
    pub(crate) cycles: u64,
    ms: f64,
    /// Share of the cycles in which the array makes a step.
    pub(crate) busy: f64,
    /// Share of the cycles in which the array is free and its next instruction waits for attention.
    pub(crate) waits: f64,
    gops: f64,
}

/// The rows of the table.
///
/// # Errors
/// If the preset does not hold the shape.
pub(crate) fn all() -> Result<Vec<Figures>, Box<dyn std::error::Error>> {
    use WeightOrder::{Blocks, Rows};
    let zcu102 = Config::preset("zcu102")?;
    let rows = "1 bit, weights row-major instead of in blocks (modelled, at least)";
    Ok(vec![
        Figures::new("1 bit", &zcu102, 1, 128, Blocks)?,
        Figures::new("2 bits", &zcu102, 2, 128, Blocks)?,
        Figures::new("4 bits", &zcu102, 4, 128, Blocks)?,
        Figures::new(rows, &zcu102, 1, 128, Rows)?,
        Figures::new("1 bit, memories enlarged", &long(&zcu102)?, 1, 512, Blocks)?,
    ])
}

/// The table.
pub(crate) fn table(all: &[Figures]) -> String {
    HEADING.to_owned() + &all.iter().map(Figures::row).collect::<String>()
}

/// The preset with room for 512 tokens.
fn long(config: &Config) -> Result<Config, ConfigError> {
    let mut sizes = config.sizes().clone();
    (sizes.x_depth, sizes.imem_depth, sizes.s_depth, sizes.e_depth) = (1536, 8192, 512, 1024);
    (sizes.g_depth, sizes.i_depth) = (1024, 512);
    Config::new("zcu102 with room for 512 tokens", sizes, config.outside().clone())
}

impl Figures {
    fn new(
        what: &'static str,
        config: &Config,
        bits: u8,
        tokens: usize,
        order: WeightOrder,
    ) -> Result<Self, Refused> {
        let shape = Shape { tokens, ..Shape::bert_base(bits, None) };
        let timing = time(&Schedule::of_order(&shape, config, tokens, order)?, config, &[]);
        let share = |cycles: u64| cycles as f64 / timing.cycles as f64;
        let ms = timing.cycles as f64 / config.outside().clock_khz as f64;
        Ok(Self {
            what,
            tokens,
            cycles: timing.cycles,
            ms,
            busy: share(timing.busy[Unit::Qmm as usize]),
            waits: share(attention_waits(&timing)),
            gops: 2.0 * macs(tokens) / (ms * 1e6),
        })
    }

    fn row(&self) -> String {
        let Self { what, tokens, ms, .. } = self;
        let (cycles, gops) = (thousands(self.cycles), thousands(self.gops.round() as u64));
        let (busy, waits) = (100.0 * self.busy, 100.0 * self.waits);
        format!(
            "| {what} | {tokens} | {cycles} | {ms:.2} ms | {busy:.1} % | {waits:.1} % | {gops} |\n"
        )
    }
}

fn thousands(n: u64) -> String {
    if n < 1000 { n.to_string() } else { format!("{},{:03}", thousands(n / 1000), n % 1000) }
}

/// Cycles in which the array waited for attention.
fn attention_waits(timing: &Timing) -> u64 {
    let mut ready = 0;
    let array = timing.events.iter().filter(|event| event.unit == Unit::Qmm);
    let waited = |event: &Event| {
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
