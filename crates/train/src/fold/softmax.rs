//! The attention's softmax: exponent table and threshold.

/// Entry of the row's largest score: the exponential 1.
pub const EXPONENT_ONE: u16 = 65535;

/// The integer scores of a head.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ScoreGrid {
    /// Real value of one step of score: query scale times key scale over `sqrt(d)`.
    pub scale: f64,
    /// Largest difference of two scores.
    pub spread: i64,
    /// Differences are multiples of `2^step_log2`: 1 where query and key have one bit, else 0.
    pub step_log2: u8,
}

/// An exponent table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exponents {
    /// Falling entries, the first 65535.
    pub table: Vec<u16>,
    /// An entry covers `2^shift` steps of score.
    pub shift: u8,
}

/// The table of `65535 * exp(-scale * difference)` for attention codes of `bits` bits.
///
/// It has the finest step that needs at most 256 entries (1024 for 4-bit, 4096 for 8-bit codes), and ends
/// at the first entry that rounds to 0 or at the largest difference. With one-bit query and key, and wherever the
/// shift equals the grid's step, each entry belongs to one difference and is exact but for its own rounding;
/// otherwise it stands for the middle of the differences it covers (the first for difference 0, the row's largest
/// score itself).
#[must_use]
pub fn fold_exponents(grid: ScoreGrid, bits: u8) -> Exponents {
    let most = (64i64 << bits).clamp(256, 4096);
    let mut shift = grid.step_log2;
    loop {
        if let Some(entries) = entries(grid, shift, most) {
            let table = (0..entries).map(|index| entry(grid, shift, index)).collect();
            return Exponents { table, shift };
        }
        shift += 1;
    }
}

/// Entries that a table of this step needs, if they are at most `most`.
fn entries(grid: ScoreGrid, shift: u8, most: i64) -> Option<i64> {
    let all = (grid.spread >> shift) + 1;
    let first_zero = (0..all.min(most)).find(|&index| entry(grid, shift, index) == 0);
    first_zero.map(|index| index + 1).or((all <= most).then_some(all))
}

fn entry(grid: ScoreGrid, shift: u8, index: i64) -> u16 {
    let width = 1i64 << shift;
    let middle = (width - (1i64 << grid.step_log2)) as f64 / 2.0;
    let difference = (index * width) as f64 + if index == 0 { 0.0 } else { middle };
    (f64::from(EXPONENT_ONE) * (-grid.scale * difference).exp()).round() as u16
}

/// `scale / 2` of the attention quantizer as `mul / 2^shift`, the nearest with `mul <= 255`; in lowest terms.
///
/// The relative error is at most 1/256.
#[must_use]
pub fn fold_tau(scale: f64) -> (u8, u8) {
    let tau = scale / 2.0;
    let scaled = |shift: u8| (tau * (1u64 << shift) as f64).round();
    let shift = (0..=31u8).rev().find(|&shift| scaled(shift) <= 255.0).unwrap_or(0);
    let (mut mul, mut shift) = (scaled(shift).clamp(1.0, 255.0) as u8, shift);
    while mul % 2 == 0 && shift > 0 {
        (mul, shift) = (mul / 2, shift - 1);
    }
    (mul, shift)
}

#[cfg(test)]
mod tests {
    use rand::{Rng, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    use super::*;

    fn one_bit(scale: f64, width: i64) -> ScoreGrid {
        ScoreGrid { scale, spread: 2 * width, step_log2: 1 }
    }

    fn look_up(exponents: &Exponents, difference: i64) -> f64 {
        let index = (difference >> exponents.shift) as usize;
        f64::from(exponents.table[index.min(exponents.table.len() - 1)])
    }

    #[test]
    fn one_bit_entries_are_exact_but_for_rounding() {
        for (scale, width) in [(0.05, 32), (0.4, 64), (3.0, 16), (0.001, 128)] {
            let exponents = fold_exponents(one_bit(scale, width), 1);
            assert_eq!(exponents.shift, 1);
            for difference in (0..=2 * width).step_by(2) {
                let want = f64::from(EXPONENT_ONE) * (-scale * difference as f64).exp();
                let got = look_up(&exponents, difference);
                assert!(
                    (got - want).abs() <= 0.5 + 1e-9,
                    "scale {scale} at {difference}: {got} for {want}"
                );
            }
        }
    }

    #[test]
    fn wide_grids_stay_small_and_end_in_nothing() {
        let mut rng = ChaCha8Rng::seed_from_u64(6);
        for case in 0..300 {
            let scale = 10f64.powf(rng.random_range(-6.0..1.0));
            let spread = rng.random_range(1..2_000_000);
            let grid = ScoreGrid { scale, spread, step_log2: 0 };
            let (bits, most) = [(1, 256), (2, 256), (4, 1024), (8, 4096)][case % 4];
            let Exponents { table, shift } = fold_exponents(grid, bits);
            assert!(table.len() <= most && table[0] == 65535);
            assert!(table.windows(2).all(|pair| pair[0] >= pair[1]));
            let covered = ((table.len() as i64) << shift) > spread;
            assert!(covered || table[table.len() - 1] == 0, "{grid:?}: {} entries", table.len());
        }
    }

    #[test]
    fn wide_grids_err_by_half_an_entry() {
        let mut rng = ChaCha8Rng::seed_from_u64(7);
        for _ in 0..100 {
            let scale = 10f64.powf(rng.random_range(-4.0..-1.0));
            let grid = ScoreGrid { scale, spread: 100_000, step_log2: 0 };
            let exponents = fold_exponents(grid, 4);
            let step = scale * (1i64 << exponents.shift) as f64;
            assert!(step < 0.1, "steps of {step} in the exponent");
            for difference in (1i64 << exponents.shift)..2000 {
                let want = f64::from(EXPONENT_ONE) * (-scale * difference as f64).exp();
                let got = look_up(&exponents, difference);
                assert!(
                    (got - want).abs() <= want * (step / 2.0).exp_m1() + 0.6,
                    "{grid:?} at {difference}"
                );
            }
        }
    }

    #[test]
    fn tau_is_the_best_of_all_fractions() {
        let mut rng = ChaCha8Rng::seed_from_u64(8);
        for _ in 0..500 {
            let scale = 10f64.powf(rng.random_range(-4.9..0.3));
            let (mul, shift) = fold_tau(scale);
            let value = |mul: u32, shift: u32| f64::from(mul) / 2f64.powi(shift as i32);
            let error = (value(mul.into(), shift.into()) - scale / 2.0).abs();
            assert!(error <= scale / 2.0 / 256.0 + 1e-12, "{scale}: {mul} / 2^{shift}");
            let all = (0..=31).flat_map(|shift| (1..=255).map(move |mul| (mul, shift)));
            let best = all.map(|(m, s)| (value(m, s) - scale / 2.0).abs()).fold(f64::MAX, f64::min);
            assert!(error <= best * (1.0 + 1e-9), "{scale}: {mul} / 2^{shift} is not the nearest");
        }
    }

    #[test]
    fn tau_outside_its_range_saturates() {
        assert_eq!(fold_tau(1e9), (255, 0));
        assert_eq!(fold_tau(1e-12), (1, 31));
        assert_eq!(fold_tau(1.0), (1, 1));
    }
}
