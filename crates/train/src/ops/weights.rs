//! Weight quantization on host slices: the one definition that training, fused and lowering share.

use super::quantizer::round_half_up;

/// Share of the mean magnitude above which a ternary weight is not zero (TWN, Li et al. 2016).
pub(super) const TERNARY_THRESHOLD: f32 = 0.7;

/// Log-ratio past which the second branch of a split matrix is dropped.
pub const DROP_LOG_RATIO: f32 = 3.5;

/// `sgn` with `sgn(0) = +1`.
#[inline(always)]
pub fn sign(value: f32) -> f32 {
    if value >= 0.0 { 1.0 } else { -1.0 }
}

/// Mean of a row, summed in double precision.
pub fn row_mean(row: &[f32]) -> f32 {
    lane_mean(row, f64::from)
}

/// Mean magnitude of a row around `mean`.
pub fn row_spread(row: &[f32], mean: f32) -> f32 {
    lane_mean(row, |value| f64::from((value - mean).abs()))
}

/// A fixed order of eight running sums, which the compiler can vectorise.
fn lane_mean(row: &[f32], map: impl Fn(f32) -> f64) -> f32 {
    let mut lanes = [0.0f64; 8];
    let chunks = row.chunks_exact(8);
    let rest: f64 = chunks.remainder().iter().map(|&value| map(value)).sum();
    for chunk in chunks {
        for (lane, &value) in lanes.iter_mut().zip(chunk) {
            *lane += map(value);
        }
    }
    ((lanes.iter().sum::<f64>() + rest) / row.len().max(1) as f64) as f32
}

/// `2^17 + 1`: splits the 24 bits of a float into 7 and the rest (Dekker 1971).
pub(super) const SPLITTER: f32 = 131_073.0;

/// `value` with 7 significant bits. Products of two such scales with sums of codes below `2^10` are
/// exact in single precision, and fit the 16 bits of a program's multiplier.
#[inline(always)]
pub fn short(value: f32) -> f32 {
    let spread = value * SPLITTER;
    spread - (spread - value)
}

/// `binary` form of one row: signs into `signs` (+1 or -1), the row's scale `m` returned.
pub fn binary_row(row: &[f32], signs: &mut [f32]) -> f32 {
    let mean = row_mean(row);
    for (out, &value) in signs.iter_mut().zip(row) {
        *out = sign(value - mean);
    }
    short(row_spread(row, mean))
}

/// `ternary` form of one row: `T` into `signs` (+1, 0 or -1), the row's scale `e` returned.
pub fn ternary_row(row: &[f32], signs: &mut [f32]) -> f32 {
    let mean = row_mean(row);
    let threshold = TERNARY_THRESHOLD * row_spread(row, mean);
    let (mut sum, mut count) = (0.0f64, 0usize);
    for (out, &value) in signs.iter_mut().zip(row) {
        let centred = value - mean;
        *out = if centred.abs() > threshold { sign(centred) } else { 0.0 };
        sum += f64::from((centred * *out).abs());
        count += usize::from(*out != 0.0);
    }
    (sum / count.max(1) as f64) as f32
}

/// `r = clamp(round(l), 0, 3)` of a split matrix.
pub fn split_exponent(log_ratio: f32) -> u32 {
    round_half_up(log_ratio).clamp(0.0, 3.0) as u32
}

/// `p = 2^r` of a split matrix.
pub fn split_ratio(log_ratio: f32) -> f32 {
    (1u32 << split_exponent(log_ratio)) as f32
}

/// A split matrix's parameters, row-major.
#[derive(Debug, Clone, PartialEq)]
pub struct SplitWeights {
    /// `U`, `[out, in]`.
    pub high: Vec<f32>,
    /// `V`, `[out, in]`.
    pub low: Vec<f32>,
    /// `k`, `[out]`.
    pub scale: Vec<f32>,
    /// `l`.
    pub log_ratio: f32,
}

/// Weighted ternary weight splitting of `[out, width]` latents: the same function, two planes.
pub fn split_from_ternary(weights: &[f32], width: usize) -> SplitWeights {
    let rows = weights.len() / width.max(1);
    let mut split = SplitWeights {
        high: Vec::with_capacity(weights.len()),
        low: Vec::with_capacity(weights.len()),
        scale: Vec::with_capacity(rows),
        log_ratio: 0.0,
    };
    let mut signs = vec![0.0; width];
    for row in weights.chunks_exact(width.max(1)) {
        split.scale.push(ternary_row(row, &mut signs) / 2.0);
        split_row(row, &signs, &mut split);
    }
    split
}

fn split_row(row: &[f32], signs: &[f32], split: &mut SplitWeights) {
    let mean = row_mean(row);
    let spread = row_spread(row, mean);
    for (&value, &sign) in row.iter().zip(signs) {
        let centred = value - mean;
        let (high, low) = match sign {
            0.0 => (centred.abs() + spread, -(centred.abs() + spread)),
            _ => (centred, centred),
        };
        split.high.push(high);
        split.low.push(low);
    }
}

/// The scale of the one plane that stays (signs of `U`) when the second branch is dropped.
pub fn dropped_scale(scale: f32, ratio: f32) -> f32 {
    2.0 * scale * ratio / (1.0 + ratio)
}
