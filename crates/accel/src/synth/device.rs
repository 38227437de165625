//! Devices: what they have, and how synthesis names them.

use std::ops::{AddAssign, Mul};

use serde::{Deserialize, Serialize};

/// What a design takes, or a device has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Resources {
    /// Look-up tables (ECP5: LUT4, two to a wide multiplexer's half).
    pub lut: u64,
    /// Flip-flops.
    pub ff: u64,
    /// Block RAM in halves: a RAMB18 is 1, a RAMB36 2; ECP5: a DP16KD is 2.
    pub half_bram: u64,
    /// UltraRAM.
    pub uram: u64,
    /// Multipliers (DSP48E1, DSP48E2, MULT18X18D).
    pub dsp: u64,
}

impl Resources {
    /// Block RAM as data sheets count it.
    #[must_use]
    pub fn bram(&self) -> f64 {
        self.half_bram as f64 / 2.0
    }
}

impl AddAssign for Resources {
    fn add_assign(&mut self, other: Self) {
        self.lut += other.lut;
        self.ff += other.ff;
        self.half_bram += other.half_bram;
        self.uram += other.uram;
        self.dsp += other.dsp;
    }
}

impl Mul<u64> for Resources {
    type Output = Self;

    fn mul(self, n: u64) -> Self {
        Self {
            lut: self.lut * n,
            ff: self.ff * n,
            half_bram: self.half_bram * n,
            uram: self.uram * n,
            dsp: self.dsp * n,
        }
    }
}

/// A family of devices.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Target {
    /// AMD UltraScale+.
    Ultrascale,
    /// AMD 7-series.
    Series7,
    /// Lattice ECP5.
    Ecp5,
}

impl Target {
    /// What is defined for the family's form of the sources.
    #[must_use]
    pub fn defines(self) -> &'static [&'static str] {
        match self {
            Self::Ultrascale => &["BAT_LUT6_2", "BAT_DSP", "BAT_DSP48E2"],
            Self::Series7 => &["BAT_LUT6_2"],
            Self::Ecp5 => &[],
        }
    }

    /// Yosys' commands that read the family's cells.
    pub(super) fn library(self) -> &'static str {
        match self {
            Self::Ultrascale | Self::Series7 => {
                "read_verilog -lib -specify +/xilinx/cells_sim.v\nread_verilog -lib +/xilinx/cells_xtra.v"
            }
            Self::Ecp5 => "read_verilog -lib -specify +/ecp5/cells_sim.v +/ecp5/cells_bb.v",
        }
    }

    /// Yosys' commands that map what was read; the cells are there already. Without memories the step that maps them is left
    /// out for AMD: it reads a table of forms, which takes longer than all else of a small part.
    pub(super) fn map(self, memories: bool) -> String {
        let family = match self {
            Self::Ecp5 => return "synth_ecp5 -nowidelut -run coarse:\n".into(),
            Self::Ultrascale => "xcup",
            Self::Series7 => "xc7",
        };
        let steps =
            if memories { &["prepare:"][..] } else { &["prepare:map_memory", "map_ffram:"] };
        let line = |step| format!("synth_xilinx -family {family} -noiopad -noclkbuf -run {step}\n");
        steps.iter().map(line).collect()
    }
}

/// A device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Device {
    /// The preset that is made for it.
    pub preset: &'static str,
    /// Its family.
    pub target: Target,
    /// What it has, from its data sheet.
    pub has: Resources,
    /// The name that AMD's tools know.
    pub part: Option<&'static str>,
}

const fn has(lut: u64, ff: u64, bram: u64, uram: u64, dsp: u64) -> Resources {
    Resources { lut, ff, half_bram: 2 * bram, uram, dsp }
}

const DEVICES: [Device; 4] = [
    Device {
        preset: "zcu102",
        target: Target::Ultrascale,
        has: has(274_080, 548_160, 912, 0, 2_520),
        part: Some("xczu9eg-ffvb1156-2-e"),
    },
    Device {
        preset: "kv260",
        target: Target::Ultrascale,
        has: has(117_120, 234_240, 144, 64, 1_248),
        part: Some("xck26-sfvc784-2LV-c"),
    },
    Device {
        preset: "zynq7020",
        target: Target::Series7,
        has: has(53_200, 106_400, 140, 0, 220),
        part: Some("xc7z020clg400-1"),
    },
    // A slice has two LUT4 and two flip-flops.
    Device {
        preset: "ecp5-85f",
        target: Target::Ecp5,
        has: has(83_640, 83_640, 208, 0, 156),
        part: None,
    },
];

impl Device {
    /// The device that a preset is made for.
    #[must_use]
    pub fn of(preset: &str) -> Option<Self> {
        DEVICES.into_iter().find(|device| device.preset == preset)
    }
}
