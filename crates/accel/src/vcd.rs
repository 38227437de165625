//! A run's main signals as a VCD: of each unit whether it works, the number of its instruction, the layer.

use std::io::{self, Write};

use vcd::{IdCode, TimescaleUnit, Value, VarType, Writer};

use crate::{isa::Unit, sim::run::Timing};

/// Width of numbers.
const BITS: u32 = 16;

/// The signals of a unit.
struct Signals {
    busy: IdCode,
    instruction: IdCode,
    layer: IdCode,
}

/// What happens to a unit in a cycle; ends come before starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Change {
    Ends,
    Starts { instruction: u64, layer: Option<u64> },
}

/// Writes the signals; a cycle lasts `period_ps`. A unit is busy from an instruction's acceptance to the cycle in which it
/// could take the next; outside layers `layer` is unknown (x).
///
/// # Errors
/// If `out` does not take it.
pub fn write(timing: &Timing, period_ps: u64, out: impl Write) -> io::Result<()> {
    let mut writer = Writer::new(out);
    writer.timescale(1, TimescaleUnit::PS)?;
    writer.add_module("bat")?;
    let declared = Unit::ALL.into_iter().map(|unit| declare(&mut writer, unit));
    let signals = declared.collect::<io::Result<Vec<Signals>>>()?;
    writer.upscope()?;
    writer.enddefinitions()?;
    writer.timestamp(0)?;
    for signals in &signals {
        writer.change_scalar(signals.busy, Value::V0)?;
    }
    for (cycle, unit, change) in changes(timing) {
        writer.timestamp(cycle * period_ps)?;
        show(&mut writer, &signals[unit], change)?;
    }
    writer.timestamp(timing.cycles * period_ps)
}

fn declare(writer: &mut Writer<impl Write>, unit: Unit) -> io::Result<Signals> {
    writer.add_module(unit.name())?;
    let made = Signals {
        busy: writer.add_wire(1, "busy")?,
        instruction: writer.add_var(VarType::Wire, BITS, "instruction", None)?,
        layer: writer.add_var(VarType::Wire, BITS, "layer", None)?,
    };
    writer.upscope()?;
    Ok(made)
}

/// All changes in order of time.
fn changes(timing: &Timing) -> Vec<(u64, usize, Change)> {
    let mut changes = Vec::with_capacity(2 * timing.events.len());
    for (number, event) in timing.events.iter().enumerate() {
        let layer = event.tag.layer.map(|layer| layer as u64);
        let unit = event.unit as usize;
        changes.push((event.accept, unit, Change::Starts { instruction: number as u64, layer }));
        changes.push((event.ready.max(event.accept + 1), unit, Change::Ends));
    }
    changes.sort_unstable();
    changes
}

fn show(writer: &mut Writer<impl Write>, signals: &Signals, change: Change) -> io::Result<()> {
    match change {
        Change::Ends => writer.change_scalar(signals.busy, Value::V0),
        Change::Starts { instruction, layer } => {
            writer.change_scalar(signals.busy, Value::V1)?;
            writer.change_vector(signals.instruction, bits(Some(instruction)))?;
            writer.change_vector(signals.layer, bits(layer))
        }
    }
}

/// Highest bit first; nothing is x.
fn bits(value: Option<u64>) -> impl Iterator<Item = Value> {
    let bit = move |n: u32| value.map_or(Value::X, |value| (value >> n & 1 == 1).into());
    (0..BITS).rev().map(bit)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{schedule::Tag, sim::run::Event};

    fn event(unit: Unit, layer: Option<usize>, accept: u64, ready: u64) -> Event {
        let tag = Tag { layer, what: "test", part: 0 };
        Event { unit, tag, queued: 0, accept, ready, done: ready + 3, held_by: None }
    }

    #[test]
    fn a_reader_finds_every_change_in_order() {
        let events = vec![
            event(Unit::Load, None, 2, 5),
            event(Unit::Qmm, Some(3), 4, 9),
            event(Unit::Load, Some(1), 5, 7),
        ];
        let timing = Timing { cycles: 12, boot: 1, events, busy: [0; 8], external_bytes: 0 };
        let mut out = Vec::new();
        write(&timing, 1000, &mut out).unwrap();
        let mut parser = vcd::Parser::new(&out[..]);
        let header = parser.parse_header().unwrap();
        let busy = header.find_var(&["bat", "load", "busy"]).unwrap().code;
        let number = header.find_var(&["bat", "load", "instruction"]).unwrap().code;
        let (mut time, mut seen) = (0, Vec::new());
        for command in parser {
            match command.unwrap() {
                vcd::Command::Timestamp(at) => time = at,
                vcd::Command::ChangeScalar(id, value) if id == busy => {
                    seen.push((time, value == Value::V1, 0))
                }
                vcd::Command::ChangeVector(id, value) if id == number => {
                    let value =
                        value.iter().fold(0, |sum, bit| 2 * sum + u64::from(bit == Value::V1));
                    seen.push((time, true, value));
                }
                _ => {}
            }
        }
        let want = [
            (0, false, 0),
            (2000, true, 0),
            (2000, true, 0),
            (5000, false, 0),
            (5000, true, 0),
            (5000, true, 2),
            (7000, false, 0),
        ];
        assert_eq!((seen.as_slice(), time), (&want[..], 12000));
    }
}
