//! Measuring a program on labelled texts or on a channel.

use std::{fmt, path::Path, time::Instant};

use noctule_tasks::{
    data::{LabelSet, Labels, Overflow, Table},
    ecc::{Budget, Code, Point, WordDecoder, measure},
};
use serde::Serialize;

use crate::{answer::TextModel, error::Error};

/// How a program does on labelled texts.
#[derive(Debug, Clone, Serialize)]
pub struct TextScore {
    /// Examples asked.
    pub examples: usize,
    /// Of them, cut to the program's length.
    pub truncated: usize,
    /// `accuracy` or `pearson`.
    pub metric: &'static str,
    /// Its value, 0 to 1 (Pearson: -1 to 1).
    pub value: f64,
    /// Examples a second, tokenizing included.
    pub examples_per_second: f64,
}

impl fmt::Display for TextScore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { examples, truncated, metric, value, examples_per_second } = self;
        write!(
            f,
            "{metric} {value:.4} on {examples} examples ({truncated} truncated), {examples_per_second:.0} examples/s"
        )
    }
}

/// Asks `model`, read from `path`, all rows of `table` and compares with their labels.
///
/// # Errors
/// [`Error::Input`] for labels that the program does not know and texts that are too long.
pub fn texts(
    model: &TextModel,
    path: &Path,
    table: &Table,
    overflow: Overflow,
) -> Result<TextScore, Error> {
    let expected = targets(model.labels(), path, table)?;
    let start = Instant::now();
    let texts: Vec<_> = table.rows.iter().map(|r| (r.text.as_str(), r.pair.as_deref())).collect();
    let answers = model.answer(&texts, overflow)?;
    let seconds = start.elapsed().as_secs_f64();
    let logits: Vec<Vec<f64>> =
        answers.iter().map(|a| a.logits.iter().map(|&l| f64::from(l)).collect()).collect();
    let (metric, value) = metric(&logits, &expected);
    Ok(TextScore {
        examples: answers.len(),
        truncated: answers.iter().filter(|a| a.truncated).count(),
        metric,
        value,
        examples_per_second: answers.len() as f64 / seconds,
    })
}

/// Targets of `table` for the model of `path` with these labels (none: a number).
///
/// # Errors
/// [`Error::Input`] names file, line and label that do not fit.
pub fn targets(labels: Option<&[String]>, path: &Path, table: &Table) -> Result<Labels, Error> {
    let set = match labels {
        Some(names) => LabelSet::of_names(path, names.to_vec())?,
        None => LabelSet::Score,
    };
    Ok(set.encode(table)?)
}

/// Name and value of the metric: accuracy for classes, Pearson's correlation for numbers.
pub fn metric(logits: &[Vec<f64>], expected: &Labels) -> (&'static str, f64) {
    match expected {
        Labels::Classes(classes) => {
            let right = |(l, class): &(&Vec<f64>, &u32)| best(l) == **class as usize;
            let hits = logits.iter().zip(classes).filter(right).count();
            ("accuracy", hits as f64 / logits.len() as f64)
        }
        Labels::Scores(scores) => {
            let found: Vec<f64> = logits.iter().map(|l| l[0]).collect();
            let wanted: Vec<f64> = scores.iter().map(|&s| f64::from(s)).collect();
            ("pearson", pearson(&found, &wanted))
        }
    }
}

/// Index of the largest logit; the first of equals.
pub(crate) fn best(logits: &[f64]) -> usize {
    (1..logits.len()).fold(0, |best, n| if logits[n] > logits[best] { n } else { best })
}

/// Pearson's correlation; 0 where one side does not vary.
fn pearson(a: &[f64], b: &[f64]) -> f64 {
    let mean = |v: &[f64]| v.iter().sum::<f64>() / v.len() as f64;
    let (ma, mb) = (mean(a), mean(b));
    let sum = |f: &dyn Fn(f64, f64) -> f64| -> f64 {
        a.iter().zip(b).map(|(x, y)| f(x - ma, y - mb)).sum()
    };
    let spread = (sum(&|x, _| x * x) * sum(&|_, y| y * y)).sqrt();
    if spread == 0.0 { 0.0 } else { sum(&|x, y| x * y) / spread }
}

/// Bit error rate of `decoder` on so many words at 4 dB.
///
/// # Errors
/// [`Error::Usage`] if it cannot be measured.
pub fn bit_errors(decoder: &dyn WordDecoder, code: &Code, words: u64) -> Result<f64, Error> {
    let budget = Budget { min_block_errors: u64::MAX, max_words: words, batch: 500 };
    let point = measure(decoder, code, 4.0, budget, 11, &mut |_| {});
    point.map(|p| p.ber).map_err(|e| Error::Usage(e.to_string()))
}

/// One decoder's curve.
#[derive(Debug, Clone, Serialize)]
pub struct Curve {
    /// Which decoder.
    pub decoder: String,
    /// One a signal-to-noise ratio.
    pub points: Vec<CurvePoint>,
}

/// One point of a curve.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct CurvePoint {
    /// Eb/N0 in dB.
    pub ebn0_db: f64,
    /// Words sent.
    pub words: u64,
    /// Bit error rate.
    pub ber: f64,
    /// Its 95 % interval.
    pub ber_interval: [f64; 2],
    /// Block error rate.
    pub bler: f64,
    /// Its 95 % interval.
    pub bler_interval: [f64; 2],
    /// Words decoded a second.
    pub words_per_second: f64,
}

impl From<Point> for CurvePoint {
    fn from(p: Point) -> Self {
        Self {
            ebn0_db: p.ebn0_db,
            words: p.words,
            ber: p.ber,
            ber_interval: [p.ber_interval.low, p.ber_interval.high],
            bler: p.bler,
            bler_interval: [p.bler_interval.low, p.bler_interval.high],
            words_per_second: p.words_per_second,
        }
    }
}

/// Measures `decoder` at each signal-to-noise ratio; `progress` sees each point as it grows.
///
/// # Errors
/// [`Error::Usage`] for a budget or ratio that makes no sense.
pub fn curve(
    name: &str,
    decoder: &dyn WordDecoder,
    code: &Code,
    ratios: &[f64],
    budget: Budget,
    seed: u64,
    progress: &mut dyn FnMut(&Point),
) -> Result<Curve, Error> {
    let mut points = Vec::with_capacity(ratios.len());
    for &ratio in ratios {
        let point = measure(decoder, code, ratio, budget, seed, progress)
            .map_err(|e| Error::Usage(e.to_string()))?;
        points.push(point.into());
    }
    Ok(Curve { decoder: name.to_owned(), points })
}

/// Curves as a table for people: a row a decoder and ratio.
#[derive(Debug, Clone, Serialize)]
pub struct Curves {
    /// Name of the code.
    pub code: String,
    /// One a decoder.
    pub curves: Vec<Curve>,
}

impl fmt::Display for Curves {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{}: bit and block error rates (95 % interval), words decoded a second",
            self.code
        )?;
        writeln!(
            f,
            "{:34} {:>5} {:>9} {:>20} {:>9} {:>9} {:>9}",
            "decoder", "Eb/N0", "BER", "", "BLER", "words", "words/s"
        )?;
        for curve in &self.curves {
            for p in &curve.points {
                let interval = format!("[{:.1e}, {:.1e}]", p.ber_interval[0], p.ber_interval[1]);
                writeln!(
                    f,
                    "{:34} {:>5} {:>9.2e} {interval:>20} {:>9.2e} {:>9} {:>9.0}",
                    curve.decoder, p.ebn0_db, p.ber, p.bler, p.words, p.words_per_second
                )?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::pearson;

    #[test]
    fn pearson_of_a_line_is_one_and_of_a_constant_zero() {
        assert!((pearson(&[1.0, 2.0, 4.0], &[3.0, 5.0, 9.0]) - 1.0).abs() < 1e-12);
        assert!((pearson(&[1.0, 2.0, 4.0], &[-3.0, -5.0, -9.0]) + 1.0).abs() < 1e-12);
        assert_eq!(pearson(&[1.0, 1.0], &[0.0, 2.0]), 0.0);
    }
}
