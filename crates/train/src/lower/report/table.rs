//! The report as text.

use std::fmt;

use super::Report;

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { inputs, point, largest_residual, residual_limit, .. } = self;
        writeln!(f, "lowered program, compared on {inputs} inputs")?;
        writeln!(
            f,
            "residual stream: {point} fractional bits, largest value {largest_residual:.3} of {residual_limit:.3}"
        )?;
        self.fmt_sites(f)?;
        self.fmt_streams(f)?;
        self.fmt_logits(f)?;
        self.fmt_sizes(f)
    }
}

impl Report {
    fn fmt_sites(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "\n{:<6} {:<16} {:>10} {:>11} {:>11}",
            "layer", "site", "codes", "end to end", "same input"
        )?;
        for site in &self.sites {
            let (whole, one) = (percent(site.end_to_end), percent(site.same_input));
            writeln!(
                f,
                "{:<6} {:<16} {:>10} {whole:>11} {one:>11}",
                site.layer, site.site, site.codes
            )?;
        }
        Ok(())
    }

    fn fmt_streams(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "\n{:<6} {:<16} {:>12} {:>12}",
            "layer", "stream", "correlation", "error/steps"
        )?;
        for stream in &self.streams {
            let layer = stream.layer.map_or("-".to_owned(), |layer| layer.to_string());
            let (correlation, error) = (optional(stream.correlation), optional(stream.error_steps));
            writeln!(f, "{layer:<6} {:<16} {correlation:>12} {error:>12}", stream.place)?;
        }
        Ok(())
    }

    fn fmt_logits(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let correlation = optional(self.logits.correlation);
        let (difference, same) =
            (self.logits.largest_difference, percent(self.logits.same_decision));
        writeln!(
            f,
            "\nlogits: correlation {correlation}, largest difference {difference:.4}, same decision {same}"
        )?;
        for metric in &self.metrics {
            writeln!(f, "{}: {:.6} before, {:.6} after", metric.name, metric.before, metric.after)?;
        }
        if self.truncated > 0 {
            writeln!(f, "texts cut to the network's length: {}", self.truncated)?;
        }
        Ok(())
    }

    fn fmt_sizes(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "\n{:<22} {:>10}", "part", "bytes")?;
        for part in self.sizes.iter().filter(|part| part.bytes > 0) {
            writeln!(f, "{:<22} {:>10}", part.part, part.bytes)?;
        }
        writeln!(f, "{:<22} {:>10}", "all", self.bytes())
    }
}

fn percent(share: f64) -> String {
    format!("{:.3} %", 100.0 * share)
}

fn optional(value: Option<f64>) -> String {
    value.map_or("-".to_owned(), |value| format!("{value:.6}"))
}
