//! What makes sizes an accelerator.

use std::ops::RangeInclusive;

use super::{Config, ConfigError};

/// Bits of an accumulator at most.
pub(super) const ACC_W: usize = 32;
/// Entries of an exponent table at most.
pub(super) const T_DEPTH: usize = 4096;
/// Passes at most: a pass has a number of 8 bits.
pub(super) const PT_DEPTH: usize = 256;
/// Words of M at most: a word has an address of 10 bits.
pub(super) const M_DEPTH: usize = 1024;
/// Words of any other memory at most.
pub(super) const DEPTH: usize = 65_536;
/// Cycles of latency at most: with the rate's, a bound that keeps all times far from 64 bits.
const LATENCY: u64 = 1_000_000;
/// Bytes a cycle at most.
const BYTES_PER_CYCLE: u64 = 4096;
/// Clock in kHz at most.
const CLOCK_KHZ: u64 = 10_000_000;

/// All rules.
pub(super) fn check(config: &Config) -> Result<(), ConfigError> {
    array(config)?;
    numbers(config)?;
    beat(config)?;
    banks_and_queues(config)?;
    depths(config)?;
    outside(config)
}

fn array(config: &Config) -> Result<(), ConfigError> {
    let s = &config.sizes;
    let power = |n: usize| n.is_power_of_two();
    config.rule([2, 4, 8, 16, 32].contains(&s.tile), "tile", s.tile, "it is 2, 4, 8, 16 or 32")?;
    let k = power(s.k) && s.k >= s.tile && s.k <= 1024;
    config.rule(k, "k", s.k, "it is a power of two from `tile` to 1024")?;
    for (field, rows) in [("p", s.p), ("pa", s.pa)] {
        let divides = power(rows) && rows <= s.tile;
        config.rule(divides, field, rows, "it is a power of two that divides `tile`")?;
    }
    Ok(())
}

fn numbers(config: &Config) -> Result<(), ConfigError> {
    let s = &config.sizes;
    config.range("acc_w", s.acc_w, 8..=ACC_W, "an accumulator has 8 to 32 bits")?;
    config.range("score_w", s.score_w, 4..=s.acc_w, "a score has 4 to `acc_w` bits")
}

fn beat(config: &Config) -> Result<(), ConfigError> {
    let s = &config.sizes;
    let beat = s.beat.is_power_of_two() && (64..=1024).contains(&s.beat);
    config.rule(
        beat && s.beat >= s.tile * s.tile,
        "beat",
        s.beat,
        "it is a power of two from 64 to 1024, at least `tile * tile`",
    )?;
    config.rule(
        s.beat <= 64 * s.tile && s.beat <= s.tile * s.k,
        "beat",
        s.beat,
        "it is at most `64 * tile` and at most `tile * k`",
    )
}

fn banks_and_queues(config: &Config) -> Result<(), ConfigError> {
    let s = &config.sizes;
    config.rule([1, 2, 4, 8].contains(&s.xb), "xb", s.xb, "it is 1, 2, 4 or 8")?;
    for (field, value) in [("queue", s.queue), ("outstanding", s.outstanding)] {
        let good = value.is_power_of_two() && (2..=64).contains(&value);
        config.rule(good, field, value, "it is a power of two from 2 to 64")?;
    }
    Ok(())
}

fn depths(config: &Config) -> Result<(), ConfigError> {
    let s = &config.sizes;
    let least = 2;
    config.range("t_depth", s.t_depth, least..=T_DEPTH, "it is 2 to 4096")?;
    let rule = "it is 2 to 256: a pass has a number of 8 bits";
    config.range("pt_depth", s.pt_depth, least..=PT_DEPTH, rule)?;
    let rule = "it is 2 to 1024: an M word has an address of 10 bits";
    config.range("m_depth", s.m_depth, least..=M_DEPTH, rule)?;
    for (field, depth) in s.depths() {
        config.range(field, depth, least..=DEPTH, "a memory has 2 to 65536 words")?;
    }
    Ok(())
}

fn outside(config: &Config) -> Result<(), ConfigError> {
    let outside = &config.outside;
    for (field, value, most, rule) in [
        ("latency", outside.latency, LATENCY, "external memory answers in 1 to 1000000 cycles"),
        (
            "bytes_per_cycle",
            outside.bytes_per_cycle,
            BYTES_PER_CYCLE,
            "external memory gives 1 to 4096 bytes a cycle",
        ),
        ("clock_khz", outside.clock_khz, CLOCK_KHZ, "the clock has 1 to 10000000 kHz"),
    ] {
        config.rule_of((1..=most).contains(&value), field, value, rule)?;
    }
    Ok(())
}

impl Config {
    fn range(
        &self,
        field: &'static str,
        value: usize,
        range: RangeInclusive<usize>,
        rule: &str,
    ) -> Result<(), ConfigError> {
        self.rule(range.contains(&value), field, value, rule)
    }

    fn rule(
        &self,
        ok: bool,
        field: &'static str,
        value: usize,
        rule: &str,
    ) -> Result<(), ConfigError> {
        self.rule_of(ok, field, value as u64, rule)
    }

    fn rule_of(
        &self,
        ok: bool,
        field: &'static str,
        value: u64,
        rule: &str,
    ) -> Result<(), ConfigError> {
        if ok {
            return Ok(());
        }
        Err(ConfigError::Rule { config: self.name.clone(), field, value, rule: rule.into() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TINY: &str = include_str!("../presets/tiny.toml");

    /// `tiny` with some of its lines replaced: field and value.
    fn with(changes: &[(&str, u64)]) -> Result<Config, ConfigError> {
        let change = |line: &str| {
            let field = line.split(' ').next().unwrap();
            let value = changes.iter().find(|(name, _)| *name == field);
            value.map_or_else(|| line.to_owned(), |(_, value)| format!("{field} = {value}"))
        };
        let lines: Vec<String> = TINY.lines().map(change).collect();
        Config::from_toml("changed", &lines.join("\n"))
    }

    #[track_caller]
    fn edges(field: &str, good: &[u64], bad: &[u64]) {
        for &value in good {
            assert!(with(&[(field, value)]).is_ok(), "{field} = {value}");
        }
        for &value in bad {
            let said = with(&[(field, value)]).unwrap_err().to_string();
            assert!(said.starts_with(&format!("configuration changed: {field} is {value}, but ")));
        }
    }

    #[test]
    fn every_size_has_its_edges() {
        edges("tile", &[4, 8], &[0, 3, 64]);
        edges("k", &[16, 1024], &[2, 24, 2048]);
        edges("p", &[1, 4], &[0, 3, 8]);
        edges("pa", &[1, 4], &[0, 3, 8]);
        edges("acc_w", &[24, 32], &[7, 33]);
        edges("score_w", &[4, 32], &[3, 33]);
        edges("beat", &[64], &[0, 32, 96, 128, 2048]);
        edges("xb", &[1, 8], &[0, 3, 16]);
        edges("queue", &[2, 64], &[0, 1, 12, 128]);
        edges("outstanding", &[2, 64], &[1, 12, 128]);
        edges("latency", &[1, LATENCY], &[0, LATENCY + 1, 1 << 62]);
        edges("bytes_per_cycle", &[1, BYTES_PER_CYCLE], &[0, BYTES_PER_CYCLE + 1, 1 << 62]);
        edges("clock_khz", &[1, CLOCK_KHZ], &[0, CLOCK_KHZ + 1]);
    }

    #[test]
    fn every_depth_has_the_edges_that_its_largest_value_says() {
        for (field, _) in Config::preset("tiny").unwrap().sizes().depths() {
            let most = crate::config::Sizes::most(field) as u64;
            edges(field, &[2, most], &[0, 1, most + 1]);
        }
    }

    #[test]
    fn sizes_bound_each_other() {
        let refused = |changes: &[(&str, u64)], field: &str| {
            let ConfigError::Rule { field: named, .. } = with(changes).unwrap_err() else {
                panic!("{changes:?}")
            };
            assert_eq!(named, field, "{changes:?}");
        };
        refused(&[("tile", 16), ("k", 8)], "k");
        refused(&[("tile", 2), ("p", 4)], "p");
        refused(&[("acc_w", 16), ("score_w", 17)], "score_w");
        // A beat holds a mask tile; a word of parameters, and one of weights, hold a beat.
        refused(&[("tile", 16), ("beat", 128)], "beat");
        refused(&[("k", 64), ("tile", 2), ("beat", 256)], "beat");
        refused(&[("tile", 4), ("k", 16), ("beat", 128)], "beat");
        assert!(with(&[("tile", 32), ("k", 32), ("beat", 1024)]).is_ok());
    }
}
