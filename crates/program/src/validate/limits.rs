//! The largest of everything. Accumulators have no limit here: they are proven from the shapes.

/// Tokens of an input.
pub const TOKENS: usize = 4096;
/// Channels of the residual stream.
pub const WIDTH: usize = 4096;
/// Heads of a layer.
pub const HEADS: usize = 256;
/// Channels of a head.
pub const HEAD_WIDTH: usize = 1024;
/// Hidden channels of a feed-forward half.
pub const FFN: usize = 16384;
/// Layers.
pub const LAYERS: usize = 256;
/// Rows of the word-piece table, and outputs of the head.
pub const VOCABULARY: usize = 1 << 20;
/// Rows of the segment table.
pub const SEGMENTS: usize = 256;
/// Pixels of a patch.
pub const PIXELS: usize = 1 << 16;
/// Static masks.
pub const MASKS: usize = 64;
/// Entries of an exponent table.
pub const EXPONENTS: usize = 4096;
/// Extras.
pub const EXTRAS: usize = 256;
/// Bytes of an extra's name.
pub const EXTRA_NAME: usize = 255;
/// Bytes of an extra.
pub const EXTRA: usize = 1 << 28;
/// Binary point of the residual stream.
pub const POINT: i64 = 31;
/// Shift of a rescale.
pub const RESCALE_SHIFT: i64 = 47;
/// Magnitude of a rescale's addend.
pub const RESCALE_ADD: i64 = (1 << 47) - 1;
/// Shift of a norm.
pub const NORM_SHIFT: i64 = 30;
/// Magnitude of a norm's bias.
pub const NORM_BIAS: i64 = 1 << 30;
/// Shift of a table.
pub const TABLE_SHIFT: i64 = 31;
/// Ratio of a second plane.
pub const RATIO: i64 = 7;
/// Shift of a score's steps and of the threshold `tau`.
pub const SOFTMAX_SHIFT: i64 = 31;
/// Magnitude of the exponent of a logit's scale.
pub const SCALE_EXPONENT: i64 = 255;
/// Magnitude of a residual.
pub const RESIDUAL: u64 = 1 << 15;
