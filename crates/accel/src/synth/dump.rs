//! The units in a part, from Yosys' `dump`.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::units::{Part, Sources};

/// What a part is made of.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(super) struct Inside {
    /// The units in it, and how many of each.
    pub(super) units: Vec<(Part, u64)>,
    /// Names of all parameters of theirs, those among them that only they set.
    pub(super) names: BTreeSet<String>,
    /// Whether it has memories of its own.
    pub(super) memories: bool,
}

/// Reads cells, their parameters, and whether there are memories; all else of the text is passed over. `None` if a parameter is no integer.
pub(super) fn parse(text: &str, sources: &Sources) -> Option<Inside> {
    let (mut cells, mut names, mut memories) = (Vec::<Part>::new(), BTreeSet::new(), false);
    for line in text.lines() {
        let mut words = line.split_whitespace();
        match (words.next(), words.next()) {
            (Some("cell"), Some(module)) => {
                let module = module.trim_start_matches('\\').to_owned();
                cells.push(Part { module, parameters: BTreeMap::new() });
            }
            (Some("parameter"), Some(word)) => {
                let word = if word == "signed" { words.next()? } else { word };
                let name = word.trim_start_matches('\\');
                let cell = cells.last_mut()?;
                if sources.settable(&cell.module).contains(name) {
                    cell.parameters.insert(name.to_owned(), integer(words.next()?)?);
                }
                names.insert(name.to_owned());
            }
            (Some("memory"), _) => memories = true,
            _ => {}
        }
    }
    let mut units = BTreeMap::new();
    cells.into_iter().for_each(|cell| *units.entry(cell).or_default() += 1);
    Some(Inside { units: units.into_iter().collect(), names, memories })
}

/// A number of RTLIL: decimal, or bits behind their width.
fn integer(text: &str) -> Option<i64> {
    match text.split_once('\'') {
        Some((_, bits)) => i64::from_str_radix(bits.trim_start_matches('s'), 2).ok(),
        None => text.parse().ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    // Yosys 0.70, shortened.
    const DUMP: &str = "\n  attribute \\src \"exp_table.sv:14.3\"\n  cell \\ram \\u_a\n    parameter \\W 16\n    parameter signed \\D 256\n    \
        parameter \\AW 8\n    connect \\clk \\clk\n  end\n  cell \\ram \\u_b\n    parameter \\W 32'00000000000000000000000000010000\n    \
        parameter \\D 256\n    parameter \\AW 8\n  end\n  cell \\exp_lane \\g_lane[0].u_lane\n    parameter \\SW 24\n    connect \\e \\e [15:0]\n  end\n";

    #[test]
    fn equal_units_are_counted_together() {
        let sources = Sources::new(&Config::preset("tiny").unwrap());
        let inside = parse(DUMP, &sources).unwrap();
        let said: Vec<String> =
            inside.units.iter().map(|(part, n)| format!("{part} x {n}")).collect();
        assert_eq!(said, ["exp_lane x 1", "ram D=256 W=16 x 2"]);
        assert_eq!(Vec::from_iter(inside.names), ["AW", "D", "SW", "W"]);
        assert_eq!(parse(&DUMP.replace("\\W 16", "\\W \"a\""), &sources), None);
        assert_eq!(parse("", &sources).unwrap(), Inside::default());
        let memory =
            "module \\ram\n  attribute \\src \"a\"\n  memory width 64 size 512 \\mem\nend\n";
        assert!(parse(memory, &sources).unwrap().memories && !inside.memories);
    }
}
