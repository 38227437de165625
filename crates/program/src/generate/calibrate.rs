//! Thresholds and scales near the middle of the values that really occur, so that codes are alive.

use alloc::vec::Vec;

use super::random::Random;
use crate::{
    limits,
    numbers::sat16,
    parts::{Codes, Norm, Quantizer, Rescale, Rule},
};

/// Makes parameters; now and then, if `wild`, with extreme ones among them.
pub(super) struct Calibrator {
    pub(super) random: Random,
    pub(super) wild: bool,
}

/// What was seen in one channel: its middle, and the largest distance from it.
struct Channel {
    sorted: Vec<i32>,
}

impl Channel {
    fn all(values: &[i32], channels: usize) -> Vec<Self> {
        let column = |c| {
            let mut sorted: Vec<i32> = values[c..].iter().step_by(channels).copied().collect();
            sorted.sort_unstable();
            Self { sorted }
        };
        (0..channels).map(column).collect()
    }

    fn middle(&self) -> i64 {
        i64::from(self.sorted[self.sorted.len() / 2])
    }

    fn spread(&self) -> i64 {
        let ends = [self.sorted[0], self.sorted[self.sorted.len() - 1]];
        ends.map(|end| (i64::from(end) - self.middle()).abs()).into_iter().fold(1, i64::max)
    }
}

impl Calibrator {
    /// A quantizer for values `[n, channels]` like these.
    pub(super) fn quantizer(&mut self, values: &[i32], channels: usize, codes: Codes) -> Quantizer {
        let rule = if codes.bits == 1 {
            let channels = Channel::all(values, channels);
            Rule::Threshold(channels.iter().map(|seen| self.threshold(&seen.sorted)).collect())
        } else {
            let gain = i64::from(codes.largest()) * self.random.within(12..=32) / 16;
            Rule::Rescale(self.rescale(values, channels, gain))
        };
        Quantizer { codes, rule }
    }

    /// A threshold that some of the values reach and, if they differ, some do not.
    pub(super) fn threshold(&mut self, sorted: &[i32]) -> i32 {
        if self.is_extreme() {
            return self.random.pick(&[i32::MIN, i32::MAX, 0]);
        }
        let above = sorted.partition_point(|v| *v == sorted[0]).min(sorted.len() - 1);
        let index = sorted.len() / 4 + self.random.below(sorted.len() / 2 + 1);
        sorted[index.max(above).min(sorted.len() - 1)]
    }

    /// Takes values `[n, channels]` like these to about `-gain .. gain`.
    pub(super) fn rescale(&mut self, values: &[i32], channels: usize, gain: i64) -> Rescale {
        let channels = Channel::all(values, channels);
        let largest = channels.iter().map(Channel::spread).fold(1, i64::max);
        let spread = |seen: &Channel| seen.spread().max(largest / 16);
        let least = channels.iter().map(spread).fold(largest, i64::min);
        let fits = |s: &u8| i128::from(gain) << s <= 65535 * i128::from(least);
        let shift =
            (0..=47).rev().find(fits).unwrap_or(0).saturating_sub(self.random.below(4) as u8);
        let mut rescale = Rescale { mul: Vec::new(), add: Vec::new(), shift };
        for seen in &channels {
            let (mul, add) = self.line(seen.middle(), spread(seen), gain, shift);
            rescale.mul.push(mul);
            rescale.add.push(add);
        }
        rescale
    }

    fn line(&mut self, middle: i64, spread: i64, gain: i64, shift: u8) -> (u16, i64) {
        if self.is_extreme() {
            return (
                self.random.pick(&[0, u16::MAX]),
                self.random.pick(&[-limits::RESCALE_ADD, 0, limits::RESCALE_ADD]),
            );
        }
        let mul = ((i128::from(gain) << shift) / i128::from(spread)).clamp(1, 65535) as i64;
        let offset = self.random.within(-gain..=gain) * (1 << shift) / 4;
        (mul as u16, (offset - middle * mul).clamp(-limits::RESCALE_ADD, limits::RESCALE_ADD))
    }

    /// A norm whose results deviate by a few hundred to a few thousand, or saturate.
    pub(super) fn norm(&mut self, width: usize) -> Norm {
        let shift = self.random.within(8..=16) as u8;
        let most = if self.wild { 15 } else { 12 };
        let gain = (1 << (self.random.within(8..=most) + i64::from(shift))) >> 12;
        let mut norm = Norm { gain: Vec::new(), bias: Vec::new(), shift };
        for _ in 0..width {
            let size = self.random.within(gain / 2..=2 * gain) * self.random.pick(&[-1, 1]);
            let bias = self.random.within(-gain..=gain) << 12;
            let extreme = self.is_extreme();
            let bias = if extreme { bias.signum() * limits::NORM_BIAS } else { bias };
            norm.gain.push(if extreme { i16::MIN } else { sat16(size) as i16 });
            norm.bias.push(bias.clamp(-limits::NORM_BIAS, limits::NORM_BIAS) as i32);
        }
        norm
    }

    pub(super) fn is_extreme(&mut self) -> bool {
        self.wild && self.random.once_in(16)
    }
}
