//! How coarsely a network computes: the form of its matrices and the bits of each activation site.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{Arch, ModelError};
use crate::fold::LAST_POINT;

/// Bits that stand for "no quantizer here".
pub const FLOAT_BITS: u8 = 32;

/// The form of the encoder's matrices and activations. Embeddings, norms and head stay float while
/// training.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Precision {
    /// The form of every encoder matrix.
    pub weights: WeightForm,
    /// How attention weights become codes.
    pub attention: AttentionForm,
    /// Bits of each activation site.
    pub bits: Sites<u8>,
    /// With `weights = split`: the matrices (`encoder.layer.0.attention.self.query`, ...) whose
    /// second branch was dropped; they are binary now.
    #[serde(default)]
    pub single: BTreeSet<String>,
    /// Fractional bits of the residual stream, where the network trains on a program's grids (see
    /// [`Model::seen`](super::Model::seen)); none: a float stream.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub point: Option<u8>,
}

/// The form of a matrix.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WeightForm {
    /// As stored.
    Float,
    /// Two scaled levels and zero (TWN, Li et al. 2016).
    Ternary,
    /// One plane of centred signs.
    Binary,
    /// Two planes whose weights stand in a ratio that is a power of two.
    Split,
}

/// How attention weights become codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AttentionForm {
    /// Softmax, then the unsigned quantizer of the `attention` site.
    Softmax,
    /// One learned threshold a head (after COBRA, arXiv 2504.16269); 1 bit.
    Sps,
}

/// The quantized places of a layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Site {
    /// Residual stream into Q, K and V.
    AttentionInput,
    /// Queries.
    Query,
    /// Keys.
    Key,
    /// Values.
    Value,
    /// Attention weights (unsigned, no shift).
    Attention,
    /// Attention times values.
    Context,
    /// Residual stream into the first feed-forward linear.
    FfnInput,
    /// Its output (unsigned: clamping at 0 is the ReLU).
    FfnHidden,
}

/// One value for each [`Site`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sites<T> {
    /// For [`Site::AttentionInput`].
    pub attention_input: T,
    /// For [`Site::Query`].
    pub query: T,
    /// For [`Site::Key`].
    pub key: T,
    /// For [`Site::Value`].
    pub value: T,
    /// For [`Site::Attention`].
    pub attention: T,
    /// For [`Site::Context`].
    pub context: T,
    /// For [`Site::FfnInput`].
    pub ffn_input: T,
    /// For [`Site::FfnHidden`].
    pub ffn_hidden: T,
}

impl Site {
    /// All sites, in the order in which a layer meets them.
    pub const ALL: [Self; 8] = [
        Self::AttentionInput,
        Self::Query,
        Self::Key,
        Self::Value,
        Self::Attention,
        Self::Context,
        Self::FfnInput,
        Self::FfnHidden,
    ];

    /// The site's name in parameters and documents.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::AttentionInput => "attention_input",
            Self::Query => "query",
            Self::Key => "key",
            Self::Value => "value",
            Self::Attention => "attention",
            Self::Context => "context",
            Self::FfnInput => "ffn_input",
            Self::FfnHidden => "ffn_hidden",
        }
    }

    /// Whether the codes start at 0.
    #[must_use]
    pub fn unsigned(self) -> bool {
        matches!(self, Self::Attention | Self::FfnHidden)
    }

    /// Channels of the site's tensor, or none for the attention weights, which have no shift.
    #[must_use]
    pub fn channels(self, arch: &Arch) -> Option<usize> {
        match self {
            Self::Attention => None,
            Self::FfnHidden => Some(arch.ffn),
            _ => Some(arch.width),
        }
    }
}

impl<T: Copy> Sites<T> {
    /// The same value at every site.
    pub fn all(value: T) -> Self {
        Self {
            attention_input: value,
            query: value,
            key: value,
            value,
            attention: value,
            context: value,
            ffn_input: value,
            ffn_hidden: value,
        }
    }

    /// The value at one site.
    pub fn at(&self, site: Site) -> T {
        match site {
            Site::AttentionInput => self.attention_input,
            Site::Query => self.query,
            Site::Key => self.key,
            Site::Value => self.value,
            Site::Attention => self.attention,
            Site::Context => self.context,
            Site::FfnInput => self.ffn_input,
            Site::FfnHidden => self.ffn_hidden,
        }
    }
}

impl Precision {
    /// Float weights and activations (W32A32).
    #[must_use]
    pub fn float() -> Self {
        Self::uniform(WeightForm::Float, FLOAT_BITS)
    }

    /// Binary weights and `bits`-bit activations.
    #[must_use]
    pub fn w1a(bits: u8) -> Self {
        Self::uniform(WeightForm::Binary, bits)
    }

    /// One form for all matrices and one width for all sites, with softmax attention.
    #[must_use]
    pub fn uniform(weights: WeightForm, bits: u8) -> Self {
        let attention = AttentionForm::Softmax;
        Self { weights, attention, bits: Sites::all(bits), single: BTreeSet::new(), point: None }
    }

    /// Hands the precision back if a network can have it.
    ///
    /// # Errors
    /// [`ModelError::Precision`] with a sentence that names the field.
    pub fn checked(self) -> Result<Self, ModelError> {
        for site in Site::ALL {
            let bits = self.bits.at(site);
            let known = matches!(bits, 1 | 2 | 4 | 8 | FLOAT_BITS);
            require(known, || {
                format!("bits.{} is {bits}; it must be 1, 2, 4, 8 or 32 (float)", site.name())
            })?;
        }
        let sps = self.attention == AttentionForm::Sps;
        require(!sps || self.bits.attention == 1, || {
            "attention = sps gives one bit; set bits.attention to 1".to_owned()
        })?;
        let fits = self.point.is_none_or(|point| point <= LAST_POINT && self.is_integer());
        require(fits, || {
            format!(
                "point goes up to {LAST_POINT}, and only with binary or split weights and sites of 1 to 8 bits"
            )
        })?;
        require(self.single.is_empty() || self.weights == WeightForm::Split, || {
            "single lists matrices, which only weights = split can have".to_owned()
        })?;
        Ok(self)
    }

    /// Whether a program has all these forms: one or two planes of weights, codes at every site.
    #[must_use]
    pub fn is_integer(&self) -> bool {
        let planes = matches!(self.weights, WeightForm::Binary | WeightForm::Split);
        planes && Site::ALL.iter().all(|&site| self.bits.at(site) != FLOAT_BITS)
    }

    /// Whether the network trains on a program's grids and the program's table holds each exponential
    /// of two scores' difference: with one-bit queries and keys.
    #[must_use]
    pub(super) fn has_exact_table(&self) -> bool {
        self.point.is_some() && [self.bits.query, self.bits.key] == [1, 1]
    }

    /// The form of the matrix called `matrix`.
    #[must_use]
    pub fn form_of(&self, matrix: &str) -> WeightForm {
        if self.single.contains(matrix) { WeightForm::Binary } else { self.weights }
    }
}

fn require(holds: bool, sentence: impl FnOnce() -> String) -> Result<(), ModelError> {
    if holds { Ok(()) } else { Err(ModelError::Precision(sentence())) }
}
