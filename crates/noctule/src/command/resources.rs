//! The options that say what an engine may use, the same for every command that answers.

use std::path::Path;

use noctule_program::Program;

use crate::{
    error::Error,
    model::{self, Resources},
};

/// Threads and memory.
#[derive(Debug, Clone, Copy, clap::Args)]
pub(super) struct ResourceArgs {
    /// Threads (default: one a core)
    #[arg(long)]
    threads: Option<usize>,
    /// Refuse a program whose weights and buffers take more (bytes, or with K, M or G: 64M)
    ///
    /// `inspect` says how much that is on so many threads; answers come on top, and the program as it is
    /// read while it is made ready. Tables that stay in a mapped file do not count: the system may take their memory back.
    #[arg(long, value_name = "BYTES", value_parser = bytes)]
    max_memory: Option<usize>,
    /// Read the program into memory of its own instead of mapping its file
    ///
    /// Processes that map the same file share the tables of word pieces in it. A file that is written to
    /// or cut short meanwhile gives no answer, but an error that names it and exit code 3; one that is
    /// replaced by renaming another does no harm. With this option the file is not needed once read.
    #[arg(long)]
    no_map: bool,
}

impl ResourceArgs {
    /// The program of this file.
    pub(super) fn load(self, path: &Path) -> Result<Program, Error> {
        if self.no_map { model::read(path) } else { model::load(path) }
    }
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
