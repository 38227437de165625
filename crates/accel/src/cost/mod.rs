//! What a configuration takes of an UltraScale+ device, without synthesis: memories by the rule of their shapes, everything
//! else by `xcup.toml`, whose coefficients `bench/accel/fit.py` makes from parts that were synthesised.

mod memory;

pub use memory::{Memory, memories};

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::config::{Config, Sizes};

const MODEL: &str = include_str!("xcup.toml");

/// Why there is no estimate.
#[derive(Debug, thiserror::Error)]
pub enum CostError {
    /// The coefficients are no such table.
    #[error("cost/xcup.toml: {0}; make it anew with bench/accel/fit.py")]
    Table(#[from] toml::de::Error),
    /// A term names a size that there is none of.
    #[error("cost/xcup.toml: {0} is no size of a configuration; make it anew with bench/accel/fit.py")]
    Size(String),
}

/// What something takes, as a model says.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Cost {
    /// Look-up tables of six inputs.
    pub lut: f64,
    /// Flip-flops.
    pub ff: f64,
    /// Block RAM of 36 kbit.
    pub bram: f64,
    /// DSP48E2.
    pub dsp: f64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    part: Vec<Part>,
}

/// Coefficients of a module, by terms: products of sizes such as `tile * k`, or `one`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Part {
    module: String,
    instances: String,
    #[serde(default)]
    lut: BTreeMap<String, f64>,
    #[serde(default)]
    ff: BTreeMap<String, f64>,
    #[serde(default)]
    dsp: BTreeMap<String, f64>,
}

/// The cost of each part of a configuration: memories by their names, modules by theirs.
///
/// # Errors
/// If the table of coefficients cannot be used.
pub fn parts(config: &Config) -> Result<Vec<(String, Cost)>, CostError> {
    let sizes = config.sizes();
    let table: Table = toml::from_str(MODEL)?;
    let mut found: Vec<_> = memories(sizes).iter().map(of_memory).collect();
    for part in &table.part {
        found.push((part.module.clone(), of_part(part, sizes)?));
    }
    Ok(found)
}

/// All parts together.
///
/// # Errors
/// As [`parts`].
pub fn total(config: &Config) -> Result<Cost, CostError> {
    let mut sum = Cost::default();
    for (_, one) in parts(config)? {
        sum.lut += one.lut;
        sum.ff += one.ff;
        sum.bram += one.bram;
        sum.dsp += one.dsp;
    }
    Ok(sum)
}

fn of_memory(memory: &Memory) -> (String, Cost) {
    let (lut, ff) = (memory.lut() as f64, memory.ff() as f64);
    let bram = memory.half_bram().0 as f64 / 2.0;
    (memory.name.into(), Cost { lut, ff, bram, dsp: 0.0 })
}

fn of_part(part: &Part, sizes: &Sizes) -> Result<Cost, CostError> {
    let times = product(&part.instances, sizes)?;
    let sum = |terms: &BTreeMap<String, f64>| -> Result<f64, CostError> {
        terms.iter().map(|(term, factor)| Ok(product(term, sizes)? * factor * times)).sum()
    };
    Ok(Cost { lut: sum(&part.lut)?, ff: sum(&part.ff)?, bram: 0.0, dsp: sum(&part.dsp)? })
}

/// The value of a term: sizes joined by `*`.
fn product(term: &str, sizes: &Sizes) -> Result<f64, CostError> {
    term.split('*').map(|name| size(name.trim(), sizes)).product()
}

fn size(name: &str, s: &Sizes) -> Result<f64, CostError> {
    let value = match name {
        "one" => 1,
        "tile" => s.tile,
        "k" => s.k,
        "p" => s.p,
        "pa" => s.pa,
        "acc_w" => s.acc_w,
        "score_w" => s.score_w,
        "beat" => s.beat,
        "xb" => s.xb,
        "log_k" => s.k.ilog2() as usize,
        _ => return Err(CostError::Size(name.into())),
    };
    Ok(value as f64)
}
