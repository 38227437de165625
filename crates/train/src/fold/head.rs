//! The head: eight-bit weights, one step for all of them.

/// Integers of a head.
#[derive(Debug, Clone, PartialEq)]
pub struct FoldedHead {
    /// `[outputs, D]`, row-major.
    pub weights: Vec<i8>,
    /// One an output.
    pub bias: Vec<i32>,
    /// Real value of a logit of 1, as `scale.0 * 2^scale.1`.
    pub scale: (u32, i32),
}

/// Largest magnitude of a residual.
const RESIDUAL: f64 = 32768.0;
const WEIGHT_MAX: f64 = 127.0;
const LOGIT_MAX: f64 = i32::MAX as f64;

/// A head `[outputs, width]` on a residual stream with `point` fractional bits.
///
/// The step is the smallest at which every weight fits 8 bits and no residual can overflow a logit's
/// 32 bits, whatever its channels hold.
#[must_use]
pub fn fold_head(weights: &[f32], bias: &[f32], width: usize, point: u8) -> FoldedHead {
    let residual = 2f64.powi(-i32::from(point));
    let step = head_step(weights, bias, width, residual);
    let rounded = |value: f32, unit: f64| (f64::from(value) / unit).round();
    FoldedHead {
        weights: weights.iter().map(|&w| rounded(w, step) as i8).collect(),
        bias: bias.iter().map(|&b| rounded(b, step * residual) as i32).collect(),
        scale: mantissa_exponent(step * residual),
    }
}

fn head_step(weights: &[f32], bias: &[f32], width: usize, residual: f64) -> f64 {
    let largest = weights.iter().fold(0.0, |max: f64, w| max.max(f64::from(w.abs())));
    let row_step = |(row, &bias): (&[f32], &f32)| {
        let sum: f64 = row.iter().map(|&w| f64::from(w.abs())).sum();
        // Rounding adds at most one half to each weight and to the bias.
        let room = LOGIT_MAX - RESIDUAL * (width as f64 / 2.0) - 1.0;
        (sum * RESIDUAL + f64::from(bias.abs()) / residual) / room
    };
    let overflow = weights.chunks_exact(width).zip(bias).map(row_step).fold(0.0, f64::max);
    let step = overflow.max(largest / WEIGHT_MAX);
    if step > 0.0 { step } else { 1.0 }
}

/// `value` as a 32-bit mantissa without trailing zeros and a power of two; 24 bits are kept.
fn mantissa_exponent(value: f64) -> (u32, i32) {
    let exponent = value.log2().floor() as i32 - 23;
    let mantissa = (value / 2f64.powi(exponent)).round() as u32;
    let zeros = mantissa.trailing_zeros();
    (mantissa >> zeros, exponent + zeros as i32)
}

#[cfg(test)]
mod tests {
    use rand::{Rng, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    use super::*;

    fn real(scale: (u32, i32)) -> f64 {
        f64::from(scale.0) * 2f64.powi(scale.1)
    }

    #[test]
    fn logits_follow_the_float_head() {
        let mut rng = ChaCha8Rng::seed_from_u64(10);
        for (width, point) in [(16, 10), (128, 11), (768, 9), (1024, 12)] {
            let weights: Vec<f32> = (0..2 * width).map(|_| rng.random_range(-0.2..0.2)).collect();
            let bias = [0.3f32, -0.1];
            let head = fold_head(&weights, &bias, width, point);
            let x: Vec<i64> = (0..width).map(|_| rng.random_range(-4000..4000)).collect();
            for output in 0..2 {
                let row = &weights[output * width..][..width];
                let codes = &head.weights[output * width..][..width];
                let value = |x: i64| x as f64 / 2f64.powi(point.into());
                let want: f64 = row.iter().zip(&x).map(|(&w, &x)| f64::from(w) * value(x)).sum();
                let want = want + f64::from(bias[output]);
                let sum: i64 = codes.iter().zip(&x).map(|(&w, &x)| i64::from(w) * x).sum();
                let got = (sum + i64::from(head.bias[output])) as f64 * real(head.scale);
                let power: f64 = x.iter().map(|&x| value(x).powi(2)).sum();
                let bound = 0.2 / 60.0 * power.sqrt() + 1e-3;
                assert!(
                    (got - want).abs() < bound,
                    "width {width}: {got} for {want} within {bound}"
                );
            }
        }
    }

    #[test]
    fn no_residual_overflows_a_logit() {
        for (width, bias) in [(8, 1e6f32), (768, 0.0), (4096, -30.0)] {
            let weights = vec![-0.7f32; width];
            let head = fold_head(&weights, &[bias], width, 8);
            let sum: i64 = head.weights.iter().map(|&w| i64::from(w).abs() * 32768).sum();
            let most = sum + i64::from(head.bias[0]).abs();
            assert!(most <= i64::from(i32::MAX), "width {width}: {most}");
            assert!(head.weights.iter().all(|&w| w >= -127));
        }
    }

    #[test]
    fn an_empty_head_is_zero() {
        let head = fold_head(&[0.0; 4], &[0.0], 4, 10);
        assert!(head.weights.iter().all(|&w| w == 0) && head.bias == [0]);
    }

    #[test]
    fn mantissa_and_exponent_hold_the_value() {
        for value in [1.0, 0.75, 1e-9, 3.2e5, 0.1] {
            let found = real(mantissa_exponent(value));
            assert!((found - value).abs() <= value * 1e-7, "{found} for {value}");
        }
    }
}
