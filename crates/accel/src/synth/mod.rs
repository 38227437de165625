//! What a configuration takes of a device, by Yosys; its clock on ECP5, by nextpnr.
//!
//! Each of the units of [`UNITS`] is synthesised once for each set of its parameters, the units in it as black boxes, and the
//! answers are summed by the number of instances. Answers are kept, so a configuration pays only for parts that no other had.

mod cache;
mod device;
mod dump;
mod parts;
mod place;
mod script;
mod stat;
mod tool;
mod tree;
mod units;

pub use cache::Cache;
pub use device::{Device, Resources, Target};
pub use parts::{Note, Step};
pub use place::{Hop, Placed, Used, place};
pub use stat::StatError;
pub use tool::{SynthError, Tool};
pub use tree::{Area, ModuleArea, PartArea};
pub use units::{Part, TOP, UNITS};

use crate::config::Config;
use parts::Parts;
use units::Sources;

/// Names what is synthesised: a hash of the RTL's modules and of the package of a configuration, without comments. A record
/// with another was made of other sources.
#[must_use]
pub fn sources(config: &Config) -> String {
    cache::key("rtl", &Sources::new(config).whole())
}

/// Synthesises a configuration by parts. `note` is told each step when it is done.
///
/// # Errors
/// If Yosys fails, a report of it cannot be read or has a cell that nobody counts, or the cache cannot be written. What was done
/// before is kept.
pub fn synthesize(
    config: &Config,
    target: Target,
    yosys: &Tool,
    cache: &Cache,
    note: &mut Note,
) -> Result<Area, SynthError> {
    let top = Part { module: TOP.into(), parameters: Default::default() };
    synthesize_part(config, &top, target, yosys, cache, note)
}

/// Synthesises a part of a configuration with all units below it; else as [`synthesize`].
///
/// # Errors
/// Those of [`synthesize`].
pub fn synthesize_part(
    config: &Config,
    top: &Part,
    target: Target,
    yosys: &Tool,
    cache: &Cache,
    note: &mut Note,
) -> Result<Area, SynthError> {
    let parts = Parts { sources: Sources::new(config), target, yosys, cache };
    let tree = parts.tree(top, note)?;
    let cells = parts.cells(&tree, note)?;
    Ok(Area::sum(tree.instances(top), &cells)?)
}
