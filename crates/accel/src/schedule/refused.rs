//! Why a program does not go onto an accelerator.

use crate::config::Sizes;

/// A program, or an input length, that a configuration cannot hold.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// A memory or a width is too small.
    #[error("configuration {config} cannot hold this program: {}", cure(what, knob, *need, *have))]
    Limit {
        /// Name of the configuration.
        config: String,
        /// What does not fit.
        what: String,
        /// Knob that cures it.
        knob: &'static str,
        /// What is needed; more than [`Sizes::most`] of the knob where no configuration has enough.
        need: usize,
        /// What there is.
        have: usize,
    },
    /// A number that a field of an instruction or of a parameter cannot hold.
    #[error(
        "configuration {config} cannot hold this program: {what} is {value}, but the machine's field holds at most {most}; {remedy}"
    )]
    Field {
        /// Name of the configuration.
        config: String,
        /// Which number.
        what: String,
        /// Its value.
        value: i64,
        /// The largest that fits.
        most: i64,
        /// What would help.
        remedy: &'static str,
    },
    /// An input length that the program does not take.
    #[error(
        "{tokens} tokens: this program takes 1 to {most}, and only {most} unless its input is text"
    )]
    Tokens {
        /// Asked for.
        tokens: usize,
        /// The program's.
        most: usize,
    },
}

/// What is too small, and what helps.
fn cure(what: &str, knob: &str, need: usize, have: usize) -> String {
    let most = Sizes::most(knob);
    if need <= most {
        return format!(
            "{what} needs {need}, but {knob} is {have}; raise {knob} to at least {need}"
        );
    }
    let remedy = instead(knob);
    format!("{what} needs more than {most}, the most that {knob} can be (it is {have}); {remedy}")
}

/// What helps where a knob cannot be large enough.
fn instead(knob: &str) -> &'static str {
    match knob {
        "acc_w" | "score_w" => "use codes of fewer bits, or fewer channels",
        "t_depth" => "train with a larger step of the exponent table",
        "pt_depth" => "use codes of fewer bits, or fewer different numbers of bits",
        "i_depth" => "use shorter inputs",
        _ => "use a larger `tile` or `k`, shorter inputs, or a smaller network",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limit(knob: &'static str, need: usize, have: usize) -> String {
        let what = "a thing".into();
        Refused::Limit { config: "c".into(), what, knob, need, have }.to_string()
    }

    #[test]
    fn a_knob_is_raised_as_far_as_configurations_go() {
        for (knob, most) in [
            ("acc_w", 32),
            ("score_w", 32),
            ("t_depth", 4096),
            ("pt_depth", 256),
            ("m_depth", 1024),
            ("w_depth", 65_536),
            ("imem_depth", 65_536),
        ] {
            let said = limit(knob, most, 9);
            assert!(said.ends_with(&format!("raise {knob} to at least {most}")), "{said}");
            let said = limit(knob, most + 1, 9);
            let part = format!("needs more than {most}, the most that {knob} can be (it is 9); ");
            assert!(said.contains(&part) && !said.contains("raise"), "{said}");
        }
    }
}
