//! The options that say what an engine may use, the same for every command that answers.

use crate::model::Resources;

/// Threads and memory.
#[derive(Debug, Clone, Copy, clap::Args)]
pub(super) struct ResourceArgs {
    /// Threads (default: one a core)
    #[arg(long)]
    threads: Option<usize>,
    /// Refuse a program whose weights and buffers take more (bytes, or with K, M or G: 64M)
    #[arg(long, value_name = "BYTES", value_parser = bytes)]
    max_memory: Option<usize>,
}

impl From<ResourceArgs> for Resources {
    fn from(args: ResourceArgs) -> Self {
        Self { threads: args.threads, memory: args.max_memory }
    }
}

fn bytes(text: &str) -> Result<usize, String> {
    let (digits, unit) = match text.strip_suffix(['K', 'M', 'G']) {
        Some(digits) => (digits, text.as_bytes()[digits.len()]),
        None => (text, b' '),
    };
    let shift = match unit {
        b'K' => 10,
        b'M' => 20,
        b'G' => 30,
        _ => 0,
    };
    let number = digits.parse::<usize>().ok().and_then(|n| n.checked_mul(1 << shift));
    number.ok_or_else(|| "give a number of bytes, or one with K, M or G, such as 64M".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_may_have_a_unit() {
        assert_eq!(
            ["7", "2K", "64M", "1G"].map(bytes),
            [Ok(7), Ok(2048), Ok(64 << 20), Ok(1 << 30)]
        );
        for wrong in ["", "M", "-1", "1T", "1.5M", "99999999999999G"] {
            assert!(bytes(wrong).is_err(), "{wrong}");
        }
    }
}
