//! Cycles, where they went, and what that is in seconds and operations.

use noctule_accel::{
    config::Config,
    isa::Unit,
    sim::run::{Event, Timing},
};
use noctule_program::{
    Program,
    summary::{Operations, Product},
};
use serde::Serialize;

/// What a run took.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// Name of the configuration.
    pub config: String,
    /// Tokens of the input.
    pub tokens: usize,
    /// Where the input came from; none for times without one.
    pub input: Option<String>,
    /// The answer, if data ran.
    pub answer: Option<Answer>,
    /// From the start to the end.
    pub cycles: u64,
    /// Of these, until the instruction stream was loaded.
    pub boot_cycles: u64,
    /// Clock in MHz that times are for.
    pub clock_mhz: f64,
    /// Time in ms.
    pub ms: f64,
    /// Multiply-accumulates of the binary products.
    pub binary_macs: u64,
    /// 10^9 operations a second, two a multiply-accumulate.
    pub gops: f64,
    /// Bytes read from external memory.
    pub external_bytes: u64,
    /// Of these each cycle.
    pub bytes_per_cycle: f64,
    /// Units, in the machine's order.
    pub units: Vec<UnitReport>,
    /// Layers and what is around them, in order of their first instruction.
    pub layers: Vec<LayerReport>,
}

/// What the machine answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Answer {
    /// Logits.
    pub logits: Vec<i32>,
    /// Whether they are the interpreter's.
    pub equal: bool,
}

/// What a unit did.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct UnitReport {
    /// Its name.
    pub unit: &'static str,
    /// Instructions.
    pub instructions: usize,
    /// Cycles at work; of `qmm`: steps of the array.
    pub busy_cycles: u64,
    /// Their share of all cycles.
    pub utilization: f64,
    /// Cycles in which it was free and its next instruction waited, by what held that.
    pub stalls: Vec<Stall>,
    /// Cycles in which it was free and had no instruction.
    pub idle_cycles: u64,
}

/// Cycles that a unit waited.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Stall {
    /// The unit whose results were waited for.
    pub waits_for: &'static str,
    /// Cycles.
    pub cycles: u64,
}

/// Cycles of a layer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LayerReport {
    /// `layer 3`, or the operation outside layers.
    pub name: String,
    /// The first cycle in which a unit other than `load` worked for it.
    pub from: u64,
    /// The cycle in which its last result could be read.
    pub to: u64,
    /// Steps of the array are not told by layer; these are cycles in which `qmm` was taken by it.
    pub qmm_cycles: u64,
}

impl Report {
    /// Of a run of `tokens` tokens.
    #[must_use]
    pub fn new(program: &Program, config: &Config, tokens: usize, timing: &Timing) -> Self {
        let ms = timing.cycles as f64 / config.outside().clock_khz as f64;
        let macs = binary_macs(&program.operations(tokens));
        Self {
            config: config.name().to_owned(),
            tokens,
            input: None,
            answer: None,
            cycles: timing.cycles,
            boot_cycles: timing.boot,
            clock_mhz: config.outside().clock_khz as f64 / 1e3,
            ms,
            binary_macs: macs,
            gops: 2.0 * macs as f64 / (ms * 1e6),
            external_bytes: timing.external_bytes,
            bytes_per_cycle: timing.external_bytes as f64 / timing.cycles as f64,
            units: Unit::ALL.map(|unit| UnitReport::new(unit, timing)).into(),
            layers: layers(&timing.events),
        }
    }
}

/// Multiply-accumulates of the array: all but the patches' and the head's, which are not binary.
fn binary_macs(operations: &[Operations]) -> u64 {
    let binary =
        operations.iter().filter(|o| !matches!(o.product, Product::Patches | Product::Head));
    binary.map(|operations| operations.count).sum()
}

impl UnitReport {
    fn new(unit: Unit, timing: &Timing) -> Self {
        let events: Vec<&Event> = timing.events.iter().filter(|event| event.unit == unit).collect();
        let mut held = [0_u64; Unit::ALL.len()];
        let (mut free, mut idle) = (0, 0);
        for event in &events {
            let gap = event.accept.saturating_sub(free);
            match event.held_by.filter(|&by| by != unit) {
                // Until it came into the queue there was nothing that could be held.
                Some(by) => {
                    let waited = event.accept.saturating_sub(free.max(event.queued));
                    held[by as usize] += waited;
                    idle += gap - waited.min(gap);
                }
                None => idle += gap,
            }
            free = event.ready;
        }
        let stall = |by: Unit| Stall { waits_for: by.name(), cycles: held[by as usize] };
        let mut stalls: Vec<Stall> =
            Unit::ALL.map(stall).into_iter().filter(|s| s.cycles > 0).collect();
        stalls.sort_by_key(|stall| std::cmp::Reverse(stall.cycles));
        let busy = timing.busy[unit as usize];
        Self {
            unit: unit.name(),
            instructions: events.len(),
            busy_cycles: busy,
            utilization: busy as f64 / timing.cycles as f64,
            stalls,
            idle_cycles: idle + timing.cycles.saturating_sub(free),
        }
    }
}

fn layers(events: &[Event]) -> Vec<LayerReport> {
    let mut layers: Vec<LayerReport> = Vec::new();
    // Loads run ahead of the layer that they are for.
    for event in events.iter().filter(|event| event.unit != Unit::Load) {
        let name = match event.tag.layer {
            Some(layer) => format!("layer {layer}"),
            None => event.tag.what.to_owned(),
        };
        let at = layers.iter().position(|layer| layer.name == name).unwrap_or_else(|| {
            layers.push(LayerReport { name, from: event.accept, to: event.done, qmm_cycles: 0 });
            layers.len() - 1
        });
        let layer = &mut layers[at];
        layer.from = layer.from.min(event.accept);
        layer.to = layer.to.max(event.done);
        layer.qmm_cycles += if event.unit == Unit::Qmm { event.ready - event.accept } else { 0 };
    }
    layers
}

#[cfg(test)]
mod tests {
    use noctule_accel::schedule::Tag;
    use noctule_program::generate;

    use super::*;

    fn event(unit: Unit, layer: Option<usize>, times: [u64; 4], held_by: Option<Unit>) -> Event {
        let [queued, accept, ready, done] = times;
        Event {
            unit,
            tag: Tag { layer, what: "embed", part: 0 },
            queued,
            accept,
            ready,
            done,
            held_by,
        }
    }

    fn timing() -> Timing {
        let events = vec![
            event(Unit::Embed, None, [5, 5, 10, 12], None),
            event(Unit::Load, Some(0), [0, 1, 20, 22], None),
            event(Unit::Qmm, Some(0), [6, 23, 33, 40], Some(Unit::Load)),
            event(Unit::Qmm, Some(0), [30, 33, 43, 50], Some(Unit::Qmm)),
        ];
        let mut busy = [0; 8];
        busy[Unit::Qmm as usize] = 18;
        Timing { cycles: 60, boot: 4, events, busy, external_bytes: 120 }
    }

    #[test]
    fn waits_are_told_from_want_of_work() {
        let program = generate::program(3);
        let config = Config::preset("tiny").unwrap();
        let report = Report::new(&program, &config, program.max_tokens, &timing());
        let qmm = &report.units[Unit::Qmm as usize];
        assert_eq!(qmm.stalls, [Stall { waits_for: "load", cycles: 17 }]);
        assert_eq!((qmm.instructions, qmm.busy_cycles, qmm.idle_cycles), (2, 18, 6 + 17));
        assert_eq!((report.bytes_per_cycle, qmm.utilization), (2.0, 0.3));
        let names: Vec<_> =
            report.layers.iter().map(|l| (l.name.as_str(), l.from, l.to, l.qmm_cycles)).collect();
        assert_eq!(names, [("embed", 5, 12, 0), ("layer 0", 23, 50, 20)]);
    }
}
