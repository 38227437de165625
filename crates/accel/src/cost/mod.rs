//! What a configuration takes of UltraScale+ parts, **modelled**: memories by the shapes of block RAM, everything else by short sums of
//! terms in the sizes, fitted on synthesised configurations (`model.toml`, made by `bench/accel/fit.py`).

pub mod asic;
mod memories;
mod model;
mod terms;

pub use memories::{MEMORY_MODULES, Memory, memories};
pub use model::{Model, Module};

use std::sync::LazyLock;

use crate::{
    config::Config,
    synth::{Area, Part, PartArea, Resources},
};

static MODEL: LazyLock<Model> = LazyLock::new(|| {
    // The file is part of this crate, and a test reads it.
    Model::from_toml(include_str!("model.toml")).expect("cost/model.toml can be read")
});

/// The fitted model.
#[must_use]
pub fn model() -> &'static Model {
    &MODEL
}

/// What a configuration takes, by the model.
#[must_use]
pub fn resources(config: &Config) -> Resources {
    area(config).total
}

/// What a configuration takes, by the model, module by module; all memories together are one.
#[must_use]
pub fn area(config: &Config) -> Area {
    let sizes = config.sizes();
    let part = |module: &str, instances, one| PartArea {
        part: Part { module: module.to_owned(), parameters: Default::default() },
        instances,
        one,
    };
    let fitted = model().modules.iter().map(|module| {
        let instances = module.instances(sizes);
        part(&module.name, instances, module.one(sizes))
    });
    let mut memory = Resources::default();
    memories(sizes).iter().for_each(|one| memory += one.resources());
    Area::of(fitted.chain([part("memories", 1, memory)]).collect())
}
