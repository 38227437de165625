//! The sizes of an accelerator, checked once.

use serde::{Deserialize, Serialize};

/// Sizes of an accelerator. Fields are the localparams of `bat_pkg`, in small letters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sizes {
    /// Token rows and output channels of the array.
    pub tile: usize,
    /// Reduction bits of a cycle.
    pub k: usize,
    /// Rows a cycle of the drain's rescaling and of `norm`.
    pub p: usize,
    /// Rows a cycle of `exp` and `sel`.
    pub pa: usize,
    /// Bits of an accumulator.
    pub acc_w: usize,
    /// Bits of a stored score.
    pub score_w: usize,
    /// Bits of a beat of external memory.
    pub beat: usize,
    /// Banks of X.
    pub xb: usize,
    /// Words of W.
    pub w_depth: usize,
    /// Words of H.
    pub h_depth: usize,
    /// Words of G.
    pub g_depth: usize,
    /// Words of A.
    pub a_depth: usize,
    /// Words of KV.
    pub kv_depth: usize,
    /// Words of a row memory of a bank of X.
    pub x_depth: usize,
    /// Words of S.
    pub s_depth: usize,
    /// Words of E.
    pub e_depth: usize,
    /// Words of M and of SU.
    pub m_depth: usize,
    /// Words of DP.
    pub dp_depth: usize,
    /// Words of NG.
    pub ng_depth: usize,
    /// Words of NQ.
    pub nq_depth: usize,
    /// Words of B.
    pub b_depth: usize,
    /// Words of MK.
    pub mk_depth: usize,
    /// Entries of the exponent table.
    pub t_depth: usize,
    /// Passes.
    pub pt_depth: usize,
    /// Input words.
    pub i_depth: usize,
    /// Instructions.
    pub imem_depth: usize,
    /// Instructions a queue holds.
    pub queue: usize,
    /// Bursts in flight.
    pub outstanding: usize,
}

/// External memory and clock: they decide times, not the design.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Outside {
    /// Cycles from an accepted address to its first beat.
    pub latency: u64,
    /// Bytes a cycle, on average at most.
    pub bytes_per_cycle: u64,
    /// Clock in kHz, for times.
    pub clock_khz: u64,
}

/// A checked configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    name: String,
    sizes: Sizes,
    outside: Outside,
}

/// Why sizes make no accelerator.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// A size breaks a rule.
    #[error("configuration {config}: {field} is {value}, but {rule}")]
    Rule {
        /// Name of the configuration.
        config: String,
        /// Field.
        field: &'static str,
        /// Its value.
        value: usize,
        /// The rule as a sentence.
        rule: String,
    },
    /// No preset of this name.
    #[error("there is no configuration {0}: use one of {known}, or a file .toml", known = preset_names().join(", "))]
    Unknown(String),
    /// The text is no configuration.
    #[error("configuration {config}: {reason}")]
    Text {
        /// Name of the configuration.
        config: String,
        /// What is wrong, and where.
        reason: String,
    },
}

/// The presets, by name.
const PRESETS: [(&str, &str); 5] = [
    ("tiny", include_str!("presets/tiny.toml")),
    ("ecp5-85f", include_str!("presets/ecp5-85f.toml")),
    ("zynq7020", include_str!("presets/zynq7020.toml")),
    ("kv260", include_str!("presets/kv260.toml")),
    ("zcu102", include_str!("presets/zcu102.toml")),
];

/// Names of the presets, smallest first.
#[must_use]
pub fn preset_names() -> Vec<&'static str> {
    PRESETS.iter().map(|(name, _)| *name).collect()
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    sizes: Sizes,
    outside: Outside,
}

impl Config {
    /// Checks sizes.
    ///
    /// # Errors
    /// The first rule that is broken, as a sentence.
    pub fn new(name: &str, sizes: Sizes, outside: Outside) -> Result<Self, ConfigError> {
        let config = Self { name: name.into(), sizes, outside };
        config.check()?;
        Ok(config)
    }

    /// A preset.
    ///
    /// # Errors
    /// If there is none of this name.
    pub fn preset(name: &str) -> Result<Self, ConfigError> {
        let found = PRESETS.iter().find(|(known, _)| *known == name);
        let (name, text) = found.ok_or_else(|| ConfigError::Unknown(name.into()))?;
        Self::from_toml(name, text)
    }

    /// From the text of a file like the presets; `name` is for messages.
    ///
    /// # Errors
    /// What is wrong with the text or the sizes.
    pub fn from_toml(name: &str, text: &str) -> Result<Self, ConfigError> {
        let bad =
            |e: toml::de::Error| ConfigError::Text { config: name.into(), reason: e.to_string() };
        let file: File = toml::from_str(text).map_err(bad)?;
        Self::new(name, file.sizes, file.outside)
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its sizes.
    #[must_use]
    pub fn sizes(&self) -> &Sizes {
        &self.sizes
    }

    /// Its external memory and clock.
    #[must_use]
    pub fn outside(&self) -> &Outside {
        &self.outside
    }

    fn check(&self) -> Result<(), ConfigError> {
        let s = &self.sizes;
        let power = |n: usize| n.is_power_of_two();
        let rule = |ok: bool, field, value, rule: &str| {
            let rule = rule.to_string();
            if ok {
                Ok(())
            } else {
                Err(ConfigError::Rule { config: self.name.clone(), field, value, rule })
            }
        };
        rule([2, 4, 8, 16, 32].contains(&s.tile), "tile", s.tile, "it is 2, 4, 8, 16 or 32")?;
        rule(
            power(s.k) && s.k >= s.tile && s.k <= 1024,
            "k",
            s.k,
            "it is a power of two from `tile` to 1024",
        )?;
        rule(power(s.p) && s.p <= s.tile, "p", s.p, "it is a power of two that divides `tile`")?;
        rule(
            power(s.pa) && s.pa <= s.tile,
            "pa",
            s.pa,
            "it is a power of two that divides `tile`",
        )?;
        rule((8..=32).contains(&s.acc_w), "acc_w", s.acc_w, "it is 8 to 32")?;
        rule((4..=s.acc_w).contains(&s.score_w), "score_w", s.score_w, "it is 4 to `acc_w`")?;
        let beat = power(s.beat) && s.beat >= 64 && s.beat <= 1024;
        rule(
            beat && s.beat >= s.tile * s.tile,
            "beat",
            s.beat,
            "it is a power of two from 64 to 1024, at least `tile * tile`",
        )?;
        rule(
            s.beat <= 64 * s.tile && s.beat <= s.tile * s.k,
            "beat",
            s.beat,
            "it is at most `64 * tile` and at most `tile * k`",
        )?;
        rule(power(s.xb) && s.xb <= 8, "xb", s.xb, "it is 1, 2, 4 or 8")?;
        rule(
            power(s.queue) && (2..=64).contains(&s.queue),
            "queue",
            s.queue,
            "it is a power of two from 2 to 64",
        )?;
        rule(
            power(s.outstanding) && (2..=64).contains(&s.outstanding),
            "outstanding",
            s.outstanding,
            "it is a power of two from 2 to 64",
        )?;
        rule(
            s.t_depth <= 4096,
            "t_depth",
            s.t_depth,
            "an exponent table has at most 4096 entries",
        )?;
        rule(s.pt_depth <= 256, "pt_depth", s.pt_depth, "a pass has a number of 8 bits")?;
        rule(s.m_depth <= 1024, "m_depth", s.m_depth, "an M word has an address of 10 bits")?;
        for (field, depth) in s.depths() {
            rule((2..=65536).contains(&depth), field, depth, "a memory has 2 to 65536 words")?;
        }
        let latency = self.outside.latency as usize;
        rule(
            latency > 0,
            "latency",
            latency,
            "external memory answers in 1 cycle at the earliest",
        )?;
        let rate = self.outside.bytes_per_cycle;
        rule(
            rate > 0,
            "bytes_per_cycle",
            rate as usize,
            "external memory gives at least 1 byte a cycle",
        )?;
        rule(self.outside.clock_khz > 0, "clock_khz", 0, "the clock runs")
    }
}

impl Sizes {
    /// The depths of all memories, by field.
    #[must_use]
    pub fn depths(&self) -> [(&'static str, usize); 18] {
        [
            ("w_depth", self.w_depth),
            ("h_depth", self.h_depth),
            ("g_depth", self.g_depth),
            ("a_depth", self.a_depth),
            ("kv_depth", self.kv_depth),
            ("x_depth", self.x_depth),
            ("s_depth", self.s_depth),
            ("e_depth", self.e_depth),
            ("m_depth", self.m_depth),
            ("dp_depth", self.dp_depth),
            ("ng_depth", self.ng_depth),
            ("nq_depth", self.nq_depth),
            ("b_depth", self.b_depth),
            ("mk_depth", self.mk_depth),
            ("t_depth", self.t_depth),
            ("pt_depth", self.pt_depth),
            ("i_depth", self.i_depth),
            ("imem_depth", self.imem_depth),
        ]
    }

    /// Tiles of columns in a word of `k` bits.
    #[must_use]
    pub fn cols(&self) -> usize {
        self.k / self.tile
    }

    /// Groups of `p` rows in a tile.
    #[must_use]
    pub fn groups(&self) -> usize {
        self.tile / self.p
    }

    /// Groups of `pa` rows in a tile.
    #[must_use]
    pub fn attention_groups(&self) -> usize {
        self.tile / self.pa
    }
}
