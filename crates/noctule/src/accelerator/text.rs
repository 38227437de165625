//! A report as text.

use std::fmt;

use super::report::{Report, UnitReport};

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(answer) = &self.answer {
            let same = if answer.equal {
                "equal to the interpreter's"
            } else {
                "DIFFER from the interpreter's"
            };
            writeln!(f, "logits {:?}: {same}", answer.logits)?;
        }
        writeln!(
            f,
            "{}, {} tokens: {} cycles ({} until the instructions were loaded), {:.4} ms at {} MHz, {:.1} effective GOPS",
            self.config,
            self.tokens,
            self.cycles,
            self.boot_cycles,
            self.ms,
            self.clock_mhz,
            self.gops
        )?;
        writeln!(
            f,
            "external memory: {} bytes, {:.1} a cycle\n",
            self.external_bytes, self.bytes_per_cycle
        )?;
        writeln!(
            f,
            "{:8}{:>13}{:>12}{:>8}{:>12}  waits for (cycles)",
            "unit", "instructions", "busy", "%", "no work"
        )?;
        self.units.iter().try_for_each(|unit| line(unit, f))?;
        write!(f, "\n{:16}{:>12}{:>12}{:>12}{:>12}", "part", "from", "to", "cycles", "qmm taken")?;
        self.layers.iter().try_for_each(|layer| {
            write!(
                f,
                "\n{:16}{:>12}{:>12}{:>12}{:>12}",
                layer.name,
                layer.from,
                layer.to,
                layer.to - layer.from,
                layer.qmm_cycles
            )
        })
    }
}

impl UnitReport {
    /// What it waited for, in a line.
    pub(super) fn waits(&self) -> String {
        let each = self.stalls.iter().map(|stall| format!("{} {}", stall.waits_for, stall.cycles));
        each.collect::<Vec<_>>().join(", ")
    }
}

fn line(unit: &UnitReport, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    writeln!(
        f,
        "{:8}{:>13}{:>12}{:>8.1}{:>12}  {}",
        unit.unit,
        unit.instructions,
        unit.busy_cycles,
        100.0 * unit.utilization,
        unit.idle_cycles,
        unit.waits()
    )
}
