//! What the trained network itself finds for a batch.

use std::collections::BTreeMap;

use burn::tensor::Tensor;
use noctule_program::interpret::{Site, Tap};

use super::before;
use super::rules::{Rules, scores};
use crate::lower::LowerError;
use crate::lower::network::Trained;
use crate::lower::trained::Site as Quantizer;
use crate::model::{Leaves, Probe, Ragged, Rows, Site as SiteName, forward};

/// One sequence, as the trained network sees it.
#[derive(Debug, Default)]
pub(super) struct Observed {
    /// Codes of every site, in the interpreter's shapes.
    pub(super) codes: BTreeMap<Tap, Vec<i32>>,
    /// Which of a site's codes count; all where nothing is said.
    pub(super) counted: BTreeMap<Tap, Vec<bool>>,
    /// Real values of the residual stream, `[t, D]`.
    pub(super) streams: BTreeMap<Tap, Vec<f64>>,
    /// Real logits.
    pub(super) logits: Vec<f64>,
}

/// Runs the trained network on a batch; one [`Observed`] a sequence.
pub(super) fn observe(
    trained: &Trained<'_>,
    leaves: &Leaves,
    rows: &Rows,
) -> Result<Vec<Observed>, LowerError> {
    let model = trained.model;
    let mut seen = Seen::default();
    let result = forward(leaves, &model.arch, &model.precision, rows, &mut seen)?;
    let last = result.hidden.last().map(values).unwrap_or_default();
    seen.0.insert((model.arch.layers, SiteName::AttentionInput), last);
    let logits = values(&result.logits);
    let each = logits.len() / rows.ragged.batch();
    let sequence = |index| {
        let part = Part { trained, seen: &seen, ragged: &rows.ragged, index };
        let mut observed = part.observed()?;
        observed.logits = logits[index * each..][..each].to_vec();
        Ok(observed)
    };
    (0..rows.ragged.batch()).map(sequence).collect()
}

/// What came to each site, before its quantizer.
#[derive(Default)]
struct Seen(BTreeMap<(usize, SiteName), Vec<f64>>);

impl Probe for Seen {
    fn site(&mut self, layer: usize, site: SiteName, x: &Tensor<2>) -> Option<f32> {
        self.0.insert((layer, site), values(x));
        None
    }
}

fn values(tensor: &Tensor<2>) -> Vec<f64> {
    tensor.to_data().iter::<f64>().collect()
}

/// One sequence of a batch.
struct Part<'a> {
    trained: &'a Trained<'a>,
    seen: &'a Seen,
    ragged: &'a Ragged,
    index: usize,
}

impl Part<'_> {
    fn observed(&self) -> Result<Observed, LowerError> {
        let mut observed = Observed::default();
        for layer in 0..self.trained.layers.len() {
            self.layer(&mut observed, layer)?;
        }
        let last = self.trained.layers.len();
        observed.streams.insert(before(last), self.values(last, SiteName::AttentionInput));
        Ok(observed)
    }

    fn layer(&self, observed: &mut Observed, layer: usize) -> Result<(), LowerError> {
        let tap = |site| Tap { layer: Some(layer), site };
        let read = &self.trained.layers[layer];
        for (site, name, quantizer) in [
            (Site::AttentionInput, SiteName::AttentionInput, &read.attention_input),
            (Site::Query, SiteName::Query, &read.query.site),
            (Site::Key, SiteName::Key, &read.key.site),
            (Site::Value, SiteName::Value, &read.value.site),
            (Site::Context, SiteName::Context, &read.context),
            (Site::FfnInput, SiteName::FfnInput, &read.ffn_input),
            (Site::FfnHidden, SiteName::FfnHidden, &read.up.site),
        ] {
            let codes = codes(quantizer, &self.values(layer, name));
            observed.codes.insert(tap(site), codes);
        }
        let entry = self.values(layer, SiteName::AttentionInput);
        observed.streams.insert(before(layer), entry);
        let middle = self.values(layer, SiteName::FfnInput);
        observed.streams.insert(tap(Site::AttentionNorm), middle);
        self.attention(observed, layer)
    }

    fn attention(&self, observed: &mut Observed, layer: usize) -> Result<(), LowerError> {
        let tap = |site| Tap { layer: Some(layer), site };
        let rules = Rules::new(self.trained, layer, 0)?;
        let (query, key) = (&observed.codes[&tap(Site::Query)], &observed.codes[&tap(Site::Key)]);
        let scores = scores(query, key, self.trained.model.arch.heads, self.tokens());
        let codes = rules.attention(&scores, self.tokens());
        let counted = rules.allowed(self.tokens());
        observed.codes.insert(tap(Site::Attention), codes);
        observed.counted.insert(tap(Site::Attention), counted);
        Ok(())
    }

    /// This sequence's rows of what came to a site.
    fn values(&self, layer: usize, site: SiteName) -> Vec<f64> {
        let all = &self.seen.0[&(layer, site)];
        let channels = all.len() / self.ragged.rows();
        let rows = self.ragged.rows_of(self.index);
        all[rows.start * channels..rows.end * channels].to_vec()
    }

    fn tokens(&self) -> usize {
        self.ragged.rows_of(self.index).len()
    }
}

fn codes(quantizer: &Quantizer, values: &[f64]) -> Vec<i32> {
    let channels = quantizer.shift.len();
    let code = |(n, &value): (usize, &f64)| quantizer.code(n % channels, value);
    values.iter().enumerate().map(code).collect()
}
