//! How far a program agrees with the network it came from.
//!
//! Two questions at each site. *End to end*: are the program's codes those that the trained network finds for the
//! same input? Differences add up layer by layer. *Given the same input*: would the float rule of this one operation,
//! given the program's own codes, have found the same code? That judges the folding alone.

mod observed;
mod rules;
mod tally;

pub(super) use tally::{Agreement, CodeTally, StreamTally};

use std::collections::BTreeMap;

use burn::tensor::Device;
use noctule_program::Program;
use noctule_program::interpret::{Site, Tap, trace};
use noctule_program::parts::Input;
use rayon::prelude::*;

use self::observed::{Observed, observe};
use self::rules::Rules;
use super::network::Trained;
use super::{LowerError, LowerOptions, program_inputs};
use crate::model::{Leaves, Rows};

/// Everything that the interpreter shows of one input.
type Taps = BTreeMap<Tap, Vec<i32>>;

/// Compares the program with the network on every sequence of the batches.
pub(super) fn compare(
    trained: &Trained<'_>,
    program: &Program,
    device: &Device,
    batches: &[Rows],
    options: &LowerOptions,
) -> Result<Agreement, LowerError> {
    let leaves = Leaves::fixed(&trained.model.seen()?, device)?;
    let mut agreement = Agreement::default();
    for rows in batches {
        let observed = observe(trained, &leaves, rows)?;
        let inputs = program_inputs(rows, options, &trained.model.arch.input)?;
        let pairs = inputs.par_iter().zip(&observed);
        let found = pairs.map(|(input, seen)| compare_one(trained, program, input, seen));
        for one in found.collect::<Result<Vec<_>, _>>()? {
            agreement.merge(&one);
        }
    }
    Ok(agreement)
}

fn compare_one(
    trained: &Trained<'_>,
    program: &Program,
    input: &Input,
    observed: &Observed,
) -> Result<Agreement, LowerError> {
    let mut taps = Taps::new();
    let logits = trace(program, input, &mut |tap, values| {
        taps.insert(tap, values.to_vec());
    })?;
    let mut agreement = Agreement::default();
    end_to_end(&mut agreement, &taps, observed, program.point);
    for layer in 0..trained.layers.len() {
        same_input(&mut agreement, &Rules::new(trained, layer, program.point)?, &taps);
    }
    let unit = f64::from(program.head.scale.0) * 2f64.powi(program.head.scale.1);
    let real: Vec<f64> = logits.iter().map(|&logit| f64::from(logit) * unit).collect();
    agreement.logits(&observed.logits, &real, program.head.bias.len());
    Ok(agreement)
}

fn end_to_end(agreement: &mut Agreement, taps: &Taps, observed: &Observed, point: u8) {
    for (tap, codes) in &observed.codes {
        let counted = observed.counted.get(tap).map(Vec::as_slice);
        agreement.end_to_end(*tap, codes, &taps[tap], counted);
    }
    let step = 2f64.powi(-i32::from(point));
    for (tap, values) in &observed.streams {
        agreement.stream(*tap, values, &taps[tap], step);
    }
}

fn same_input(agreement: &mut Agreement, rules: &Rules<'_>, taps: &Taps) {
    for (site, codes) in rules.codes(taps) {
        agreement.same_input(rules.tap(site), &codes, &taps[&rules.tap(site)]);
    }
    for (site, values) in rules.streams(taps) {
        agreement.stream_error(rules.tap(site), &values, &taps[&rules.tap(site)]);
    }
}

/// The place of the residual stream before layer `layer`.
fn before(layer: usize) -> Tap {
    match layer.checked_sub(1) {
        Some(previous) => Tap { layer: Some(previous), site: Site::FfnNorm },
        None => Tap { layer: None, site: Site::Embed },
    }
}
