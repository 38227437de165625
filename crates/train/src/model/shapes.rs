//! The one table of parameters: which names a network has, and of what shape.

use std::collections::BTreeMap;

use super::precision::FLOAT_BITS;
use super::{Arch, AttentionForm, Head, HostTensor, Input, Precision, Site, WeightForm};

/// What a parameter is; initialisation, learning rate and weight decay follow from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A latent or float matrix `[out, in]`, or an embedding table.
    Matrix,
    /// A bias of a linear or of a norm.
    Bias,
    /// A gain of a norm.
    Gain,
    /// A scale of a quantizer; never below a small floor.
    Scale,
    /// The scale of a split matrix's row; of either sign.
    RowScale,
    /// A shift of a quantizer, a threshold or a log-ratio: starts at 0.
    Offset,
}

impl Kind {
    /// Whether the parameter belongs to a quantizer (own learning rate).
    #[must_use]
    pub fn quantizer(self) -> bool {
        matches!(self, Self::Scale | Self::RowScale | Self::Offset)
    }
}

/// Shape and kind of one parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// One or two sizes.
    pub shape: Vec<usize>,
    /// What it is.
    pub kind: Kind,
}

impl Entry {
    /// The parameter before anything is known: gains and scales 1, everything else 0.
    pub(super) fn neutral(&self) -> HostTensor {
        let value = match self.kind {
            Kind::Gain | Kind::Scale | Kind::RowScale => 1.0,
            Kind::Matrix | Kind::Bias | Kind::Offset => 0.0,
        };
        HostTensor { shape: self.shape.clone(), data: vec![value; self.shape.iter().product()] }
    }
}

/// The encoder matrices of layer `layer`, as `(name without .weight, [out, in])`.
#[must_use]
pub fn matrices(arch: &Arch, layer: usize) -> [(String, [usize; 2]); 6] {
    let (d, f) = (arch.width, arch.ffn);
    let name = |rest: &str| format!("encoder.layer.{layer}.{rest}");
    [
        (name("attention.self.query"), [d, d]),
        (name("attention.self.key"), [d, d]),
        (name("attention.self.value"), [d, d]),
        (name("attention.output.dense"), [d, d]),
        (name("intermediate.dense"), [f, d]),
        (name("output.dense"), [d, f]),
    ]
}

/// Name of a quantizer's parameter: `part` is `scale` or `shift`.
#[must_use]
pub fn quantizer(layer: usize, site: Site, part: &str) -> String {
    format!("encoder.layer.{layer}.quant.{}.{part}", site.name())
}

/// Name of the thresholds of a layer's heads (`sps`).
#[must_use]
pub fn threshold(layer: usize) -> String {
    format!("encoder.layer.{layer}.quant.sps.threshold")
}

/// Every parameter of a network, by name.
///
/// Initialisation, loading, checks and the forward pass all go by this table.
#[must_use]
pub fn shapes(arch: &Arch, precision: &Precision) -> BTreeMap<String, Entry> {
    let mut table = Table::default();
    table.input(arch);
    for layer in 0..arch.layers {
        table.layer(arch, precision, layer);
    }
    table.head(arch);
    table.entries
}

#[derive(Default)]
struct Table {
    entries: BTreeMap<String, Entry>,
}

impl Table {
    fn add(&mut self, name: impl Into<String>, shape: &[usize], kind: Kind) {
        self.entries.insert(name.into(), Entry { shape: shape.to_vec(), kind });
    }

    fn norm(&mut self, name: &str, width: usize) {
        self.add(format!("{name}.weight"), &[width], Kind::Gain);
        self.add(format!("{name}.bias"), &[width], Kind::Bias);
    }

    fn linear(&mut self, name: &str, out: usize, inputs: usize) {
        self.add(format!("{name}.weight"), &[out, inputs], Kind::Matrix);
        self.add(format!("{name}.bias"), &[out], Kind::Bias);
    }

    fn input(&mut self, arch: &Arch) {
        let d = arch.width;
        match arch.input {
            Input::Text { vocab, segments } => {
                self.add("embeddings.word_embeddings.weight", &[vocab, d], Kind::Matrix);
                self.add("embeddings.token_type_embeddings.weight", &[segments, d], Kind::Matrix);
            }
            Input::Channel { magnitudes, syndromes } => {
                self.add("embeddings.channel.weight", &[magnitudes + syndromes, d], Kind::Matrix);
                return;
            }
            Input::Patches { pixels, .. } => {
                self.linear("embeddings.patch", d, pixels);
                self.add("embeddings.class.weight", &[1, d], Kind::Matrix);
            }
        }
        self.add("embeddings.position_embeddings.weight", &[arch.max_tokens, d], Kind::Matrix);
        self.norm("embeddings.LayerNorm", d);
    }

    fn layer(&mut self, arch: &Arch, precision: &Precision, layer: usize) {
        for (name, [out, inputs]) in matrices(arch, layer) {
            self.linear(&name, out, inputs);
            if precision.form_of(&name) == WeightForm::Split {
                self.add(format!("{name}.weight_low"), &[out, inputs], Kind::Matrix);
                self.add(format!("{name}.scale"), &[out], Kind::RowScale);
                self.add(format!("{name}.log_ratio"), &[1], Kind::Offset);
            }
        }
        self.norm(&format!("encoder.layer.{layer}.attention.output.LayerNorm"), arch.width);
        self.norm(&format!("encoder.layer.{layer}.output.LayerNorm"), arch.width);
        for site in Site::ALL {
            if precision.bits.at(site) != FLOAT_BITS {
                self.site(arch, layer, site);
            }
        }
        if precision.attention == AttentionForm::Sps {
            self.add(threshold(layer), &[arch.heads], Kind::Offset);
        }
    }

    fn site(&mut self, arch: &Arch, layer: usize, site: Site) {
        self.add(quantizer(layer, site, "scale"), &[1], Kind::Scale);
        if let Some(channels) = site.channels(arch) {
            self.add(quantizer(layer, site, "shift"), &[channels], Kind::Offset);
        }
    }

    fn head(&mut self, arch: &Arch) {
        let d = arch.width;
        match (&arch.head, &arch.input) {
            (Head::Pooled { classes }, _) => {
                if arch.pooler {
                    self.linear("pooler.dense", d, d);
                }
                self.linear("classifier", *classes, d);
            }
            (Head::PerToken { .. }, _) => self.linear("classifier", 1, d),
            (Head::MaskedWords, Input::Text { vocab, .. }) => {
                self.linear("cls.transform.dense", d, d);
                self.norm("cls.transform.LayerNorm", d);
                self.add("cls.bias", &[*vocab], Kind::Bias);
            }
            // `Arch::checked` refuses masked words without text.
            (Head::MaskedWords, _) => {}
        }
    }
}
