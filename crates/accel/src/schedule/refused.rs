//! Why a program does not go onto an accelerator.

/// A program, or an input length, that a configuration cannot hold.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// A memory or a width is too small.
    #[error(
        "configuration {config} cannot hold this program: {what} needs {need}, but {knob} is {have}; raise {knob} to at least {need}"
    )]
    Limit {
        /// Name of the configuration.
        config: String,
        /// What does not fit.
        what: String,
        /// Knob that cures it.
        knob: &'static str,
        /// What is needed.
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
