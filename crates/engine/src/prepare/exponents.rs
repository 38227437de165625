//! Tables of exponents, no longer than what scores can reach.

use alloc::vec::Vec;

use noctule_program::parts::{Attention, AttentionForm};

use super::Digits;

/// The same form with the shortest table, in sixteens.
pub(super) fn trimmed(attention: &Attention) -> AttentionForm {
    let mut form = attention.form.clone();
    if let AttentionForm::Softmax { table, shift, .. } = &mut form {
        let depth = attention.query.weights.high.rows() / attention.heads;
        let codes = [&attention.query, &attention.key].map(|linear| linear.output.codes);
        let [query, key] = codes.map(Digits::of_codes);
        // Two scores differ by at most this.
        let range = 2 * Digits::largest_sum(depth, query, key);
        table.truncate(usize::try_from((range >> *shift) + 1).unwrap_or(usize::MAX));
        if *shift == 0 && codes.iter().all(|codes| codes.bits == 1) {
            // Sums of as many signs are all even or all odd.
            *table = halved(table);
            *shift = 1;
        }
        while table.len() > 1 && table[table.len() - 1] == table[table.len() - 2] {
            table.pop();
        }
        // Whole registers; whatever lies behind the table has its last entry.
        table.resize(table.len().next_multiple_of(16), table[table.len() - 1]);
    }
    form
}

/// Every second entry, and the last of all for whatever lies behind.
fn halved(table: &[u16]) -> Vec<u16> {
    (0..=table.len() / 2).map(|n| table[(2 * n).min(table.len() - 1)]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halved_tables_look_up_the_same() {
        for table in [&[9][..], &[9, 8], &[9, 8, 5], &[9, 8, 5, 4, 1, 0]] {
            let half = halved(table);
            for below in (0..20).step_by(2) {
                let entry = |table: &[u16], n: usize| table[n.min(table.len() - 1)];
                assert_eq!(entry(&half, below / 2), entry(table, below), "{table:?} {below}");
            }
        }
    }
}
