//! A design as the parts it is made of, and their sum.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Resources, StatError, stat, units::Part};

/// Which parts stand in which.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Tree {
    /// The units in each part, and how many of each.
    pub(super) inside: BTreeMap<Part, Vec<(Part, u64)>>,
}

impl Tree {
    /// How often each part stands in `top`.
    pub(super) fn instances(&self, top: &Part) -> BTreeMap<Part, u64> {
        let mut count = BTreeMap::new();
        self.walk(top, 1, &mut count);
        count
    }

    fn walk(&self, part: &Part, times: u64, count: &mut BTreeMap<Part, u64>) {
        *count.entry(part.clone()).or_default() += times;
        for (inner, number) in self.inside.get(part).into_iter().flatten() {
            self.walk(inner, times * number, count);
        }
    }
}

/// What a part takes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartArea {
    /// Module and parameters.
    #[serde(flatten)]
    pub part: Part,
    /// How often it stands in the design.
    pub instances: u64,
    /// What one of it takes, without the units inside.
    pub one: Resources,
}

/// What a module takes, all its instances together, without the units inside.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModuleArea {
    /// The RTL module.
    pub module: String,
    /// Instances.
    pub instances: u64,
    /// Of all instances together.
    pub area: Resources,
}

/// What a configuration takes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Area {
    /// Parts, by name and parameters.
    pub parts: Vec<PartArea>,
    /// Modules, largest first.
    pub modules: Vec<ModuleArea>,
    /// All together.
    pub total: Resources,
}

impl Area {
    /// The sum of parts.
    ///
    /// # Errors
    /// If a part has a cell that nobody counts.
    pub(super) fn sum(
        instances: BTreeMap<Part, u64>,
        cells: &BTreeMap<Part, stat::Cells>,
    ) -> Result<Self, StatError> {
        let area = |(part, instances): (Part, u64)| {
            let one = cells.get(&part).map(|cells| stat::resources(&part.module, cells));
            Ok(PartArea { part, instances, one: one.transpose()?.unwrap_or_default() })
        };
        Ok(Self::of(instances.into_iter().map(area).collect::<Result<_, StatError>>()?))
    }

    /// The sum of parts whose areas are known.
    #[must_use]
    pub fn of(parts: Vec<PartArea>) -> Self {
        let mut sum = BTreeMap::<&str, (u64, Resources)>::new();
        let mut total = Resources::default();
        for part in &parts {
            let entry = sum.entry(&part.part.module).or_default();
            entry.0 += part.instances;
            entry.1 += part.one * part.instances;
            total += part.one * part.instances;
        }
        let made = sum.into_iter().map(|(module, (instances, area))| ModuleArea {
            module: module.to_owned(),
            instances,
            area,
        });
        let mut modules: Vec<ModuleArea> = made.collect();
        modules.sort_by_key(|module| std::cmp::Reverse((module.area.lut, module.area.half_bram)));
        Self { parts, modules, total }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(module: &str, width: Option<i64>) -> Part {
        let parameters = width.map(|width| ("W".to_owned(), width));
        Part { module: module.into(), parameters: parameters.into_iter().collect() }
    }

    #[test]
    fn parts_of_parts_are_summed_by_module() {
        let (top, unit) = (part("top", None), part("unit", None));
        let (narrow, wide) = (part("ram", Some(8)), part("ram", Some(32)));
        let tree = Tree {
            inside: BTreeMap::from([
                (top.clone(), vec![(unit.clone(), 3), (wide.clone(), 1)]),
                (unit.clone(), vec![(narrow.clone(), 2), (wide.clone(), 1)]),
            ]),
        };
        let cells = |cell: &str, number| stat::Cells::from([(cell.to_owned(), number)]);
        let known = BTreeMap::from([
            (unit, cells("LUT6", 10)),
            (narrow, cells("RAM32M", 1)),
            (wide, cells("RAMB36E2", 1)),
        ]);
        let area = Area::sum(tree.instances(&top), &known).unwrap();
        let said: Vec<_> =
            area.modules.iter().map(|m| (m.module.as_str(), m.instances, m.area.lut)).collect();
        assert_eq!(said, [("unit", 3, 30), ("ram", 10, 24), ("top", 1, 0)]);
        assert_eq!((area.total.lut, area.total.bram()), (54, 4.0));
        let text = serde_json::to_string(&area).unwrap();
        assert_eq!(serde_json::from_str::<Area>(&text).unwrap(), area);
    }
}
