//! `noctule completions`.

use clap::CommandFactory;
use clap_complete::Shell;

use crate::{console::Console, error::Error};

/// Print a completion script for a shell
///
/// For example: noctule completions bash > ~/.local/share/bash-completion/completions/noctule
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Which shell
    shell: Shell,
}

pub(super) fn run(args: &Args, console: Console) -> Result<(), Error> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut super::Cli::command(), "noctule", &mut script);
    console.line(String::from_utf8_lossy(&script).trim_end())
}
