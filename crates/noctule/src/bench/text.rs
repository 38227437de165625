//! Reports as readable text.

use std::fmt;

use super::{
    machine::{Ceiling, Machine},
    report::{Comparison, Report},
    roofline::{Roofline, Row},
};

impl fmt::Display for Machine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, {} cores, kernels {}", self.processor, self.cores, self.kernels.join(", "))?;
        for kernel in &self.kernels_not_run {
            write!(f, "; NOT RUN: {kernel}")?;
        }
        self.load.map_or(Ok(()), |load| write!(f, "; load {load:.1}"))
    }
}

impl fmt::Display for Ceiling {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (binary, one_bit) = (self.binary_gops, self.one_bit_gops);
        let arithmetic = self.arithmetic_gops;
        write!(
            f,
            "limits of {}, {}: bit products {binary:.0} GOPS, of one-bit codes {one_bit:.0}, ",
            plural(self.threads),
            self.kernel
        )?;
        write!(f, "32-bit arithmetic {arithmetic:.0} GOPS; GB/s:")?;
        let level = |m: &super::machine::Memory| format!(" {} {:.1}", m.level, m.gbytes_per_second);
        f.write_str(&self.memory.iter().map(level).collect::<Vec<_>>().join(","))
    }
}

pub(super) fn plural(threads: usize) -> String {
    format!("{threads} thread{}", if threads == 1 { "" } else { "s" })
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.machine)?;
        let (kernel, threads, tokens) = (self.kernels.join(", "), self.threads, self.tokens);
        writeln!(f, "{}: {kernel}, {}, {tokens} tokens", self.program, plural(threads))?;
        let t = self.latency_ms;
        let (best, largest) = (t.best, t.largest);
        writeln!(f, "one input:  {:.3} ms (smallest {best:.3}, largest {largest:.3})", t.median)?;
        writeln!(f, "batches of {}: {:.1} inputs/s", self.batch, self.inputs_per_second)?;
        let (count, gops) = (self.multiply_accumulates, self.gops());
        writeln!(f, "{count} multiply-accumulates an input: {gops:.1} GOPS (2 operations each)")?;
        self.limits.one.iter().try_for_each(|ceiling| writeln!(f, "{ceiling}"))?;
        let all = self.limits.all.iter().filter(|ceiling| ceiling.threads > 1);
        all.into_iter().try_for_each(|ceiling| writeln!(f, "{ceiling}"))?;
        write!(f, "\n{}", self.roofline)?;
        match &self.comparison {
            Some(comparison) => write!(f, "\n\n{comparison}"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for Roofline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        table(f, &self.by_operator())?;
        let (whole, other) = (self.whole_ms, self.other_ms);
        let share = 100.0 * other / whole;
        writeln!(f, "{:<24} {other:>9.3} {share:>6.1}", "other (waiting, clock)")?;
        writeln!(f, "{:<24} {whole:>9.3} {:>6.1}", "whole", 100.0)?;
        write!(f, "time outside matrix products: {:.1} %", 100.0 * self.outside_products)
    }
}

/// A table with every operator of every layer.
#[derive(Debug)]
pub struct EachLayer<'a>(pub &'a Roofline);

impl fmt::Display for EachLayer<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        table(f, &self.0.operators)
    }
}

/// Rows under their titles. The limit is what the machine allows at least, the last column what of it
/// binds.
fn table(f: &mut impl fmt::Write, rows: &[Row]) -> fmt::Result {
    writeln!(
        f,
        "{:<24} {:>9} {:>6} {:>9} {:>9} {:>8} {:>8}  binds",
        "operator", "ms", "%", "Mop", "KB", "GOPS", "limit %"
    )?;
    rows.iter().try_for_each(|row| writeln!(f, "{}", line(row)))
}

fn line(row: &Row) -> String {
    let layer = row.layer.map_or(String::new(), |layer| format!("{layer}: "));
    format!(
        "{:<24} {:>9.3} {:>6.1} {:>9.2} {:>9.1} {:>8.1} {:>8.1}  {}",
        format!("{layer}{}", row.operator),
        row.ms,
        100.0 * row.share_of_time,
        row.operations() as f64 / 1e6,
        row.bytes() as f64 / 1e3,
        row.gops(),
        100.0 * row.share_of_limit,
        row.binds
    )
}

impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let packages = self.versions.versions.iter().map(|(name, v)| format!("{name} {v}"));
        let packages = packages.collect::<Vec<_>>().join(", ");
        writeln!(f, "peers, by turns with ours (Python {}, {packages})", self.versions.python)?;
        write!(
            f,
            "{:<28} {:>10} {:>10} {:>8} {:>8}  form",
            "", "median ms", "best ms", "ratio", "of best"
        )?;
        for p in &self.peers {
            let (median, best) = (p.latency_ms.median, p.latency_ms.best);
            write!(
                f,
                "\n{:<28} {median:>10.3} {best:>10.3} {:>7.2}x {:>7.2}x  {}",
                p.engine, p.ratio, p.ratio_of_best, p.form
            )?;
        }
        match self.other_programs {
            Some(cores) => write!(
                f,
                "\nother programs meanwhile: {cores:.2} cores (ratios say little unless every thread had a core)"
            ),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use noctule_engine::{KernelName, Operator};

    use crate::bench::{
        cost::Costs,
        machine::Memory,
        measure::{OperatorTime, OperatorTimes},
    };

    #[test]
    fn a_table_names_every_operator_and_the_rest() {
        let program = noctule_program::generate::program(5);
        let memory =
            vec![Memory { level: "memory".into(), capacity: None, gbytes_per_second: 10.0 }];
        let kernel = "scalar".to_owned();
        let ceiling = Ceiling {
            kernel,
            threads: 2,
            planes: 1,
            number_planes: 1,
            binary_gops: 1.0,
            one_bit_gops: 1.0,
            arithmetic_gops: 1.0,
            memory,
        };
        let part =
            |layer, operator, ms| OperatorTime { layer, operator, kernel: KernelName::Scalar, ms };
        let operators = vec![part(None, Operator::Embed, 1.0), part(Some(0), Operator::Up, 2.0)];
        let times = OperatorTimes { whole_ms: 4.0, operators };
        let costs = Costs::new(&program, program.max_tokens);
        let limits = std::slice::from_ref(&ceiling);
        let text = Roofline::new(&times, &costs, limits).unwrap().to_string();
        for part in ["embed", "up", "other", "25.0", "outside matrix products: 50.0 %"] {
            assert!(text.contains(part), "{part}: {text}");
        }
        assert!(ceiling.to_string().contains("limits of 2 threads, scalar"), "{ceiling}");
    }
}
