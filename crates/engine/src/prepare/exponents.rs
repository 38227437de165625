//! Tables of exponents, no longer than what scores can reach.

use alloc::vec::Vec;

use noctule_program::parts::{Attention, AttentionForm};

use super::Digits;

/// The same form with the shortest table, in sixteens.
pub(super) fn trimmed(attention: &Attention) -> AttentionForm {
    let AttentionForm::Softmax { bits, table, shift, tau_mul, tau_shift } = &attention.form else {
        return attention.form.clone();
    };
    let depth = attention.query.weights.high.rows() / attention.heads;
    let codes = [&attention.query, &attention.key].map(|linear| linear.output.codes);
    let [query, key] = codes.map(Digits::of_codes);
    // Two scores differ by at most this.
    let range = 2 * Digits::largest_sum(depth, query, key);
    let reach = usize::try_from((range >> *shift) + 1).unwrap_or(usize::MAX);
    // Sums of as many signs are all even or all odd.
    let signs = *shift == 0 && codes.iter().all(|codes| codes.bits == 1);
    let (step, shift) = if signs { (2, 1) } else { (1, *shift) };
    let table = every(step, &table[..table.len().min(reach)]);
    let (bits, tau_mul, tau_shift) = (*bits, *tau_mul, *tau_shift);
    AttentionForm::Softmax { bits, table, shift, tau_mul, tau_shift }
}

/// Every `step`-th entry and the last of all, which whatever lies behind has: as many as differ, in
/// whole registers.
fn every(step: usize, table: &[u16]) -> Vec<u16> {
    let entry = |n: usize| table[(step * n).min(table.len() - 1)];
    let mut count = (table.len() - 1).div_ceil(step) + 1;
    while count > 1 && entry(count - 1) == entry(count - 2) {
        count -= 1;
    }
    (0..count.next_multiple_of(16)).map(|n| entry(n.min(count - 1))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shorter_tables_look_up_the_same() {
        for table in [&[9][..], &[9, 8], &[9, 8, 5], &[9, 8, 5, 4, 1, 0], &[3, 2, 2, 2], &[4; 50]] {
            for step in [1, 2] {
                let short = every(step, table);
                assert!(short.len() <= 16 && short.len().is_multiple_of(16), "{table:?}");
                for below in (0..60).step_by(step) {
                    let entry = |table: &[u16], n: usize| table[n.min(table.len() - 1)];
                    assert_eq!(
                        entry(&short, below / step),
                        entry(table, below),
                        "{table:?} {below}"
                    );
                }
            }
        }
    }
}
