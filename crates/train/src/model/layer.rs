//! One encoder layer (`docs/bmt.md` section 3).

use burn::tensor::Tensor;

use super::network::{AttentionStart, Network, Probe};
use super::precision::FLOAT_BITS;
use super::shapes::{quantizer, threshold};
use super::{AttentionForm, ModelError, Site, WeightForm};
use crate::ops::{self, Matrix, Quant};

pub(super) struct Layer<'a> {
    network: &'a Network<'a>,
    index: usize,
}

/// What a layer gives to the next one and to the distillation.
pub(super) struct Passed {
    pub(super) stream: Tensor<2>,
    pub(super) queries: Tensor<2>,
    pub(super) keys: Tensor<2>,
}

impl<'a> Layer<'a> {
    pub(super) fn new(network: &'a Network<'a>, index: usize) -> Self {
        Self { network, index }
    }

    pub(super) fn forward(
        &self,
        x: Tensor<2>,
        probe: &mut dyn Probe,
    ) -> Result<Passed, ModelError> {
        let h = self.quantize(Site::AttentionInput, x.clone(), probe)?;
        let mut project = |site, name| {
            let projected = self.linear(name, h.clone())?;
            self.quantize(site, projected, probe)
        };
        let queries = project(Site::Query, "attention.self.query")?;
        let keys = project(Site::Key, "attention.self.key")?;
        let values = project(Site::Value, "attention.self.value")?;
        let context = self.attend(&queries, &keys, values, probe)?;
        let context = self.quantize(Site::Context, context, probe)?;
        let attended = self.linear("attention.output.dense", context)?;
        let x = self.add_norm("attention.output.LayerNorm", x, attended)?;
        let stream = self.feed_forward(x, probe)?;
        Ok(Passed { stream, queries, keys })
    }

    fn feed_forward(&self, x: Tensor<2>, probe: &mut dyn Probe) -> Result<Tensor<2>, ModelError> {
        let input = self.quantize(Site::FfnInput, x.clone(), probe)?;
        let hidden = self.linear("intermediate.dense", input)?;
        let hidden = if self.bits(Site::FfnHidden) == FLOAT_BITS {
            probe.site(self.index, Site::FfnHidden, &hidden);
            self.network.activate(hidden)
        } else {
            self.quantize(Site::FfnHidden, hidden, probe)?
        };
        let output = self.linear("output.dense", hidden)?;
        self.add_norm("output.LayerNorm", x, output)
    }

    fn attend(
        &self,
        q: &Tensor<2>,
        k: &Tensor<2>,
        v: Tensor<2>,
        probe: &mut dyn Probe,
    ) -> Result<Tensor<2>, ModelError> {
        let start = probe.attention(self.index, q, k);
        let form = self.attention_form(start)?;
        Ok(ops::attention([q.clone(), k.clone(), v], self.network.pairs, form))
    }

    fn attention_form(
        &self,
        start: Option<AttentionStart>,
    ) -> Result<ops::AttentionForm, ModelError> {
        let bits = self.bits(Site::Attention);
        if bits == FLOAT_BITS {
            return Ok(ops::AttentionForm::Float);
        }
        let scale = self.scale(Site::Attention, start.as_ref().map(|start| start.scale))?;
        match self.network.precision.attention {
            AttentionForm::Softmax => {
                let table = self.network.precision.has_exact_table();
                Ok(ops::AttentionForm::Softmax { scale, bits, table })
            }
            AttentionForm::Sps => {
                let threshold = match start {
                    Some(start) => self.constant(&start.thresholds),
                    None => self.network.leaves.vector(&threshold(self.index))?,
                };
                Ok(ops::AttentionForm::Sps { scale, threshold, reach: self.reach()? })
            }
        }
    }

    /// `h` of docs/bmt.md, section 3: half a score, or one step between scores where that is more.
    fn reach(&self) -> Result<Tensor<1>, ModelError> {
        let bits = [Site::Query, Site::Key].map(|site| self.bits(site));
        if bits.contains(&FLOAT_BITS) {
            return Ok(self.constant(&[0.5]));
        }
        let step = |site| -> Result<Tensor<1>, ModelError> {
            Ok(self.scale(site, None)?.detach().clamp_min(ops::SCALE_FLOOR))
        };
        let scores = step(Site::Query)? * step(Site::Key)?;
        // Sums of d products of signs are all even or all odd.
        let apart = if bits == [1, 1] { 2.0 } else { 1.0 };
        let root = (self.network.arch.head_width() as f32).sqrt();
        Ok((scores * (apart / root)).clamp_min(0.5))
    }

    fn quantize(
        &self,
        site: Site,
        x: Tensor<2>,
        probe: &mut dyn Probe,
    ) -> Result<Tensor<2>, ModelError> {
        let start = probe.site(self.index, site, &x);
        let bits = self.bits(site);
        if bits == FLOAT_BITS {
            return Ok(x);
        }
        let scale = self.scale(site, start)?;
        let shift = self.network.leaves.vector(&quantizer(self.index, site, "shift"))?;
        Ok(ops::quantize(x, scale, Some(shift), Quant { bits, signed: !site.unsigned() }))
    }

    fn scale(&self, site: Site, start: Option<f32>) -> Result<Tensor<1>, ModelError> {
        match start {
            Some(scale) => Ok(self.constant(&[scale])),
            None => self.network.leaves.vector(&quantizer(self.index, site, "scale")),
        }
    }

    fn constant(&self, values: &[f32]) -> Tensor<1> {
        Tensor::from_floats(values, self.network.leaves.device())
    }

    fn bits(&self, site: Site) -> u8 {
        self.network.precision.bits.at(site)
    }

    fn name(&self, rest: &str) -> String {
        format!("encoder.layer.{}.{rest}", self.index)
    }

    fn add_norm(&self, name: &str, x: Tensor<2>, y: Tensor<2>) -> Result<Tensor<2>, ModelError> {
        self.network.add_norm(&self.name(name), x, y)
    }

    /// A linear map whose matrix has the form that the precision gives it.
    fn linear(&self, name: &str, x: Tensor<2>) -> Result<Tensor<2>, ModelError> {
        let name = self.name(name);
        let bias = self.network.leaves.vector(&format!("{name}.bias"))?;
        Ok(ops::linear(x, self.matrix(&name)?, Some(bias)))
    }

    fn matrix(&self, name: &str) -> Result<Matrix, ModelError> {
        let leaves = self.network.leaves;
        let latent = leaves.matrix(&format!("{name}.weight"))?;
        Ok(match self.network.precision.form_of(name) {
            WeightForm::Float => Matrix::Float(latent),
            WeightForm::Ternary => Matrix::Ternary(latent),
            WeightForm::Binary => Matrix::Binary(latent),
            WeightForm::Split => Matrix::Split {
                high: latent,
                low: leaves.matrix(&format!("{name}.weight_low"))?,
                scale: leaves.vector(&format!("{name}.scale"))?,
                log_ratio: leaves.vector(&format!("{name}.log_ratio"))?,
            },
        })
    }
}
