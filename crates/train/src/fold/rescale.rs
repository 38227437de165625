//! Quantizers of more than one bit, and projections: a multiplier, an addend and a shift.

use noctule_program::parts::Rescale;

use super::Affine;

/// Where a projection's addend to the residual stream matters: outside, any residual saturates.
pub const RESIDUAL_TARGET: (i64, i64) = (-(1 << 16), 1 << 16);

/// Largest magnitude of an addend, exclusive.
const ADD_LIMIT: f64 = (1u64 << 47) as f64;
const MUL_MAX: f64 = 65535.0;
const SHIFT_MAX: u8 = 47;

/// Integers of `round(line.at(n))` for each channel's line, `n` in `-reach ..= reach`, where only
/// results in `target` matter (outside, they saturate).
///
/// The shift is the largest that the multipliers' 16 bits and the addends' 47 allow, so the largest
/// multiplier uses 16 bits. See [`rescale_error`] for what is rounded.
#[must_use]
pub fn fold_rescale(lines: &[Affine], target: (i64, i64), reach: i32) -> Rescale {
    let lines: Vec<Affine> = lines.iter().map(|&line| tame(line, target, reach)).collect();
    let shift = (0..=SHIFT_MAX).rev().find(|&shift| fits(&lines, shift)).unwrap_or(0);
    let scaled = |value: f64| (value * unit(shift)).round();
    Rescale {
        mul: lines.iter().map(|line| scaled(line.gain) as u16).collect(),
        add: lines.iter().map(|line| scaled(line.offset) as i64).collect(),
        shift,
    }
}

/// How far the integer form's value before rounding may lie from `line.at(n)`: the two results can
/// differ (by one) only where `line.at(n)` is closer than this to a half-integer.
#[must_use]
pub fn rescale_error(n: i64, shift: u8) -> f64 {
    (n.unsigned_abs() as f64 + 1.0) / 2.0 / unit(shift)
}

fn unit(shift: u8) -> f64 {
    (1u64 << shift) as f64
}

fn fits(lines: &[Affine], shift: u8) -> bool {
    lines.iter().all(|line| {
        (line.gain * unit(shift)).round() <= MUL_MAX
            && (line.offset * unit(shift)).round().abs() < ADD_LIMIT
    })
}

/// The same results from a gain and an offset of bounded size.
///
/// An offset beyond everything reachable saturates, as a smaller one does. A gain so steep that one
/// step of the integer crosses the whole target is as good as any other such gain, if the line
/// keeps its value at the integer nearest the target's middle.
fn tame(line: Affine, target: (i64, i64), reach: i32) -> Affine {
    let (lo, hi) = (target.0 as f64 - 1.0, target.1 as f64 + 1.0);
    let steep = (2.0 * (hi - lo)).min(MUL_MAX);
    let line = if line.gain > steep { anchored(line, steep, lo, hi) } else { line };
    let travel = line.gain * f64::from(reach);
    Affine { offset: line.offset.clamp(lo - travel, hi + travel), ..line }
}

fn anchored(line: Affine, gain: f64, lo: f64, hi: f64) -> Affine {
    let nearest = (((lo + hi) / 2.0 - line.offset) / line.gain).round();
    let value = (line.gain * nearest + line.offset).clamp(lo, hi);
    Affine { gain, offset: value - gain * nearest }
}

#[cfg(test)]
mod tests {
    use noctule_program::parts::Codes;
    use rand::{Rng, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    use super::*;

    fn float_code(v: f64, (lo, hi): (i64, i64)) -> i64 {
        ((v + 0.5).floor() as i64).clamp(lo, hi)
    }

    fn integer_code(fold: &Rescale, channel: usize, n: i64, (lo, hi): (i64, i64)) -> i64 {
        fold.apply(channel, n as i32).clamp(lo, hi)
    }

    fn targets() -> impl Iterator<Item = (i64, i64)> {
        let widths = [2, 4, 8].into_iter();
        widths.flat_map(|bits| [true, false].map(|signed| range(Codes { bits, signed })))
    }

    fn range(codes: Codes) -> (i64, i64) {
        (codes.least().into(), codes.largest().into())
    }

    fn differences(lines: &[Affine], target: (i64, i64), reach: i32) -> (usize, usize) {
        let fold = fold_rescale(lines, target, reach);
        let (mut differ, mut all) = (0, 0);
        for (channel, line) in lines.iter().enumerate() {
            for n in -i64::from(reach)..=i64::from(reach) {
                let v = line.at(n);
                let (want, got) = (float_code(v, target), integer_code(&fold, channel, n, target));
                all += 1;
                if want != got {
                    differ += 1;
                    let tie = ((v + 0.5) - (v + 0.5).round()).abs();
                    let bound = rescale_error(n, fold.shift) + 1e-9;
                    assert!((want - got).abs() == 1, "{line:?} at {n}: {got} for {want}");
                    assert!(tie <= bound, "{line:?} at {n}: {got} for {want}, {tie} from a tie");
                }
            }
        }
        (differ, all)
    }

    #[test]
    fn differs_from_the_float_rule_at_ties_only() {
        let mut rng = ChaCha8Rng::seed_from_u64(2);
        let (mut differ, mut all) = (0, 0);
        for target in targets() {
            for _ in 0..30 {
                let base = 10f64.powf(rng.random_range(-2.5..1.0));
                let line = |rng: &mut ChaCha8Rng| Affine {
                    gain: base * rng.random_range(0.2..1.0),
                    offset: rng.random_range(-60.0..60.0),
                };
                let lines: Vec<Affine> = (0..8).map(|_| line(&mut rng)).collect();
                let (few, many) = differences(&lines, target, 800);
                (differ, all) = (differ + few, all + many);
            }
        }
        println!("multi-bit fold: {differ} of {all} codes differ");
        assert!(differ * 200 < all, "{differ} of {all} codes differ");
    }

    #[test]
    fn the_largest_multiplier_uses_sixteen_bits() {
        for gain in [1e-5, 0.003, 0.9, 1.0, 7.3, 400.0] {
            let fold = fold_rescale(&[Affine { gain, offset: 1.0 }], (0, 255), 1000);
            assert!(fold.mul[0] >= 1 << 15, "gain {gain}: {fold:?}");
        }
    }

    #[test]
    fn steep_lines_are_exact() {
        let mut rng = ChaCha8Rng::seed_from_u64(3);
        for target in targets() {
            for _ in 0..200 {
                let gain = 10f64.powf(rng.random_range(2.8..9.0));
                let line = Affine { gain, offset: rng.random_range(-90.0..90.0) * gain };
                let near = Affine { offset: rng.random_range(-200.0..200.0), ..line };
                let (differ, _) = differences(&[line, near], target, 100);
                assert!(differ <= 2, "{differ} differences for {line:?}");
            }
        }
    }

    #[test]
    fn offsets_out_of_reach_saturate() {
        for offset in [1e30, -1e30] {
            let lines = [Affine { gain: 0.01, offset }, Affine { gain: 0.0, offset }];
            assert_eq!(differences(&lines, (-8, 7), 5000).0, 0);
        }
    }

    #[test]
    fn projections_round_to_the_nearest_unit() {
        let mut rng = ChaCha8Rng::seed_from_u64(4);
        for _ in 0..50 {
            let line =
                Affine { gain: rng.random_range(0.01..40.0), offset: rng.random_range(-3e3..3e3) };
            let fold = fold_rescale(&[line], RESIDUAL_TARGET, 3000);
            for n in -1500..1500 {
                let got = integer_code(&fold, 0, n, RESIDUAL_TARGET) as f64;
                let bound = 0.5 + rescale_error(n, fold.shift) + 1e-9;
                assert!((got - line.at(n)).abs() <= bound, "{line:?} at {n}: {got}");
            }
        }
    }
}
