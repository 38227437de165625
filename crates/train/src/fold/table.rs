//! Embedding tables: narrow codes with one multiplier a row.

use noctule_program::parts::{Codes, Table};
use rayon::prelude::*;

const MUL_MAX: f64 = 65535.0;
const SHIFT_MAX: u8 = 31;
/// Steps tried for a row of few bits, as shares of the step at which nothing is clamped.
const STEP_SHARES: i32 = 20;

/// A table `[rows, cols]` in integers of `unit` a real 1.0, codes of `bits` bits (1, 2, 4 or 8).
///
/// Each row has its own step: the mean magnitude at one bit, the largest over 127 at eight, else the
/// step of least squared error.
#[must_use]
pub fn fold_table(values: &[f32], cols: usize, bits: u8, unit: f64) -> Table {
    let rows: Vec<&[f32]> = values.chunks_exact(cols).collect();
    let steps: Vec<f64> = rows.par_iter().map(|row| row_step(row, bits)).collect();
    let largest = steps.iter().copied().fold(0.0, f64::max) * unit;
    let shift = shift_for(largest);
    let mul = |step: &f64| (step * unit * 2f64.powi(shift.into())).round().min(MUL_MAX) as u16;
    let codes = rows.par_iter().zip(&steps);
    let codes =
        codes.flat_map_iter(|(row, &step)| row.iter().map(move |&value| code(value, step, bits)));
    Table {
        rows: rows.len(),
        cols,
        bits,
        codes: codes.collect::<Vec<i8>>().into(),
        mul: steps.iter().map(mul).collect(),
        shift,
    }
}

fn shift_for(largest: f64) -> u8 {
    let fits = |&shift: &u8| (largest * 2f64.powi(shift.into())).round() <= MUL_MAX;
    (0..=SHIFT_MAX).rev().find(fits).unwrap_or(0)
}

fn row_step(row: &[f32], bits: u8) -> f64 {
    if bits == 1 {
        return row.iter().map(|value| f64::from(value.abs())).sum::<f64>() / row.len() as f64;
    }
    let hi = Codes { bits, signed: true }.largest();
    let largest = row.iter().fold(0.0, |max: f64, value| max.max(f64::from(value.abs())));
    let unclamped = largest / f64::from(hi);
    if bits == 8 {
        return unclamped; // 256 levels: clamping the largest value loses more than it gains
    }
    let shares =
        (1..=STEP_SHARES).map(|share| unclamped * f64::from(share) / f64::from(STEP_SHARES));
    shares
        .min_by(|&a, &b| squared_error(row, a, bits).total_cmp(&squared_error(row, b, bits)))
        .unwrap_or(0.0)
}

fn squared_error(row: &[f32], step: f64, bits: u8) -> f64 {
    let error = |&value: &f32| f64::from(code(value, step, bits)) * step - f64::from(value);
    row.iter().map(|value| error(value).powi(2)).sum()
}

fn code(value: f32, step: f64, bits: u8) -> i8 {
    if bits == 1 {
        return if value >= 0.0 { 1 } else { -1 };
    }
    if step == 0.0 {
        return 0;
    }
    let codes = Codes { bits, signed: true };
    codes.clamp((f64::from(value) / step).round() as i64) as i8
}

#[cfg(test)]
mod tests {
    use rand::{Rng, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    use super::*;

    fn random(rows: usize, cols: usize) -> Vec<f32> {
        let mut rng = ChaCha8Rng::seed_from_u64(9);
        let scales: Vec<f32> = (0..rows).map(|_| rng.random_range(0.01..1.0)).collect();
        let value = |index: usize| scales[index / cols];
        (0..rows * cols).map(|index| value(index) * rng.random_range(-1.0..1.0f32)).collect()
    }

    fn relative_error(bits: u8) -> f64 {
        let (rows, cols, unit) = (40, 48, 1024.0);
        let values = random(rows, cols);
        let table = fold_table(&values, cols, bits, unit);
        let (mut error, mut power) = (0.0, 0.0);
        for (index, &value) in values.iter().enumerate() {
            let integer = f64::from(table.codes[index]) * f64::from(table.mul[index / cols]);
            let got = integer / 2f64.powi(table.shift.into()) / unit;
            error += (got - f64::from(value)).powi(2);
            power += f64::from(value).powi(2);
        }
        (error / power).sqrt()
    }

    #[test]
    fn more_bits_less_error() {
        let [one, two, four, eight] = [1, 2, 4, 8].map(relative_error);
        assert!(
            eight < 0.006 && four < 0.1 && two < 0.4 && one < 0.55,
            "{one} {two} {four} {eight}"
        );
    }

    #[test]
    fn codes_stay_in_range_and_multipliers_use_their_bits() {
        for bits in [1, 2, 4, 8] {
            let table = fold_table(&random(5, 7), 7, bits, 300.0);
            let codes = Codes { bits, signed: true };
            assert!(table.codes.iter().all(|&code| codes.contains(code.into())));
            assert!(table.mul.iter().any(|&mul| mul >= 1 << 15));
        }
    }

    /// A network that trained on the grid lies on it when it is lowered.
    #[test]
    fn the_grid_of_the_grid_is_itself() {
        let (rows, cols, unit) = (40, 48, 1024.0);
        let table = fold_table(&random(rows, cols), cols, 8, unit);
        let steps = table.mul.iter().map(|&mul| f64::from(mul) / 2f64.powi(table.shift.into()));
        let steps: Vec<f64> = steps.collect();
        let value = |(n, &code): (usize, &i8)| (f64::from(code) * steps[n / cols] / unit) as f32;
        let values: Vec<f32> = table.codes.iter().enumerate().map(value).collect();
        assert_eq!(fold_table(&values, cols, 8, unit), table);
    }

    #[test]
    fn empty_rows_are_zero() {
        let table = fold_table(&[0.0; 6], 3, 8, 100.0);
        assert!(table.codes.iter().all(|&code| code == 0) && table.mul == [0, 0]);
        assert_eq!(fold_table(&[0.0; 6], 3, 1, 100.0).mul, [0, 0]);
    }
}
