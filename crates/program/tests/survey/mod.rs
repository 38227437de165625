//! What occurs in a few hundred generated programs and in the values between their operations.

mod features;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::OnceLock,
};

use noctule_program::{
    Program, generate,
    interpret::{Site, Tap, trace},
};

const PROGRAMS: u64 = 500;
/// Tokens of a program's inputs together, at least.
const TOKENS: usize = 24;

/// What was seen.
#[derive(Default)]
pub(crate) struct Survey {
    pub(crate) programs: usize,
    pub(crate) features: BTreeSet<String>,
    pub(crate) life: BTreeMap<Site, Life>,
    /// Programs with the same logits for all inputs.
    pub(crate) constant_logits: usize,
}

/// Channels of a site, and those of them that never changed.
#[derive(Default)]
pub(crate) struct Life {
    pub(crate) channels: usize,
    pub(crate) constant: usize,
}

/// The survey, made once for all tests.
pub(crate) fn survey() -> &'static Survey {
    static SURVEY: OnceLock<Survey> = OnceLock::new();
    SURVEY.get_or_init(|| {
        let mut survey = Survey::default();
        (0..PROGRAMS).for_each(|seed| survey.add(&generate::program(seed)));
        survey
    })
}

impl Survey {
    fn add(&mut self, program: &Program) {
        self.programs += 1;
        self.features.extend(features::of_parts(program));
        let mut seen: BTreeMap<Tap, Vec<Vec<i32>>> = BTreeMap::new();
        for seed in 0..(TOKENS / program.max_tokens).max(3) as u64 {
            let mut tap = |tap: Tap, values: &[i32]| {
                self.features.extend(features::of_values(program, tap, values).map(String::from));
                note(&mut seen, program, tap, values);
            };
            trace(program, &generate::input(program, seed), &mut tap).unwrap();
        }
        for (tap, columns) in seen {
            self.count(tap.site, &columns);
        }
    }

    fn count(&mut self, site: Site, columns: &[Vec<i32>]) {
        let constant = |column: &&Vec<i32>| column.iter().all(|v| *v == column[0]);
        let constant = columns.iter().filter(constant).count();
        if site == Site::Logits {
            self.constant_logits += usize::from(constant == columns.len());
            return;
        }
        let life = self.life.entry(site).or_default();
        life.channels += columns.len();
        life.constant += constant;
    }
}

/// Adds values to the columns of their site, if it is one of codes or logits.
fn note(seen: &mut BTreeMap<Tap, Vec<Vec<i32>>>, program: &Program, tap: Tap, values: &[i32]) {
    let Some(channels) = channels(program, tap) else { return };
    let columns = seen.entry(tap).or_insert_with(|| vec![Vec::new(); channels]);
    for (n, value) in values.iter().enumerate() {
        columns[n % channels].push(*value);
    }
}

fn channels(program: &Program, tap: Tap) -> Option<usize> {
    if tap.site == Site::Logits {
        return Some(program.head.bias.len());
    }
    let layer = &program.layers[tap.layer?];
    match tap.site {
        Site::AttentionInput | Site::FfnInput => Some(program.width),
        Site::Query | Site::Key | Site::Value | Site::Context => {
            Some(layer.attention.query.weights.high.rows())
        }
        // Every pair of tokens shows the life of all heads.
        Site::Attention => Some(1),
        Site::FfnHidden => Some(layer.ffn.up.weights.high.rows()),
        _ => None,
    }
}
