//! Area and energy in standard cells of 0.18 um, of the configurations that were synthesised to them (`bench/accel/asic`).
//!
//! Figures are relative: no clock tree, wires or pads, and no other process compares with this one. Logic comes from netlists and the library's
//! tables ([`Kind::Synthesised`]); its energy on another schedule than the recorded run's follows the cycles in which units are busy. Memories
//! are [`Kind::Modelled`].

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::{
    config::{Config, ConfigError},
    isa::Unit,
    sim::run::Timing,
};

/// Where a figure comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Cells of a mapped netlist, on values of a real run.
    Synthesised,
    /// Coefficients of a published model.
    Modelled,
}

/// Area and energy of a part or a memory, all its instances.
#[derive(Debug, Clone, PartialEq)]
pub struct Item {
    /// Module, or memory.
    pub name: String,
    /// The unit whose work it follows; none: it works all the time.
    pub unit: Option<Unit>,
    /// Where the figures come from.
    pub kind: Kind,
    /// um2.
    pub area: f64,
    /// nJ of the clock in flip-flops, busy or not.
    pub clock: f64,
    /// nJ of all else.
    pub data: f64,
}

/// What synthesis and a run gave for a configuration.
#[derive(Debug, Clone, Deserialize)]
pub struct Record {
    configuration: String,
    run: Recorded,
    parts: Vec<Part>,
    memories: Vec<Memory>,
    external: External,
    #[serde(skip)]
    toml: &'static str,
}

#[derive(Debug, Clone, Deserialize)]
struct Recorded {
    cycles: u64,
    busy: BTreeMap<String, u64>,
}

#[derive(Debug, Clone, Deserialize)]
struct Part {
    module: String,
    unit: String,
    instances: u32,
    area: f64,
    clock_pj: f64,
    data_pj: f64,
}

#[derive(Debug, Clone, Deserialize)]
struct Memory {
    memory: String,
    unit: String,
    area_um2: f64,
    pj_per_cycle: f64,
}

#[derive(Debug, Clone, Deserialize)]
struct External {
    pj_per_bit: [f64; 2],
}

/// Names, configurations and records.
const RECORDS: [(&str, &str, &str); 2] = [
    (
        "asic4",
        include_str!("../../../../bench/accel/asic/asic4.toml"),
        include_str!("../../../../bench/accel/asic/asic4.json"),
    ),
    (
        "asic8",
        include_str!("../../../../bench/accel/asic/asic8.toml"),
        include_str!("../../../../bench/accel/asic/asic8.json"),
    ),
];

/// Why there is no record.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// No configuration of this name was synthesised to cells.
    #[error(
        "{0}: was not synthesised to standard cells; there are asic4 and asic8, and bench/accel/asic/record.py makes more"
    )]
    Unknown(String),
    /// The record is damaged.
    #[error(
        "bench/accel/asic/{name}.json: {source}; make it again with bench/accel/asic/record.py"
    )]
    Damaged {
        /// Its name.
        name: &'static str,
        /// What is wrong.
        source: serde_json::Error,
    },
}

impl Record {
    /// The record of a configuration.
    ///
    /// # Errors
    /// [`RecordError`].
    pub fn named(name: &str) -> Result<Self, RecordError> {
        let (name, toml, json) = *RECORDS
            .iter()
            .find(|(known, ..)| *known == name)
            .ok_or_else(|| RecordError::Unknown(name.into()))?;
        let record: Self =
            serde_json::from_str(json).map_err(|source| RecordError::Damaged { name, source })?;
        Ok(Self { toml, ..record })
    }

    /// The configuration that was synthesised.
    ///
    /// # Errors
    /// If its file breaks a rule that came after it.
    pub fn config(&self) -> Result<Config, ConfigError> {
        Config::from_toml(&self.configuration, self.toml)
    }

    /// What each part and memory takes, and takes on a schedule with these times.
    #[must_use]
    pub fn items(&self, timing: &Timing) -> Vec<Item> {
        let part = |p: &Part| {
            let (unit, n) = (unit_of(&p.unit), f64::from(p.instances));
            Item {
                name: p.module.clone(),
                unit,
                kind: Kind::Synthesised,
                area: n * p.area,
                clock: n * p.clock_pj * timing.cycles as f64 / 1e3,
                data: n * p.data_pj * self.active_cycles(unit, timing) / 1e3,
            }
        };
        let memory = |m: &Memory| {
            let unit = unit_of(&m.unit);
            let data = m.pj_per_cycle * self.active_cycles(unit, timing) / 1e3;
            let name = m.memory.to_uppercase();
            Item { name, unit, kind: Kind::Modelled, area: m.area_um2, clock: 0.0, data }
        };
        self.parts.iter().map(part).chain(self.memories.iter().map(memory)).collect()
    }

    /// nJ of external memory, modelled: the lower and the upper end.
    #[must_use]
    pub fn external(&self, timing: &Timing) -> [f64; 2] {
        self.external.pj_per_bit.map(|pj| pj * 8.0 * timing.external_bytes as f64 / 1e3)
    }

    /// Cycles of the recorded run that do as much work as a unit does with these times.
    fn active_cycles(&self, unit: Option<Unit>, timing: &Timing) -> f64 {
        let busy = |unit: Unit| self.run.busy.get(unit.name()).copied().unwrap_or(0).max(1);
        let (now, then) = match unit {
            Some(unit) => (timing.busy[unit as usize], busy(unit)),
            None => (timing.cycles, self.run.cycles),
        };
        self.run.cycles as f64 * now as f64 / then as f64
    }
}

fn unit_of(name: &str) -> Option<Unit> {
    Unit::ALL.into_iter().find(|unit| unit.name() == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Times that are those of the recorded run.
    fn recorded(record: &Record) -> Timing {
        let busy = Unit::ALL.map(|unit| record.run.busy[unit.name()]);
        let (cycles, external_bytes) = (record.run.cycles, 1000);
        Timing { cycles, boot: 0, events: Vec::new(), busy, external_bytes }
    }

    fn near(a: f64, b: f64) -> bool {
        (a - b).abs() <= 1e-9 * a.abs().max(b.abs())
    }

    #[test]
    fn sums_on_the_recorded_run_are_those_of_the_record() {
        for (name, ..) in RECORDS {
            let record = Record::named(name).unwrap();
            let timing = recorded(&record);
            let items = record.items(&timing);
            let cycles = timing.cycles as f64;
            let part = |p: &Part| f64::from(p.instances) * (p.clock_pj + p.data_pj) * cycles;
            let memory = |m: &Memory| m.pj_per_cycle * cycles;
            let pj: f64 =
                record.parts.iter().map(part).chain(record.memories.iter().map(memory)).sum();
            let nj: f64 = items.iter().map(|item| item.clock + item.data).sum();
            assert!(near(nj * 1e3, pj), "{name}: {nj} {pj}");
            let area: f64 = items.iter().map(|item| item.area).sum();
            let cells: f64 = record.parts.iter().map(|p| f64::from(p.instances) * p.area).sum();
            let bits: f64 = record.memories.iter().map(|m| m.area_um2).sum();
            assert!(near(area, cells + bits), "{name}: {area}");
            let [low, high] = record.external(&timing);
            assert!(low < high && near(low, record.external.pj_per_bit[0] * 8.0));
        }
    }

    #[test]
    fn a_unit_that_works_twice_as_long_takes_twice_the_data_and_the_same_clock() {
        let record = Record::named("asic8").unwrap();
        let mut timing = recorded(&record);
        let before = record.items(&timing);
        timing.busy[Unit::Exp as usize] *= 2;
        for (now, then) in record.items(&timing).iter().zip(&before) {
            let factor = if then.unit == Some(Unit::Exp) { 2.0 } else { 1.0 };
            assert!(near(now.data, factor * then.data) && near(now.clock, then.clock), "{now:?}");
        }
    }

    #[test]
    fn configurations_hold_and_others_are_refused() {
        for (name, ..) in RECORDS {
            assert_eq!(Record::named(name).unwrap().config().unwrap().name(), name);
        }
        let error = Record::named("zcu102").unwrap_err().to_string();
        assert!(error.contains("asic8"), "{error}");
    }
}
