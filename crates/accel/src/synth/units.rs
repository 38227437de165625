//! What is synthesised apart, and what each part is made from.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::{self, Write as _},
};

use serde::{Deserialize, Serialize};

use crate::{config::Config, package::package, rtl::SOURCES};

/// The whole.
pub const TOP: &str = "bat_top";

/// Modules that are synthesised apart, once for each set of their parameters; every other becomes part of the one it stands in.
/// Their ports are registered on one side at least and get no constants, so that next to nothing is lost at the border.
pub const UNITS: &[&str] = &[
    "csr",
    "control",
    "sequencer",
    "unit_queue",
    "load_unit",
    "ram",
    "gated_ram",
    "pass_memory",
    "x_memory",
    "input_unit",
    "embed_unit",
    "embed_lane",
    "patch_dot",
    "norm_unit",
    "norm_row",
    "norm_lane",
    "moments",
    "reciprocal_root",
    "quantize_lane",
    "norm_codes",
    "norm_issue",
    "head_unit",
    "head_dot",
    "qmm_unit",
    "qmm_issue",
    "operand_select",
    "tile_target",
    "xnor_popcount",
    "accumulator",
    "drain",
    "threshold_tile",
    "score_tile",
    "rescale_group",
    "rescale_lane",
    "residual",
    "code_writer",
    "exp_unit",
    "exp_row",
    "exp_lane",
    "sel_unit",
    "sel_row",
    "sel_lane",
];

/// A module with the parameters that it lets others set.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Part {
    /// The RTL module.
    pub module: String,
    /// Its parameters, by name.
    pub parameters: BTreeMap<String, i64>,
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.module)?;
        self.parameters.iter().try_for_each(|(name, value)| write!(f, " {name}={value}"))
    }
}

/// The RTL of a configuration, without comments.
pub(super) struct Sources {
    package: String,
    texts: BTreeMap<&'static str, String>,
}

impl Sources {
    pub(super) fn new(config: &Config) -> Self {
        let module = |file: &'static str| file.strip_suffix(".sv").unwrap_or(file);
        let texts = SOURCES.iter().map(|(file, text)| (module(file), code(text)));
        Self { package: package(config), texts: texts.collect() }
    }

    /// Files in the order in which tools read them: name and text.
    pub(super) fn files(&self) -> impl Iterator<Item = (String, &str)> {
        let texts = SOURCES.iter().map(|(file, text)| ((*file).to_owned(), *text));
        std::iter::once(("bat_pkg.sv".to_owned(), self.package.as_str())).chain(texts)
    }

    /// All of it in one text, which comments do not change.
    pub(super) fn whole(&self) -> String {
        self.texts
            .iter()
            .fold(self.package.clone(), |whole, (name, text)| whole + name + "\n" + text)
    }

    /// Units as their ports alone: file name and text. (The reader looks into black boxes, and would need what is in them.)
    pub(super) fn ports(&self) -> impl Iterator<Item = (String, String)> {
        let text = |unit| format!("{});\nendmodule\n", self.head(unit));
        UNITS.iter().map(move |unit| (ports_file(unit), text(unit)))
    }

    /// Files that a part needs: its own modules, and the ports of the units in it.
    pub(super) fn needed(&self, module: &str) -> Vec<String> {
        let inside = self.closure(module);
        let units = inside.iter().flat_map(|name| self.named(name)).filter(|name| is_unit(name));
        let units: BTreeSet<&str> = units.collect();
        let texts =
            SOURCES.iter().filter(|(file, _)| inside.contains(file.trim_end_matches(".sv")));
        let own = texts.map(|(file, _)| (*file).to_owned());
        let package = std::iter::once("bat_pkg.sv".to_owned());
        package.chain(units.into_iter().map(ports_file)).chain(own).collect()
    }

    /// The parameters that a module lets others set.
    pub(super) fn settable(&self, module: &str) -> BTreeSet<&str> {
        let Some((_, list)) = self.head(module).split_once("#(") else { return BTreeSet::new() };
        let end = list.find("localparam").or(list.find(") (")).unwrap_or(list.len());
        let name = |item| words(str::split_once(item, '=')?.0).last();
        list[..end].split(',').filter_map(name).collect()
    }

    /// Everything that a part is made from, as text: equal texts give equal parts.
    pub(super) fn recipe(&self, part: &Part) -> String {
        let mut recipe = format!("{part}\n");
        for name in self.closure(&part.module) {
            recipe += &self.texts[name];
            for unit in self.named(name).filter(|name| is_unit(name)) {
                recipe += self.head(unit);
            }
        }
        let used: BTreeSet<&str> = recipe.split("bat_pkg::").skip(1).filter_map(first).collect();
        let constants = self.package.lines().filter(|line| match constant(line) {
            Some(name) => used.contains(name),
            None => true,
        });
        let constants: Vec<&str> = constants.collect();
        let _ = write!(recipe, "{}", constants.join("\n"));
        recipe
    }

    /// A module's parameters and ports.
    fn head(&self, module: &str) -> &str {
        let text = self.texts.get(module).map_or("", String::as_str);
        text.split_once(");\n").map_or(text, |(head, _)| head)
    }

    /// Modules that a module is made of, itself among them, without the units in it.
    fn closure(&self, module: &str) -> BTreeSet<&'static str> {
        let mut seen = BTreeSet::new();
        let mut todo: Vec<&'static str> =
            self.texts.get_key_value(module).map(|(name, _)| *name).into_iter().collect();
        while let Some(name) = todo.pop() {
            if seen.insert(name) {
                todo.extend(self.named(name).filter(|inner| !is_unit(inner)));
            }
        }
        seen
    }

    /// Modules that a module's text names. A signal of the same name is taken for one: that costs a needless dependency.
    fn named(&self, module: &'static str) -> impl Iterator<Item = &'static str> {
        let found = words(&self.texts[module]).filter_map(|word| self.texts.get_key_value(word));
        let found: BTreeSet<&'static str> = found.map(|(name, _)| *name).collect();
        found.into_iter().filter(move |name| *name != module)
    }
}

fn ports_file(unit: &str) -> String {
    format!("{unit}_ports.sv")
}

fn is_unit(module: &str) -> bool {
    UNITS.contains(&module)
}

fn code(text: &str) -> String {
    let lines = text.lines().map(|line| line.split("//").next().unwrap_or_default().trim_end());
    lines.filter(|line| !line.is_empty()).map(|line| format!("{line}\n")).collect()
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty())
}

fn first(text: &str) -> Option<&str> {
    words(text).next()
}

/// The name of a constant that a line of the package gives.
fn constant(line: &str) -> Option<&str> {
    first(line.trim_start().strip_prefix("localparam int ")?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(module: &str) -> Part {
        Part { module: module.into(), parameters: BTreeMap::new() }
    }

    fn tiny(change: impl Fn(&mut crate::config::Sizes)) -> Sources {
        let tiny = Config::preset("tiny").unwrap();
        let mut sizes = tiny.sizes().clone();
        change(&mut sizes);
        Sources::new(&Config::new("changed", sizes, tiny.outside().clone()).unwrap())
    }

    #[test]
    fn every_unit_is_there_and_the_whole_needs_them_all() {
        let sources = tiny(|_| ());
        let mut reached = sources.closure(TOP);
        loop {
            let more: Vec<_> = reached.iter().flat_map(|name| sources.named(name)).collect();
            let before = reached.len();
            reached.extend(more);
            if reached.len() == before {
                break;
            }
        }
        UNITS
            .iter()
            .for_each(|unit| assert!(reached.contains(unit), "{unit} is not in the design"));
        assert_eq!(reached.len(), SOURCES.len(), "a file that the design does not need");
    }

    #[test]
    fn parameters_are_those_of_the_header_that_others_set() {
        let sources = tiny(|_| ());
        assert_eq!(sources.settable("ram"), BTreeSet::from(["W", "D"]));
        assert_eq!(sources.settable("tile_memory"), BTreeSet::from(["D", "ROWS"]));
        assert_eq!(sources.settable("norm_row"), BTreeSet::from(["TILE", "G"]));
        assert!(sources.settable("exp_lane").is_empty() && sources.settable(TOP).is_empty());
    }

    #[test]
    fn a_recipe_changes_with_what_the_part_uses_and_with_nothing_else() {
        let (one, other) = (tiny(|_| ()), tiny(|s| s.score_w = 20));
        for (module, same) in [("exp_lane", false), ("exp_unit", false), ("norm_lane", true)] {
            assert_eq!(one.recipe(&part(module)) == other.recipe(&part(module)), same, "{module}");
        }
        // Ports of the units inside count: `drain` hands its codes to `code_writer` a word of COLS enables.
        let wide = tiny(|s| s.k = 64);
        assert_ne!(one.recipe(&part("drain")), wide.recipe(&part("drain")));
        assert_eq!(one.recipe(&part("rescale_lane")), wide.recipe(&part("rescale_lane")));
    }

    #[test]
    fn a_part_needs_its_own_files_and_the_ports_of_its_units() {
        let needed = tiny(|_| ()).needed("exp_unit");
        for file in
            ["bat_pkg.sv", "exp_unit.sv", "exp_row_ports.sv", "delay.sv", "attention_walk.sv"]
        {
            assert!(needed.iter().any(|name| name == file), "{file}: {needed:?}");
        }
        assert!(!needed.iter().any(|name| name == "exp_row.sv" || name.starts_with("norm_unit")));
        let (name, text) = tiny(|_| ()).ports().find(|(name, _)| name == "ram_ports.sv").unwrap();
        assert!(
            text.starts_with("module ram #(") && text.ends_with("rdata\n);\nendmodule\n"),
            "{name}: {text}"
        );
    }
}
