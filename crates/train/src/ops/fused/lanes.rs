//! Sums and functions over rows in a fixed order that the compiler turns into vector code.

const LANES: usize = 16;

/// Sum over a row of what `f` makes of each index's value in `a` and `b`.
#[inline(always)]
pub(super) fn sum2(a: &[f32], b: &[f32], f: impl Fn(f32, f32) -> f32) -> f32 {
    let b = &b[..a.len()];
    let mut lanes = [0.0f32; LANES];
    let whole = a.len() / LANES * LANES;
    for (a, b) in a[..whole].chunks_exact(LANES).zip(b[..whole].chunks_exact(LANES)) {
        for lane in 0..LANES {
            lanes[lane] += f(a[lane], b[lane]);
        }
    }
    let mut rest = 0.0;
    for index in whole..a.len() {
        rest += f(a[index], b[index]);
    }
    fold(
        lanes,
        #[inline(always)]
        |x, y| x + y,
    ) + rest
}

/// `out[i] = f(out[i], a[i])`.
#[inline(always)]
pub(super) fn update(out: &mut [f32], a: &[f32], f: impl Fn(f32, f32) -> f32) {
    for (out, &a) in out.iter_mut().zip(a) {
        *out = f(*out, a);
    }
}

/// `out[i] = f(out[i])`.
#[inline(always)]
pub(super) fn each(out: &mut [f32], f: impl Fn(f32) -> f32) {
    for out in out {
        *out = f(*out);
    }
}

/// Sum over a row of `f` of each value.
#[inline(always)]
pub(super) fn sum(a: &[f32], f: impl Fn(f32) -> f32) -> f32 {
    sum2(
        a,
        a,
        #[inline(always)]
        |value, _| f(value),
    )
}

/// Largest value of a row, minus infinity of none.
#[inline(always)]
pub(super) fn max(a: &[f32]) -> f32 {
    let mut lanes = [f32::NEG_INFINITY; LANES];
    let whole = a.len() / LANES * LANES;
    for chunk in a[..whole].chunks_exact(LANES) {
        for (lane, &value) in lanes.iter_mut().zip(chunk) {
            *lane = if value > *lane { value } else { *lane };
        }
    }
    let mut rest = f32::NEG_INFINITY;
    for &value in &a[whole..] {
        rest = rest.max(value);
    }
    let largest = fold(
        lanes,
        #[inline(always)]
        |x, y| if x > y { x } else { y },
    );
    largest.max(rest)
}

#[inline(always)]
fn fold(lanes: [f32; LANES], f: impl Fn(f32, f32) -> f32) -> f32 {
    let mut width = LANES / 2;
    let mut lanes = lanes;
    while width > 0 {
        for lane in 0..width {
            lanes[lane] = f(lanes[lane], lanes[lane + width]);
        }
        width /= 2;
    }
    lanes[0]
}

/// Exponential, relative error below 2e-7 where the result is a normal number; 0 below -87.
///
/// Range reduction by powers of two, then the Taylor polynomial to degree 7 on
/// `[-ln 2 / 2, ln 2 / 2]`.
#[inline(always)]
pub(super) fn exp(x: f32) -> f32 {
    const MAGIC: f32 = 12_582_912.0;
    let clamped = if x < -87.0 { -87.0 } else { x };
    let clamped = if clamped > 88.0 { 88.0 } else { clamped };
    let shifted = clamped.mul_add(std::f32::consts::LOG2_E, MAGIC);
    let whole = shifted - MAGIC;
    let rest = whole.mul_add(-355.0 / 512.0, clamped);
    let rest = whole.mul_add(2.121_944_4e-4, rest);
    let mut sum = 1.0 / 5040.0;
    for coefficient in [1.0 / 720.0, 1.0 / 120.0, 1.0 / 24.0, 1.0 / 6.0, 0.5, 1.0, 1.0] {
        sum = rest.mul_add(sum, coefficient);
    }
    let exponent = shifted.to_bits().wrapping_sub(MAGIC.to_bits()).wrapping_add(127) << 23;
    let value = sum * f32::from_bits(exponent);
    if x < -87.0 { 0.0 } else { value }
}

/// Normal distribution function, absolute error below 2e-7, and its density.
///
/// Abramowitz and Stegun, formula 7.1.26.
#[inline(always)]
pub(super) fn normal(x: f32) -> (f32, f32) {
    let size = x.abs() * std::f32::consts::FRAC_1_SQRT_2;
    let t = 1.0 / size.mul_add(0.327_591_1, 1.0);
    let mut tail = 1.061_405_4_f32;
    for coefficient in [-1.453_152_1, 1.421_413_8, -0.284_496_74, 0.254_829_6] {
        tail = tail.mul_add(t, coefficient);
    }
    let bell = exp(-size * size);
    let half = 0.5 * tail * t * bell;
    let below = if x < 0.0 { half } else { 1.0 - half };
    (below, bell * 0.398_942_3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exponential_is_close_everywhere() {
        for step in -8600..8600 {
            let x = step as f32 * 0.01;
            let expected = f64::from(x).exp();
            let error = (f64::from(exp(x)) - expected).abs() / expected;
            assert!(error < 3e-7, "exp({x}) is off by {error}");
        }
        assert_eq!(exp(f32::NEG_INFINITY), 0.0);
        assert_eq!(exp(0.0), 1.0);
    }

    #[test]
    fn normal_distribution_at_known_points() {
        for (x, expected) in [(0.0, 0.5), (1.0, 0.841_344_8), (-2.0, 0.022_750_13)] {
            assert!((normal(x).0 - expected).abs() < 3e-7);
        }
    }

    #[test]
    fn sums_and_maxima_of_odd_lengths() {
        for length in [0usize, 1, 15, 16, 17, 33] {
            let row: Vec<f32> = (0..length).map(|i| i as f32).collect();
            assert_eq!(sum(&row, |x| x), (length * length.saturating_sub(1) / 2) as f32);
            let largest = row.last().copied().unwrap_or(f32::NEG_INFINITY);
            assert_eq!(max(&row), largest);
        }
    }
}
