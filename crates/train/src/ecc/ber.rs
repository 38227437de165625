//! Measuring the bit and block error rate of a decoder.

use super::bp::Bp;
use super::channel::{Awgn, ChannelWord, hard_decision};
use super::code::Code;
use super::interval::{Interval, mean_interval, share_interval};
use rayon::prelude::*;
use std::time::{Duration, Instant};
use thiserror::Error;

/// Anything that turns received words into hard codeword bits.
pub trait WordDecoder {
    /// The `n` decoded bits of each word, in order. A decoder must look at `received` only.
    fn decode(&self, words: &[ChannelWord]) -> Vec<Vec<u8>>;
}

/// No decoding: the hard decision of each value.
#[derive(Clone, Copy, Debug)]
pub struct Uncoded;

impl WordDecoder for Uncoded {
    fn decode(&self, words: &[ChannelWord]) -> Vec<Vec<u8>> {
        words.iter().map(|word| hard_decision(&word.received)).collect()
    }
}

impl WordDecoder for Bp {
    fn decode(&self, words: &[ChannelWord]) -> Vec<Vec<u8>> {
        words
            .par_iter()
            .map_init(|| self.workspace(), |space, word| self.decode_in(space, &word.received))
            .collect()
    }
}

/// When a measurement ends: at whichever comes first.
#[derive(Clone, Copy, Debug)]
pub struct Budget {
    /// Enough words decoded wrongly.
    pub min_block_errors: u64,
    /// Enough words sent.
    pub max_words: u64,
    /// Words handed to the decoder at once; the end is looked at between batches.
    pub batch: usize,
}

/// One measured point of an error-rate curve.
#[derive(Clone, Copy, Debug)]
pub struct Point {
    /// Eb/N0 in dB.
    pub ebn0_db: f64,
    /// Words sent.
    pub words: u64,
    /// Wrong bits, of all `n` bits of each word.
    pub bit_errors: u64,
    /// Words with at least one wrong bit.
    pub block_errors: u64,
    /// `bit_errors / (words * n)`.
    pub ber: f64,
    /// `block_errors / words`.
    pub bler: f64,
    /// 95 % interval of `ber`. Errors come in bursts, so words, not bits, are the independent
    /// trials; without any error its upper end is that of `bler`, which is never below `ber`.
    pub ber_interval: Interval,
    /// 95 % interval (Wilson) of `bler`.
    pub bler_interval: Interval,
    /// Words decoded per second of the decoder's time alone.
    pub words_per_second: f64,
}

/// Why a measurement cannot be taken.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum BerError {
    /// The budget allows no word.
    #[error("budget: {field} is 0; give at least 1")]
    EmptyBudget {
        /// The field of [`Budget`].
        field: &'static str,
    },
    /// Eb/N0 is not a finite number.
    #[error("Eb/N0 must be a finite number of dB")]
    NotFinite,
    /// The decoder lost or invented words.
    #[error("the decoder returned {found} words for {expected}")]
    WordCount {
        /// Words returned.
        found: usize,
        /// Words given.
        expected: usize,
    },
    /// The decoder returned a word of another length.
    #[error("the decoder returned a word of {found} bits; code '{code}' has {expected}")]
    WordLength {
        /// The code.
        code: String,
        /// Bits returned.
        found: usize,
        /// Bits of a codeword.
        expected: usize,
    },
}

/// Sends random codewords at `ebn0_db` until the budget is spent and counts the decoder's errors.
///
/// The counts depend only on the arguments (not on threads or time). `progress` sees the point so
/// far after each batch.
///
/// # Errors
/// For an empty budget, an Eb/N0 that is no number, or a decoder whose answer has the wrong shape.
pub fn measure(
    decoder: &dyn WordDecoder,
    code: &Code,
    ebn0_db: f64,
    budget: Budget,
    seed: u64,
    progress: &mut dyn FnMut(&Point),
) -> Result<Point, BerError> {
    check(budget, ebn0_db)?;
    let channel = Awgn::new(ebn0_db, code.rate());
    let mut tally = Tally::default();
    while tally.words < budget.max_words && tally.block_errors < budget.min_block_errors {
        let left = budget.max_words - tally.words;
        let count = usize::try_from(left).map_or(budget.batch, |left| left.min(budget.batch));
        let words = channel.words(code, seed, tally.words, count);
        tally.take(decoder, code, &words)?;
        progress(&tally.point(code, ebn0_db));
    }
    Ok(tally.point(code, ebn0_db))
}

fn check(budget: Budget, ebn0_db: f64) -> Result<(), BerError> {
    let fields = [
        ("min_block_errors", budget.min_block_errors == 0),
        ("max_words", budget.max_words == 0),
        ("batch", budget.batch == 0),
    ];
    if let Some(&(field, _)) = fields.iter().find(|(_, empty)| *empty) {
        return Err(BerError::EmptyBudget { field });
    }
    if ebn0_db.is_finite() { Ok(()) } else { Err(BerError::NotFinite) }
}

#[derive(Default)]
struct Tally {
    words: u64,
    bit_errors: u64,
    squared_bit_errors: u64,
    block_errors: u64,
    time: Duration,
}

impl Tally {
    fn take(
        &mut self,
        decoder: &dyn WordDecoder,
        code: &Code,
        words: &[ChannelWord],
    ) -> Result<(), BerError> {
        let start = Instant::now();
        let decoded = decoder.decode(words);
        self.time += start.elapsed();
        check_shape(code, words.len(), &decoded)?;
        for (word, bits) in words.iter().zip(&decoded) {
            self.count(&word.codeword, bits);
        }
        Ok(())
    }

    fn count(&mut self, sent: &[u8], decoded: &[u8]) {
        let wrong = sent.iter().zip(decoded).filter(|(a, b)| a != b).count() as u64;
        self.words += 1;
        self.bit_errors += wrong;
        self.squared_bit_errors += wrong * wrong;
        self.block_errors += u64::from(wrong > 0);
    }

    fn point(&self, code: &Code, ebn0_db: f64) -> Point {
        let (words, n) = (self.words as f64, code.n() as f64);
        let bler_interval = share_interval(self.block_errors, self.words);
        Point {
            ebn0_db,
            words: self.words,
            bit_errors: self.bit_errors,
            block_errors: self.block_errors,
            ber: self.bit_errors as f64 / (words * n),
            bler: self.block_errors as f64 / words,
            ber_interval: self.ber_interval(n, bler_interval),
            bler_interval,
            words_per_second: words / self.time.as_secs_f64(),
        }
    }

    fn ber_interval(&self, n: f64, bler: Interval) -> Interval {
        if self.block_errors == 0 {
            return bler;
        }
        let squares = self.squared_bit_errors as f64 / (n * n);
        mean_interval(self.words, self.bit_errors as f64 / n, squares)
    }
}

fn check_shape(code: &Code, words: usize, decoded: &[Vec<u8>]) -> Result<(), BerError> {
    if decoded.len() != words {
        return Err(BerError::WordCount { found: decoded.len(), expected: words });
    }
    match decoded.iter().find(|bits| bits.len() != code.n()) {
        None => Ok(()),
        Some(bits) => Err(BerError::WordLength {
            code: code.name().to_owned(),
            found: bits.len(),
            expected: code.n(),
        }),
    }
}
