//! What a command says: a readable text or one JSON document, on standard output.

use std::{
    fmt::Display,
    io::{self, Write},
    time::Duration,
};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde::Serialize;

use crate::error::Error;

/// How the user wants to be spoken to.
#[derive(Debug, Clone, Copy)]
pub struct Console {
    /// JSON instead of text.
    pub json: bool,
    /// No progress bars.
    pub quiet: bool,
}

impl Console {
    /// Prints a result: its text, or itself as JSON.
    ///
    /// # Errors
    /// [`Error::Stream`] if standard output does not take it.
    pub fn emit<T: Serialize + Display>(&self, result: &T) -> Result<(), Error> {
        if !self.json {
            return self.line(result);
        }
        let text = serde_json::to_string_pretty(result)
            .map_err(|e| Error::Input(format!("result cannot be written as JSON: {e}")))?;
        self.line(text)
    }

    /// Prints one line of text (or of JSON, if the caller made it so).
    ///
    /// # Errors
    /// [`Error::Stream`] if standard output does not take it.
    pub fn line(&self, text: impl Display) -> Result<(), Error> {
        let mut out = io::stdout().lock();
        writeln!(out, "{text}")
            .and_then(|()| out.flush())
            .map_err(|source| Error::Stream { stream: "output", source })
    }

    /// A note on standard error, for people only.
    pub fn note(&self, text: impl Display) {
        if !self.quiet {
            // A closed standard error is no reason to stop the work.
            let _ = writeln!(io::stderr(), "{text}");
        }
    }

    /// A progress bar of `total` steps on standard error, hidden when quiet or not a terminal.
    pub fn bar(&self, total: u64, what: &str) -> ProgressBar {
        let target =
            if self.quiet { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr() };
        let bar = ProgressBar::with_draw_target(Some(total), target);
        if let Ok(style) =
            ProgressStyle::with_template("{prefix:16} [{bar:30}] {pos}/{len} {msg} (left {eta})")
        {
            bar.set_style(style.progress_chars("=> "));
        }
        bar.set_prefix(what.to_owned());
        bar.enable_steady_tick(Duration::from_millis(250));
        bar
    }
}
