//! Names of what an inference does.

/// What an inference spends its time on, in order of computation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Operator {
    /// Input to residual stream.
    Embed,
    /// Norm after the embedding.
    EmbedNorm,
    /// Room for codes set to zero.
    Clear,
    /// Residual stream to codes, for query, key and value.
    AttentionInput,
    /// Codes made left operands of all products of the layer.
    Pack,
    /// Product and codes.
    Query,
    /// Product and codes.
    Key,
    /// Product and codes.
    Value,
    /// Keys and values laid out as right operands.
    Gather,
    /// Product of queries and keys.
    Scores,
    /// Scores to attention codes: mask, exponents, sum, thresholds.
    Attention,
    /// Product of attention codes and values, and its codes.
    Context,
    /// Product, added into the residual stream.
    Output,
    /// Norm of the attention half.
    AttentionNorm,
    /// Residual stream to codes, for the feed-forward half.
    FfnInput,
    /// Product and codes.
    Up,
    /// Product, added into the residual stream.
    Down,
    /// Norm of the feed-forward half.
    FfnNorm,
    /// Residual stream to logits.
    Head,
}

impl Operator {
    /// All of them, in order of computation.
    pub const ALL: [Self; 19] = [
        Self::Embed,
        Self::EmbedNorm,
        Self::Clear,
        Self::AttentionInput,
        Self::Pack,
        Self::Query,
        Self::Key,
        Self::Value,
        Self::Gather,
        Self::Scores,
        Self::Attention,
        Self::Context,
        Self::Output,
        Self::AttentionNorm,
        Self::FfnInput,
        Self::Up,
        Self::Down,
        Self::FfnNorm,
        Self::Head,
    ];

    /// A short name for tables and JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Embed => "embed",
            Self::EmbedNorm => "embed norm",
            Self::Clear => "clear",
            Self::Pack => "pack",
            Self::AttentionInput => "attention input",
            Self::Query => "query",
            Self::Key => "key",
            Self::Value => "value",
            Self::Gather => "gather",
            Self::Scores => "scores",
            Self::Attention => "attention codes",
            Self::Context => "context",
            Self::Output => "output",
            Self::AttentionNorm => "attention norm",
            Self::FfnInput => "ffn input",
            Self::Up => "up",
            Self::Down => "down",
            Self::FfnNorm => "ffn norm",
            Self::Head => "head",
        }
    }

    /// Whether it is a product of bits or a part of one; what is fused into its last step counts.
    #[must_use]
    pub fn is_product(self) -> bool {
        matches!(
            self,
            Self::Pack
                | Self::Query
                | Self::Key
                | Self::Value
                | Self::Scores
                | Self::Context
                | Self::Output
                | Self::Up
                | Self::Down
        )
    }
}
