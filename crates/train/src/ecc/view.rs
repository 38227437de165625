//! What a syndrome-based Transformer decoder sees of a word, and what it must predict.
//!
//! After ECCT (arXiv 2203.14966): the network gets only values that do not depend on the codeword
//! sent, and predicts the multiplicative noise.

use super::channel::{ChannelWord, hard_decision};
use super::code::Code;

/// One received word as the decoder's input and target.
#[derive(Clone, Debug, PartialEq)]
pub struct DecoderView {
    /// `|y|`, `n` values.
    pub magnitudes: Vec<f32>,
    /// Syndrome of the hard decision, `m` bits.
    pub syndrome: Vec<u8>,
    /// Target, `n` bits: 1 where the hard decision differs from the codeword sent.
    pub noise: Vec<u8>,
}

impl DecoderView {
    /// The view of a received word.
    ///
    /// # Panics
    /// If the word has not the code's length.
    pub fn new(code: &Code, word: &ChannelWord) -> Self {
        let hard = hard_decision(&word.received);
        Self {
            magnitudes: word.received.iter().map(|y| y.abs()).collect(),
            syndrome: code.syndrome(&hard),
            noise: flip(&hard, &word.codeword),
        }
    }
}

/// The decoded bits: the hard decision of `received`, turned over where `noise` (`n` predicted
/// bits) is 1.
///
/// # Panics
/// If the lengths differ.
pub fn apply_noise(received: &[f32], noise: &[u8]) -> Vec<u8> {
    flip(&hard_decision(received), noise)
}

fn flip(bits: &[u8], by: &[u8]) -> Vec<u8> {
    assert_eq!(bits.len(), by.len(), "bits of one word");
    bits.iter().zip(by).map(|(a, b)| a ^ b).collect()
}
