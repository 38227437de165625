//! The sizes of an accelerator, checked once.

mod rules;

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
    /// Cycles from an accepted address to its first beat, 1 to 1000000.
    pub latency: u64,
    /// Bytes a cycle, on average at most, 1 to 4096.
    pub bytes_per_cycle: u64,
    /// Clock in kHz, for times, 1 to 10000000.
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
        value: u64,
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
    ("tiny", include_str!("../presets/tiny.toml")),
    ("ecp5-85f", include_str!("../presets/ecp5-85f.toml")),
    ("zynq7020", include_str!("../presets/zynq7020.toml")),
    ("kv260", include_str!("../presets/kv260.toml")),
    ("zcu102", include_str!("../presets/zcu102.toml")),
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
        rules::check(&config)?;
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

    /// The largest value that a configuration may give to a depth or a width, by field.
    #[must_use]
    pub fn most(field: &str) -> usize {
        match field {
            "acc_w" | "score_w" => rules::ACC_W,
            "t_depth" => rules::T_DEPTH,
            "pt_depth" => rules::PT_DEPTH,
            "m_depth" => rules::M_DEPTH,
            _ => rules::DEPTH,
        }
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
