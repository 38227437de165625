//! What lowering did to a network: agreement, sizes, metrics.

mod sizes;
mod table;

pub use sizes::PartSize;

use noctule_program::Program;
use noctule_program::interpret::{Site, Tap};
use serde::{Deserialize, Serialize};

use self::sizes::part_sizes;
use super::agreement::{Agreement, CodeTally, StreamTally};

/// What lowering did to a network. Its text form is a table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// Calibration inputs compared.
    pub inputs: u64,
    /// Binary point of the residual stream.
    pub point: u8,
    /// Largest magnitude seen in the residual stream, a real value.
    pub largest_residual: f64,
    /// What the residual stream can hold, a real value.
    pub residual_limit: f64,
    /// Codes, site by site in the order of computation.
    pub sites: Vec<SiteAgreement>,
    /// The residual stream, place by place.
    pub streams: Vec<StreamAgreement>,
    /// The answers.
    pub logits: LogitAgreement,
    /// Bytes of each part, as stored.
    pub sizes: Vec<PartSize>,
    /// What was measured before and after lowering.
    pub metrics: Vec<Metric>,
    /// Texts that the caller cut to the network's length, before calibrating and measuring on them.
    #[serde(default)]
    pub truncated: usize,
}

/// How many codes of a site are equal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SiteAgreement {
    /// Layer, from 0.
    pub layer: usize,
    /// Name of the site, as in the parameters.
    pub site: String,
    /// Codes compared.
    pub codes: u64,
    /// Share equal to the trained network's codes for the same input of the whole network.
    pub end_to_end: f64,
    /// Share equal to what the float rule finds from the program's own codes before this site.
    pub same_input: f64,
}

/// How close the residual stream is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StreamAgreement {
    /// Layer, from 0; none after the embedding.
    pub layer: Option<usize>,
    /// `embed`, `attention_norm` or `ffn_norm`.
    pub place: String,
    /// Correlation with the trained network's values; none where they do not vary.
    pub correlation: Option<f64>,
    /// Root mean square difference, in steps of the stream, to the unrounded float rule on the
    /// program's own input; none after the embedding.
    pub error_steps: Option<f64>,
}

/// How close the answers are.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LogitAgreement {
    /// Correlation with the trained network's logits; none where they do not vary.
    pub correlation: Option<f64>,
    /// Largest difference of a logit.
    pub largest_difference: f64,
    /// Share of answers with the same largest class (or, for single logits, the same sign).
    pub same_decision: f64,
}

/// A figure of merit before and after lowering, measured by the caller.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Metric {
    /// What was measured, with its data: `accuracy on test.csv`, `BER at 4 dB`.
    pub name: String,
    /// Of the trained network.
    pub before: f64,
    /// Of the program.
    pub after: f64,
}

impl Report {
    pub(super) fn new(program: &Program, agreement: &Agreement, largest: f64) -> Self {
        let step = 2f64.powi(-i32::from(program.point));
        Self {
            inputs: agreement.inputs,
            point: program.point,
            largest_residual: largest * step,
            residual_limit: f64::from(i16::MAX) * step,
            sites: agreement.codes.iter().map(|(tap, tally)| site(*tap, *tally)).collect(),
            streams: agreement.streams.iter().map(|(tap, tally)| stream(*tap, *tally)).collect(),
            logits: LogitAgreement {
                correlation: agreement.logits.moments.correlation(),
                largest_difference: agreement.logits.largest,
                same_decision: agreement.logits.decisions.value(),
            },
            sizes: part_sizes(program),
            metrics: Vec::new(),
            truncated: 0,
        }
    }

    /// Measures the program with `after` and keeps the result beside the trained network's `before`.
    pub fn measure(
        &mut self,
        name: impl Into<String>,
        before: f64,
        program: &Program,
        after: impl FnOnce(&Program) -> f64,
    ) {
        let after = after(program);
        self.metrics.push(Metric { name: name.into(), before, after });
    }

    /// Bytes of the whole program, as stored.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.sizes.iter().map(|part| part.bytes).sum()
    }
}

fn site(tap: Tap, tally: CodeTally) -> SiteAgreement {
    SiteAgreement {
        layer: tap.layer.unwrap_or(0),
        site: name(tap.site).to_owned(),
        codes: tally.end_to_end.all,
        end_to_end: tally.end_to_end.value(),
        same_input: tally.same_input.value(),
    }
}

fn stream(tap: Tap, tally: StreamTally) -> StreamAgreement {
    StreamAgreement {
        layer: tap.layer,
        place: name(tap.site).to_owned(),
        correlation: tally.moments.correlation(),
        error_steps: (tally.count > 0).then(|| tally.error()),
    }
}

fn name(site: Site) -> &'static str {
    match site {
        Site::EmbedSum => "embed_sum",
        Site::Embed => "embed",
        Site::AttentionInput => "attention_input",
        Site::Query => "query",
        Site::Key => "key",
        Site::Value => "value",
        Site::Scores => "scores",
        Site::Attention => "attention",
        Site::ContextSum => "context_sum",
        Site::Context => "context",
        Site::AttentionSum => "attention_sum",
        Site::AttentionNorm => "attention_norm",
        Site::FfnInput => "ffn_input",
        Site::FfnHidden => "ffn_hidden",
        Site::FfnSum => "ffn_sum",
        Site::FfnNorm => "ffn_norm",
        Site::Logits => "logits",
    }
}
