//! An encoder layer of a trained network.

use super::site::read_scale;
use super::{Matrix, Site, vector};
use crate::lower::LowerError;
use crate::model::{AttentionForm, Model, Params, Site as SiteName, matrices, threshold};

/// A matrix and the quantizer of its output.
#[derive(Debug, Clone)]
pub(crate) struct Linear {
    pub(crate) matrix: Matrix,
    pub(crate) site: Site,
}

/// Gain and bias of a layer norm.
#[derive(Debug, Clone)]
pub(crate) struct Norm {
    pub(crate) gain: Vec<f32>,
    pub(crate) bias: Vec<f32>,
}

/// How scores become attention codes.
#[derive(Debug, Clone)]
pub(crate) enum AttentionRule {
    /// Softmax, then an unsigned quantizer of so many bits.
    Softmax { bits: u8 },
    /// One threshold a head.
    Sps { lambda: Vec<f64> },
}

/// Everything of one encoder layer.
#[derive(Debug, Clone)]
pub(crate) struct TrainedLayer {
    pub(crate) attention_input: Site,
    pub(crate) query: Linear,
    pub(crate) key: Linear,
    pub(crate) value: Linear,
    pub(crate) rule: AttentionRule,
    /// Scale of an attention code.
    pub(crate) attention_scale: f64,
    pub(crate) context: Site,
    pub(crate) output: Matrix,
    pub(crate) attention_norm: Norm,
    pub(crate) ffn_input: Site,
    pub(crate) up: Linear,
    pub(crate) down: Matrix,
    pub(crate) ffn_norm: Norm,
    /// `1 / sqrt(d)`.
    pub(crate) score_share: f64,
}

impl TrainedLayer {
    /// Reads layer `index` of a network that [`super::check`] let pass.
    pub(crate) fn read(model: &Model, index: usize) -> Result<Self, LowerError> {
        let [query, key, value, output, up, down] = matrices(&model.arch, index);
        let site = |name| Site::read(model, index, name);
        let matrix = |(name, _): (String, [usize; 2])| {
            Matrix::read(&model.params, model.precision.form_of(&name), &name)
        };
        let linear =
            |named, name| Ok::<_, LowerError>(Linear { matrix: matrix(named)?, site: site(name)? });
        let norm = |rest: &str| read_norm(&model.params, &format!("encoder.layer.{index}.{rest}"));
        Ok(Self {
            attention_input: site(SiteName::AttentionInput)?,
            query: linear(query, SiteName::Query)?,
            key: linear(key, SiteName::Key)?,
            value: linear(value, SiteName::Value)?,
            rule: read_rule(model, index)?,
            attention_scale: read_scale(model, index, SiteName::Attention)?,
            context: site(SiteName::Context)?,
            output: matrix(output)?,
            attention_norm: norm("attention.output.LayerNorm")?,
            ffn_input: site(SiteName::FfnInput)?,
            up: linear(up, SiteName::FfnHidden)?,
            down: matrix(down)?,
            ffn_norm: norm("output.LayerNorm")?,
            score_share: 1.0 / (model.arch.head_width() as f64).sqrt(),
        })
    }

    /// Real value of one step of score.
    pub(crate) fn score_scale(&self) -> f64 {
        self.query.site.scale * self.key.site.scale * self.score_share
    }

    /// Real value of one step of a context sum.
    pub(crate) fn context_scale(&self) -> f64 {
        self.attention_scale * self.value.site.scale
    }

    /// Bits of an attention code.
    pub(crate) fn attention_bits(&self) -> u8 {
        match self.rule {
            AttentionRule::Softmax { bits } => bits,
            AttentionRule::Sps { .. } => 1,
        }
    }
}

pub(crate) fn read_norm(params: &Params, name: &str) -> Result<Norm, LowerError> {
    let of = |part: &str| params.get(&format!("{name}.{part}"));
    Ok(Norm { gain: of("weight")?.data.clone(), bias: of("bias")?.data.clone() })
}

fn read_rule(model: &Model, index: usize) -> Result<AttentionRule, LowerError> {
    Ok(match model.precision.attention {
        AttentionForm::Softmax => AttentionRule::Softmax { bits: model.precision.bits.attention },
        AttentionForm::Sps => {
            AttentionRule::Sps { lambda: vector(&model.params, &threshold(index))? }
        }
    })
}
