//! The shape of a network: what it reads, how large it is and what it answers.

use serde::{Deserialize, Serialize};

use super::ModelError;
use crate::ops::HeadMasks;

/// Everything about a network's shape that its parameters follow from, together with
/// [`Precision`](super::Precision).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Arch {
    /// Width `D` of the residual stream; a multiple of `heads`.
    pub width: usize,
    /// Number of encoder layers.
    pub layers: usize,
    /// Attention heads a layer.
    pub heads: usize,
    /// Width of the feed-forward hidden layer.
    pub ffn: usize,
    /// The most tokens a sequence may have; rows of the position table.
    pub max_tokens: usize,
    /// What the network reads.
    pub input: Input,
    /// What the network answers.
    pub head: Head,
    /// The feed-forward activation while `ffn_hidden` is not quantized (a quantized one is ReLU).
    pub activation: Activation,
    /// Added to the variance in every layer norm.
    pub norm_eps: f64,
    /// Whether BERT's tanh pooler stands before a pooled head. Only float teachers have one.
    #[serde(default)]
    pub pooler: bool,
    /// Attention masks of the heads, the same in every layer.
    #[serde(default)]
    pub masks: Masks,
    /// Whether a token may look only at itself and at earlier ones.
    #[serde(default)]
    pub causal: bool,
}

/// What a network reads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Input {
    /// Word, position and segment tables.
    Text {
        /// Words in the vocabulary.
        vocab: usize,
        /// Segments (2 for sentence pairs).
        segments: usize,
    },
    /// Received words of a code: token `t` is `E[t] * value[t]` (ECCT, Choukroun and Wolf 2022).
    Channel {
        /// Symbols `n` of a word: the first tokens.
        magnitudes: usize,
        /// Syndrome bits `m`: the tokens after them.
        syndromes: usize,
    },
    /// An image cut into patches, after a learned class token.
    Patches {
        /// Patches of an image; tokens less one.
        patches: usize,
        /// Values of a patch.
        pixels: usize,
    },
}

/// What a network answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Head {
    /// `classes` logits from token 0 of each sequence (1: a regression or one bit).
    Pooled {
        /// Logits of a sequence.
        classes: usize,
    },
    /// One logit from each of the first `count` tokens of each sequence.
    PerToken {
        /// Tokens that answer.
        count: usize,
    },
    /// A logit for every word of the vocabulary at each position asked for.
    MaskedWords,
}

/// Feed-forward activation of a float network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Activation {
    /// The exact GELU (with `erf`).
    Gelu,
    /// GELU by its tanh approximation.
    GeluNew,
    /// `max(x, 0)`.
    Relu,
}

/// Static attention masks, the same in every layer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Masks {
    /// For each head the index of its mask in `list`, or none; empty where no head has one.
    pub per_head: Vec<Option<usize>>,
    /// The masks.
    pub list: Vec<SquareMask>,
}

/// Which of `tokens` tokens may look at which: `allowed[i * tokens + j]` says whether `i` sees `j`.
/// Stored as a text of `0` and `1` for each row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "Vec<String>", try_from = "Vec<String>")]
pub struct SquareMask {
    /// Side of the square.
    pub tokens: usize,
    /// Row by row, `tokens * tokens` entries.
    pub allowed: Vec<bool>,
}

impl From<SquareMask> for Vec<String> {
    fn from(mask: SquareMask) -> Self {
        let digit = |&allowed: &bool| if allowed { '1' } else { '0' };
        let rows = mask.allowed.chunks(mask.tokens.max(1));
        rows.map(|row| row.iter().map(digit).collect()).collect()
    }
}

impl TryFrom<Vec<String>> for SquareMask {
    type Error = String;

    fn try_from(rows: Vec<String>) -> Result<Self, String> {
        let tokens = rows.len();
        let digits = || rows.iter().flat_map(|row| row.bytes());
        if rows.iter().any(|row| row.len() != tokens) || !digits().all(|d| matches!(d, b'0' | b'1'))
        {
            return Err(format!("a mask has {tokens} rows; each must be {tokens} digits 0 or 1"));
        }
        Ok(Self { tokens, allowed: digits().map(|digit| digit == b'1').collect() })
    }
}

/// Largest value that any size of an architecture may have.
const CAP: usize = 1 << 20;
/// Keeps the table of parameters small whatever a file says.
const MOST_LAYERS: usize = 1024;

impl Arch {
    /// Width of one head.
    #[must_use]
    pub fn head_width(&self) -> usize {
        self.width / self.heads
    }

    /// Hands the architecture back if a network of this shape can be built.
    ///
    /// # Errors
    /// [`ModelError::Arch`] with a sentence that names the field.
    pub fn checked(self) -> Result<Self, ModelError> {
        self.check_sizes()?;
        self.check_input()?;
        self.check_head()?;
        self.check_masks()?;
        Ok(self)
    }

    /// Which pairs of tokens may attend, or none if all may.
    ///
    /// # Errors
    /// [`ModelError::Arch`] if the masks and causality together leave a token nothing to see.
    pub fn head_masks(&self) -> Result<Option<HeadMasks>, ModelError> {
        if self.masks.per_head.is_empty() && !self.causal {
            return Ok(None);
        }
        let mask_of = |head| self.masks.per_head.get(head).copied().flatten();
        let squares = (0..self.heads)
            .map(|head| mask_of(head).map(|index| self.masks.list[index].allowed.clone()));
        let masks = HeadMasks::new(self.max_tokens, squares.collect(), self.causal);
        masks.map(Some).map_err(|problem| ModelError::Arch(problem.to_string()))
    }

    fn check_sizes(&self) -> Result<(), ModelError> {
        sized("width", self.width)?;
        require((1..=MOST_LAYERS).contains(&self.layers), || {
            format!("layers is {}; it must be 1 to {MOST_LAYERS}", self.layers)
        })?;
        sized("heads", self.heads)?;
        sized("ffn", self.ffn)?;
        sized("max_tokens", self.max_tokens)?;
        require(self.width.is_multiple_of(self.heads), || {
            format!("width {} is not a multiple of heads {}", self.width, self.heads)
        })?;
        require(self.norm_eps.is_finite() && self.norm_eps > 0.0, || {
            format!("norm_eps is {}; it must be a small positive number", self.norm_eps)
        })
    }

    fn check_input(&self) -> Result<(), ModelError> {
        match self.input {
            Input::Text { vocab, segments } => {
                sized("input.text.vocab", vocab)?;
                sized("input.text.segments", segments)
            }
            Input::Channel { magnitudes, syndromes } => {
                sized("input.channel.magnitudes", magnitudes)?;
                self.tokens_fixed("magnitudes + syndromes", magnitudes.saturating_add(syndromes))
            }
            Input::Patches { patches, pixels } => {
                sized("input.patches.pixels", pixels)?;
                self.tokens_fixed("patches + 1", patches.saturating_add(1))
            }
        }
    }

    fn tokens_fixed(&self, what: &str, tokens: usize) -> Result<(), ModelError> {
        require(tokens == self.max_tokens, || {
            format!("max_tokens is {} but {what} is {tokens}; make them equal", self.max_tokens)
        })
    }

    fn check_head(&self) -> Result<(), ModelError> {
        match self.head {
            Head::Pooled { classes } => sized("head.pooled.classes", classes)?,
            Head::PerToken { count } => require(count > 0 && count <= self.max_tokens, || {
                format!("head.per_token.count is {count}; it must be 1 to {}", self.max_tokens)
            })?,
            Head::MaskedWords => require(matches!(self.input, Input::Text { .. }), || {
                "head masked_words needs a text input".to_owned()
            })?,
        }
        let pooled = matches!(self.head, Head::Pooled { .. });
        require(pooled || !self.pooler, || "pooler is set but the head is not pooled".to_owned())
    }

    fn check_masks(&self) -> Result<(), ModelError> {
        let Masks { per_head, list } = &self.masks;
        require(per_head.is_empty() || per_head.len() == self.heads, || {
            format!("masks.per_head has {} entries for {} heads", per_head.len(), self.heads)
        })?;
        for index in per_head.iter().flatten() {
            require(*index < list.len(), || {
                format!("masks.per_head names mask {index} but masks.list has {}", list.len())
            })?;
        }
        list.iter().enumerate().try_for_each(|(index, mask)| self.check_mask(index, mask))
    }

    fn check_mask(&self, index: usize, mask: &SquareMask) -> Result<(), ModelError> {
        let SquareMask { tokens, allowed } = mask;
        require(*tokens == self.max_tokens && allowed.len() == tokens * tokens, || {
            format!(
                "masks.list[{index}] is {tokens} wide with {} entries; it must have side {}",
                allowed.len(),
                self.max_tokens
            )
        })?;
        let blind = allowed.chunks_exact(*tokens).position(|row| !row.contains(&true));
        require(blind.is_none(), || {
            format!("masks.list[{index}] lets token {} see nothing", blind.unwrap_or(0))
        })
    }
}

fn sized(field: &str, value: usize) -> Result<(), ModelError> {
    require((1..=CAP).contains(&value), || format!("{field} is {value}; it must be 1 to {CAP}"))
}

fn require(holds: bool, sentence: impl FnOnce() -> String) -> Result<(), ModelError> {
    if holds { Ok(()) } else { Err(ModelError::Arch(sentence())) }
}
