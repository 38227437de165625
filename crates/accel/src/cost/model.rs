//! The fitted part of the model.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::terms::Named;
use crate::{
    config::{Config, Sizes},
    synth::Resources,
};

/// Why a model cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    /// It has another form.
    #[error("the model cannot be read: {0}")]
    Form(#[from] toml::de::Error),
    /// A term names what is no size.
    #[error("the model's module {module} has a term {term}, which is no product of sizes")]
    Term {
        /// The module.
        module: String,
        /// The term.
        term: String,
    },
}

/// A sum of terms: coefficient by product of sizes, such as `tile*p`.
pub(super) type Sum = BTreeMap<String, f64>;

/// What one instance of a module takes.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Module {
    /// The RTL module.
    pub name: String,
    /// Number of its instances, a product of sizes.
    pub instances: String,
    /// Configurations that its coefficients were fitted on: records of `bench/accel/synth`.
    pub fitted_on: Vec<String>,
    /// Look-up tables.
    #[serde(default)]
    pub lut: Sum,
    /// Flip-flops.
    #[serde(default)]
    pub ff: Sum,
    /// DSPs.
    #[serde(default)]
    pub dsp: Sum,
}

/// All modules but memories.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Model {
    /// Tools of the syntheses it was fitted on.
    pub tools: Vec<String>,
    /// Its modules.
    #[serde(rename = "module")]
    pub modules: Vec<Module>,
}

impl Model {
    /// Reads a model.
    ///
    /// # Errors
    /// `ModelError`.
    pub fn from_toml(text: &str) -> Result<Self, ModelError> {
        let model: Self = toml::from_str(text)?;
        model.modules.iter().try_for_each(Module::check)?;
        Ok(model)
    }
}

impl Module {
    /// Number of instances.
    #[must_use]
    pub fn instances(&self, sizes: &Sizes) -> u64 {
        whole(Named::new(sizes).value(&self.instances).unwrap_or_default())
    }

    /// What one instance takes.
    #[must_use]
    pub fn one(&self, sizes: &Sizes) -> Resources {
        let named = Named::new(sizes);
        let sum = |sum: &Sum| {
            whole(sum.iter().map(|(term, x)| x * named.value(term).unwrap_or_default()).sum())
        };
        let (lut, ff, dsp) = (sum(&self.lut), sum(&self.ff), sum(&self.dsp));
        Resources { lut, ff, dsp, ..Resources::default() }
    }

    fn check(&self) -> Result<(), ModelError> {
        let tiny = Config::preset("tiny").map(|config| Named::new(config.sizes())).ok();
        let terms = [&self.lut, &self.ff, &self.dsp].into_iter().flat_map(BTreeMap::keys);
        for term in terms.chain([&self.instances]) {
            if tiny.as_ref().is_none_or(|named| named.value(term).is_none()) {
                return Err(ModelError::Term { module: self.name.clone(), term: term.clone() });
            }
        }
        Ok(())
    }
}

fn whole(value: f64) -> u64 {
    value.round().max(0.0) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "tools = [\"Yosys\"]\n[[module]]\nname = \"lane\"\ninstances = \"tile*p\"\nfitted_on = [\"tiny\"]\n\
        lut = { one = 2.4, \"acc_w\" = 0.5 }\nff = { one = -3.0 }\n";

    #[test]
    fn a_module_is_its_terms_summed() {
        let model = Model::from_toml(TEXT).unwrap();
        let config = Config::preset("zcu102").unwrap();
        let (lane, sizes) = (&model.modules[0], config.sizes());
        assert_eq!(lane.instances(sizes), 64);
        assert_eq!(lane.one(sizes), Resources { lut: 14, ..Resources::default() });
    }

    #[test]
    fn a_term_that_is_no_size_is_named() {
        let error = Model::from_toml(&TEXT.replace("acc_w", "rows")).unwrap_err().to_string();
        assert!(error.contains("lane") && error.contains("rows"), "{error}");
        assert!(Model::from_toml("modules = 3").is_err());
    }
}
