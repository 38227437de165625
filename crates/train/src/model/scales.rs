//! The start of quantizer scales, from the first batch (`docs/bmt.md` section 1).

use std::collections::BTreeMap;

use burn::tensor::{Device, Tensor};

use super::network::AttentionStart;
use super::precision::FLOAT_BITS;
use super::shapes::{quantizer, threshold};
use super::{
    Arch, AttentionForm, Leaves, Model, ModelError, Precision, Probe, Ragged, Rows, Site, forward,
};
use crate::ops::{HeadMasks, Quant, initial_scale};

/// Sets the scales of `sites` (and the thresholds, if the attention is among them) from a batch.
///
/// Layer by layer in one forward pass: each scale is found from what the layers before, already
/// quantized with theirs, give.
///
/// # Errors
/// As [`forward`].
pub fn init_scales(
    model: &mut Model,
    sites: &[Site],
    rows: &Rows,
    device: &Device,
) -> Result<(), ModelError> {
    let leaves = Leaves::fixed(&model.params, device)?;
    let mut starter = Starter::new(model, sites, &rows.ragged)?;
    forward(&leaves, &model.arch, &model.precision, rows, &mut starter)?;
    for (name, values) in starter.found {
        model.params.get_mut(&name)?.data = values;
    }
    Ok(())
}

/// The sites whose scales do not carry over from `teacher` to `student`.
#[must_use]
pub fn fresh_sites(teacher: &Precision, student: &Precision) -> Vec<Site> {
    let form_changes = teacher.attention != student.attention;
    let fresh = |site: &Site| {
        let bits = student.bits.at(*site);
        let changed = teacher.bits.at(*site) != bits;
        bits != FLOAT_BITS && (changed || form_changes && *site == Site::Attention)
    };
    Site::ALL.into_iter().filter(fresh).collect()
}

struct Starter<'a> {
    arch: Arch,
    precision: Precision,
    sites: &'a [Site],
    ragged: &'a Ragged,
    masks: Option<HeadMasks>,
    found: BTreeMap<String, Vec<f32>>,
}

impl Probe for Starter<'_> {
    fn site(&mut self, layer: usize, site: Site, x: &Tensor<2>) -> Option<f32> {
        let bits = self.wanted(site)?;
        let values: Vec<f32> = x.to_data().iter::<f32>().collect();
        let scale = initial_scale(&values, Quant { bits, signed: !site.unsigned() });
        self.found.insert(quantizer(layer, site, "scale"), vec![scale]);
        Some(scale)
    }

    fn attention(&mut self, layer: usize, q: &Tensor<2>, k: &Tensor<2>) -> Option<AttentionStart> {
        let bits = self.wanted(Site::Attention)?;
        let start = match self.precision.attention {
            AttentionForm::Softmax => {
                let scale = initial_scale(&[self.mean_weight()], Quant::unsigned(bits));
                AttentionStart { scale, thresholds: Vec::new() }
            }
            AttentionForm::Sps => self.sps_start(q, k),
        };
        self.found.insert(quantizer(layer, Site::Attention, "scale"), vec![start.scale]);
        if !start.thresholds.is_empty() {
            self.found.insert(threshold(layer), start.thresholds.clone());
        }
        Some(start)
    }
}

impl<'a> Starter<'a> {
    fn new(model: &Model, sites: &'a [Site], ragged: &'a Ragged) -> Result<Self, ModelError> {
        let (arch, precision) = (model.arch.clone(), model.precision.clone());
        let masks = arch.head_masks()?;
        Ok(Self { arch, precision, sites, ragged, masks, found: BTreeMap::new() })
    }

    fn wanted(&self, site: Site) -> Option<u8> {
        let bits = self.precision.bits.at(site);
        (bits != FLOAT_BITS && self.sites.contains(&site)).then_some(bits)
    }

    /// Allowed pairs of the batch in one head.
    fn pairs(&self, head: usize) -> impl Iterator<Item = (usize, usize)> {
        let allows = move |row, column| {
            self.masks.as_ref().is_none_or(|masks| masks.allows(head, row, column))
        };
        (0..self.ragged.batch()).flat_map(move |sequence| {
            let rows = self.ragged.rows_of(sequence);
            let (start, length) = (rows.start, rows.len());
            let all = (0..length).flat_map(move |row| (0..length).map(move |column| (row, column)));
            let allowed = all.filter(move |&(row, column)| allows(row, column));
            allowed.map(move |(row, column)| (start + row, start + column))
        })
    }

    /// Mean of the softmax weights over allowed pairs: each row of a head sums to 1.
    fn mean_weight(&self) -> f32 {
        let pairs: usize = (0..self.arch.heads).map(|head| self.pairs(head).count()).sum();
        (self.arch.heads * self.ragged.rows()) as f32 / pairs.max(1) as f32
    }

    /// Each head's threshold is the mean of its scores, so that about half of the pairs pass; the
    /// scale lets their weights sum to about 1, as softmax weights do.
    fn sps_start(&self, q: &Tensor<2>, k: &Tensor<2>) -> AttentionStart {
        let q: Vec<f32> = q.to_data().iter::<f32>().collect();
        let k: Vec<f32> = k.to_data().iter::<f32>().collect();
        let thresholds = (0..self.arch.heads).map(|head| self.mean_score(head, &q, &k)).collect();
        AttentionStart { scale: 2.0 * self.mean_weight(), thresholds }
    }

    fn mean_score(&self, head: usize, q: &[f32], k: &[f32]) -> f32 {
        let (width, d) = (self.arch.width, self.arch.head_width());
        let part = |row: usize| row * width + head * d..row * width + (head + 1) * d;
        let (mut sum, mut count) = (0.0f64, 0usize);
        for (row, column) in self.pairs(head) {
            let products = q[part(row)].iter().zip(&k[part(column)]).map(|(q, k)| q * k);
            sum += f64::from(products.sum::<f32>());
            count += 1;
        }
        (sum / (count.max(1) as f64 * (d as f64).sqrt())) as f32
    }
}
