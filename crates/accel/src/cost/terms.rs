//! Terms of the model: products of sizes.

use std::collections::BTreeMap;

use crate::config::Sizes;

/// The sizes by name, with those that follow from them.
pub(super) struct Named(BTreeMap<String, f64>);

impl Named {
    pub(super) fn new(sizes: &Sizes) -> Self {
        let text = serde_json::to_value(sizes).unwrap_or_default();
        let fields = text.as_object().into_iter().flatten();
        let own = fields.filter_map(|(name, value)| Some((name.clone(), value.as_f64()?)));
        let bits = |n: usize| f64::from(usize::BITS - n.leading_zeros());
        let whether = |is: bool| f64::from(u8::from(is));
        // Where a form of the sources changes: an operand of a DSP has 27 bits and 18, and one bank of X needs no multiplexer.
        let derived = [
            ("wide_acc", whether(sizes.acc_w > 26)),
            ("narrow_acc", whether(sizes.acc_w <= 26)),
            ("wide_score", whether(sizes.score_w > 16)),
            ("banked", whether(sizes.xb > 1)),
            ("one", 1.0),
            ("cols", sizes.cols() as f64),
            ("groups", sizes.groups() as f64),
            ("attention_groups", sizes.attention_groups() as f64),
            ("count_bits", bits(sizes.k)),
            ("table_bits", bits(sizes.t_depth - 1)),
        ];
        let derived = derived.map(|(name, value)| (name.to_owned(), value));
        Self(own.chain(derived).collect())
    }

    /// A term such as `3*tile*p`; `None` if it names what is no size.
    pub(super) fn value(&self, term: &str) -> Option<f64> {
        let factor = |name: &str| name.parse().ok().or_else(|| self.0.get(name).copied());
        term.split('*').map(|name| factor(name.trim())).product()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    #[test]
    fn a_term_is_a_product_of_sizes() {
        let named = Named::new(Config::preset("zcu102").unwrap().sizes());
        assert_eq!(named.value("tile*p*score_w"), Some(16.0 * 4.0 * 16.0));
        assert_eq!(named.value("3*tile"), Some(48.0));
        assert_eq!(
            (named.value("tile*wide_acc"), named.value("xb*banked")),
            (Some(0.0), Some(4.0))
        );
        assert_eq!((named.value("count_bits"), named.value("table_bits")), (Some(9.0), Some(10.0)));
        assert_eq!((named.value("one"), named.value("tile*rows")), (Some(1.0), None));
    }
}
