//! What `noctule synth` says: a table of modules, or the record of a synthesis.

use std::fmt;

use noctule_accel::{
    config::Sizes,
    synth::{Area, Device, Placed, Resources, Target},
};
use serde::Serialize;

/// How the figures came about.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Kind {
    /// Parts were synthesised apart and summed.
    Summed,
    /// The whole was synthesised flat, placed and routed.
    Placed,
    /// Nothing was synthesised: the model of `noctule_accel::cost`.
    Modelled,
}

/// A synthesis.
#[derive(Serialize)]
pub(super) struct Synthesis {
    pub(super) config: String,
    pub(super) target: Target,
    pub(super) kind: Kind,
    pub(super) tools: Vec<String>,
    /// Which RTL: `noctule_accel::synth::sources`; of a model none.
    pub(super) sources: Option<String>,
    pub(super) sizes: Sizes,
    #[serde(flatten)]
    pub(super) area: Area,
    pub(super) device: Option<Device>,
    pub(super) placed: Option<Placed>,
}

impl fmt::Display for Synthesis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let how = match self.kind {
            Kind::Summed => "summed from parts synthesised with",
            Kind::Placed => "synthesised as one, placed and routed with",
            Kind::Modelled => "modelled, not synthesised; the model was fitted on syntheses with",
        };
        writeln!(f, "{}: {how} {}", self.config, self.tools.join(", "))?;
        write!(
            f,
            "{:22}{:>6}{:>9}{:>9}{:>9}{:>7}{:>7}",
            "module", "times", "LUT", "FF", "BRAM", "URAM", "DSP"
        )?;
        let shown = self.area.modules.iter().filter(|module| module.area != Resources::default());
        for module in shown {
            row(f, &module.module, &module.instances.to_string(), &module.area)?;
        }
        row(f, "total", "", &self.area.total)?;
        self.device.iter().try_for_each(|device| share(f, device, &self.area.total))?;
        self.placed.iter().try_for_each(|placed| clock(f, placed))
    }
}

fn row(f: &mut fmt::Formatter<'_>, name: &str, times: &str, area: &Resources) -> fmt::Result {
    write!(
        f,
        "\n{name:22}{times:>6}{:>9}{:>9}{:>9}{:>7}{:>7}",
        area.lut,
        area.ff,
        area.bram(),
        area.uram,
        area.dsp
    )
}

fn share(f: &mut fmt::Formatter<'_>, device: &Device, total: &Resources) -> fmt::Result {
    let has = &device.has;
    row(f, &format!("{} has", device.preset), "", has)?;
    let share = |a: u64, b: u64| {
        if b == 0 { "-".into() } else { format!("{:.1}%", 100.0 * a as f64 / b as f64) }
    };
    let [lut, ff, bram] =
        [(total.lut, has.lut), (total.ff, has.ff), (total.half_bram, has.half_bram)]
            .map(|(a, b)| share(a, b));
    let [uram, dsp] = [(total.uram, has.uram), (total.dsp, has.dsp)].map(|(a, b)| share(a, b));
    write!(f, "\n{:28}{lut:>9}{ff:>9}{bram:>9}{uram:>7}{dsp:>7}", "share")
}

fn clock(f: &mut fmt::Formatter<'_>, placed: &Placed) -> fmt::Result {
    write!(f, "\nplaced and routed: {:.1} MHz", placed.mhz)?;
    let mut cells = placed.utilization.iter().filter(|(_, used)| used.used > 0);
    cells.try_for_each(|(cell, used)| write!(f, "\n  {cell}: {} of {}", used.used, used.available))
}
