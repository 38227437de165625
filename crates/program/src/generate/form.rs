//! Attention forms, made to suit scores.

use alloc::vec::Vec;

use super::{calibrate::Calibrator, sample::ScoreRow};
use crate::{interpret::attend::exponents, parts::AttentionForm, shape::LayerShape};

impl Calibrator {
    /// An attention form for scores like these.
    pub(super) fn form(&mut self, shape: &LayerShape, rows: &[ScoreRow<'_>]) -> AttentionForm {
        if shape.softmax {
            self.softmax(shape.bits.attention, rows)
        } else {
            self.sps(shape.heads, rows)
        }
    }

    fn sps(&mut self, heads: usize, rows: &[ScoreRow<'_>]) -> AttentionForm {
        let of_head = |h: usize| rows.iter().filter(move |row| row.head == h);
        let threshold = |h| {
            let mut scores: Vec<i32> = of_head(h).flat_map(ScoreRow::reached).collect();
            scores.sort_unstable();
            if scores.is_empty() { 0 } else { self.threshold(&scores) }
        };
        AttentionForm::Sps { thresholds: (0..heads).map(threshold).collect() }
    }

    fn softmax(&mut self, bits: u8, rows: &[ScoreRow<'_>]) -> AttentionForm {
        let table = self.table_of_exponents();
        let mut ranges: Vec<i32> = rows.iter().map(range).collect();
        ranges.sort_unstable();
        let range = ranges.get(ranges.len() / 2).map_or(0, |&range| range as usize);
        let shift = (0..24).find(|shift| range >> shift <= table.len()).unwrap_or(24);
        let (tau_mul, tau_shift) = self.tau(bits, &table, shift, rows);
        AttentionForm::Softmax { bits, table, shift, tau_mul, tau_shift }
    }

    fn table_of_exponents(&mut self) -> Vec<u16> {
        let entries = self.random.pick(&[1, 2, 6, 16, 40, 64]);
        let keep = self.random.within(128..=256);
        let mut exponent = self.random.pick(&[65535, 4096, 255, 9]);
        self.random.list(entries, |random| {
            let entry = exponent as u16;
            exponent = exponent * random.within(keep..=256) / 256;
            entry
        })
    }

    /// The threshold at which some pair's share of its row's sum is the largest code.
    fn tau(&mut self, bits: u8, table: &[u16], shift: u8, rows: &[ScoreRow<'_>]) -> (u8, u8) {
        if rows.is_empty() || self.wild && self.random.once_in(6) {
            return (self.random.pick(&[1, 255]), self.random.pick(&[0, 31]));
        }
        let row = &rows[self.random.below(rows.len())];
        let (e, sum) = exponents(table, shift, row.scores, &row.allowed);
        let e = self.random.pick(&e).min(self.random.pick(&e)).max(1);
        let steps = (2 << bits) - 3;
        let mul = |s: u8| (e << s) / (sum * steps);
        let tau_shift = (0..=31).rev().find(|&s| mul(s) <= 255).unwrap_or(0);
        (mul(tau_shift).clamp(1, 255) as u8, tau_shift)
    }
}

fn range(row: &ScoreRow<'_>) -> i32 {
    let (least, most) = row.reached().fold((i32::MAX, i32::MIN), |(l, m), s| (l.min(s), m.max(s)));
    most - least
}
