//! Attention masks from a code's Tanner graph.
//!
//! Tokens are the `n` bits ("variables"), then the `m` checks.

use super::code::Code;

/// Which token may attend to which: a square matrix, row = query, column = key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttentionMask {
    size: usize,
    allowed: Vec<bool>,
}

/// The two masks of head-partitioned attention (HPSA of AECCT).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RingMasks {
    /// Variables to their checks and back: neighbours in the Tanner graph.
    pub first: AttentionMask,
    /// Variables to variables of a common check (themselves included), each check to itself.
    pub second: AttentionMask,
}

impl AttentionMask {
    fn nothing(size: usize) -> Self {
        Self { size, allowed: vec![false; size * size] }
    }

    /// Tokens on each side.
    pub fn size(&self) -> usize {
        self.size
    }

    /// Whether `query` may attend to `key`.
    pub fn allows(&self, query: usize, key: usize) -> bool {
        self.row(query)[key]
    }

    /// The keys that `query` may attend to, as `size` flags.
    pub fn row(&self, query: usize) -> &[bool] {
        &self.allowed[query * self.size..][..self.size]
    }

    /// All rows one after another, `size * size` flags.
    pub fn as_slice(&self) -> &[bool] {
        &self.allowed
    }

    /// The share of pairs allowed, 0 to 1.
    pub fn density(&self) -> f64 {
        let allowed = self.allowed.iter().filter(|&&flag| flag).count();
        allowed as f64 / self.allowed.len() as f64
    }

    fn allow_both(&mut self, a: usize, b: usize) {
        self.allowed[a * self.size + b] = true;
        self.allowed[b * self.size + a] = true;
    }

    fn allow_self(&mut self, tokens: std::ops::Range<usize>) {
        tokens.for_each(|token| self.allow_both(token, token));
    }

    fn allow_edges(&mut self, code: &Code) {
        for check in 0..code.m() {
            code.bits_of(check).iter().for_each(|&bit| self.allow_both(bit, code.n() + check));
        }
    }

    fn allow_common_checks(&mut self, code: &Code) {
        for check in 0..code.m() {
            for &a in code.bits_of(check) {
                code.bits_of(check).iter().for_each(|&b| self.allow_both(a, b));
            }
        }
    }
}

/// The mask of ECCT (arXiv 2203.14966), in our reading: every token attends to itself, a variable
/// to its checks and a check to its variables, and two variables to each other if they share a
/// check. Two different checks never attend to each other. Symmetric.
pub fn ecct_mask(code: &Code) -> AttentionMask {
    let mut mask = AttentionMask::nothing(code.n() + code.m());
    mask.allow_self(0..mask.size);
    mask.allow_edges(code);
    mask.allow_common_checks(code);
    mask
}

/// The masks of the two head groups of AECCT, in our reading; together they are [`ecct_mask`].
///
/// A softmax needs a key. In the second ring every token has itself. In the first ring a token
/// without any edge (a bit in no check, or a check of no bit) attends to itself; every other token
/// attends to its neighbours only.
pub fn ring_masks(code: &Code) -> RingMasks {
    let size = code.n() + code.m();
    let mut first = AttentionMask::nothing(size);
    first.allow_edges(code);
    let lonely: Vec<usize> = (0..size).filter(|&t| !first.row(t).contains(&true)).collect();
    lonely.into_iter().for_each(|token| first.allow_both(token, token));
    let mut second = AttentionMask::nothing(size);
    second.allow_self(0..size);
    second.allow_common_checks(code);
    RingMasks { first, second }
}
