//! Names of the values between the operations.

/// A place in a program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Tap {
    /// The layer, counted from 0; none before the first and after the last.
    pub layer: Option<usize>,
    /// Which of its values.
    pub site: Site,
}

/// A value between two operations. Shapes: `t` tokens, `D`, `H`, `d`, `F` as in [`crate::parts`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Site {
    /// Residual stream before the embedding's norm, `[t, D]`.
    EmbedSum,
    /// Residual stream after the embedding's norm, or the same again if it has none, `[t, D]`.
    Embed,
    /// Codes of the attention half's input, `[t, D]`.
    AttentionInput,
    /// Query codes, `[t, H d]`.
    Query,
    /// Key codes, `[t, H d]`.
    Key,
    /// Value codes, `[t, H d]`.
    Value,
    /// Scores, `[H, t, t]`, those not allowed too.
    Scores,
    /// Attention codes, `[H, t, t]`, 0 where not allowed.
    Attention,
    /// Sums of values, `[t, H d]`.
    ContextSum,
    /// Context codes, `[t, H d]`.
    Context,
    /// Residual stream after the attention half's sum, `[t, D]`.
    AttentionSum,
    /// Residual stream after the attention half's norm, `[t, D]`.
    AttentionNorm,
    /// Codes of the feed-forward half's input, `[t, D]`.
    FfnInput,
    /// Codes of the feed-forward half's hidden channels, `[t, F]`.
    FfnHidden,
    /// Residual stream after the feed-forward half's sum, `[t, D]`.
    FfnSum,
    /// Residual stream after the feed-forward half's norm, `[t, D]`.
    FfnNorm,
    /// Logits, `[tokens of the head, outputs]`.
    Logits,
}
