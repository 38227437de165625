//! The curves of a run as one SVG picture: the loss above, the metric below.
//!
//! Drawn by hand: with `plotters` as a dependency of this crate, even without its default features, cargo built
//! burn a second time for builds of this crate alone, which two panels of lines are not worth.

use std::path::Path;

use super::error::Result;
use super::files::write_atomically;
use super::metrics::Record;

const WIDTH: f64 = 900.0;
const PANEL: f64 = 300.0;
/// Room for numbers and titles: left, top, right, bottom.
const MARGIN: (f64, f64, f64, f64) = (70.0, 34.0, 16.0, 34.0);
const TICKS: u32 = 4;

/// One line of a panel: points of (step counted over all stages, value).
type Curve = Vec<(f64, f64)>;

/// Draws `records` to `path`, replacing an older picture in one go.
///
/// # Errors
/// The file cannot be written.
pub fn draw(records: &[Record], path: &Path) -> Result<()> {
    write_atomically(path, render(records).as_bytes())
}

fn render(records: &[Record]) -> String {
    let (loss, metric, name) = curves(records);
    let panels = Panel::new(0.0, "loss", &smooth(&loss), "#1f5fbf").svg()
        + &Panel::new(PANEL, &name, &metric, "#bf3f1f").svg();
    let height = 2.0 * PANEL;
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" font-family=\"sans-serif\" \
         font-size=\"12\">\n<rect width=\"{WIDTH}\" height=\"{height}\" fill=\"white\"/>\n{panels}</svg>\n"
    )
}

/// Axes and one curve.
struct Panel<'a> {
    top: f64,
    title: &'a str,
    curve: &'a [(f64, f64)],
    color: &'a str,
    steps: std::ops::Range<f64>,
    values: std::ops::Range<f64>,
}

impl<'a> Panel<'a> {
    fn new(top: f64, title: &'a str, curve: &'a [(f64, f64)], color: &'a str) -> Self {
        let (steps, values) = (range(curve.iter().map(|p| p.0)), range(curve.iter().map(|p| p.1)));
        Self { top, title, curve, color, steps, values }
    }

    /// Where a point lies in the picture.
    fn place(&self, (step, value): (f64, f64)) -> (f64, f64) {
        let (left, top, right, bottom) = MARGIN;
        let share =
            |at: f64, range: &std::ops::Range<f64>| (at - range.start) / (range.end - range.start);
        let x = left + share(step, &self.steps) * (WIDTH - left - right);
        let y = self.top + PANEL - bottom - share(value, &self.values) * (PANEL - top - bottom);
        (x, y)
    }

    fn svg(&self) -> String {
        let (x, y) = (WIDTH / 2.0, self.top + 20.0);
        let title = format!(
            "<text x=\"{x}\" y=\"{y}\" text-anchor=\"middle\" font-size=\"15\">{}</text>\n",
            self.title
        );
        let points = self.curve.iter().filter(|point| point.1.is_finite()).map(|&point| {
            let (x, y) = self.place(point);
            format!("{x:.1},{y:.1} ")
        });
        let line = format!(
            "<polyline fill=\"none\" stroke=\"{}\" stroke-width=\"1.5\" points=\"{}\"/>\n",
            self.color,
            points.collect::<String>().trim_end()
        );
        title + &self.axes() + &line
    }

    /// Grid lines with their numbers.
    fn axes(&self) -> String {
        let at = |range: &std::ops::Range<f64>, tick| {
            range.start + (range.end - range.start) * f64::from(tick) / f64::from(TICKS)
        };
        (0..=TICKS).map(|tick| self.ticks(at(&self.steps, tick), at(&self.values, tick))).collect()
    }

    fn ticks(&self, step: f64, value: f64) -> String {
        let ((left, y), (right, _)) =
            (self.place((self.steps.start, value)), self.place((self.steps.end, value)));
        let (x, bottom) = self.place((step, self.values.start));
        format!(
            "<path d=\"M{left:.1} {y:.1}H{right:.1}\" stroke=\"#ddd\"/>\n\
             <text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{value:.4}</text>\n\
             <text x=\"{x:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{step:.0}</text>\n",
            left - 6.0,
            y + 4.0,
            bottom + 18.0
        )
    }
}

/// Loss, first figure of the evaluations, and that figure's name; steps of later stages follow on.
fn curves(records: &[Record]) -> (Curve, Curve, String) {
    let (mut loss, mut metric, mut name) =
        (Curve::new(), Curve::new(), String::from("no evaluation yet"));
    let (mut stage_seen, mut start, mut last) = (0, 0.0, 0.0);
    for record in records {
        let (stage, step) = record.position();
        if stage != stage_seen {
            (stage_seen, start) = (stage, last);
        }
        last = start + step as f64;
        match record {
            Record::Train { loss: value, .. } => loss.push((last, *value)),
            Record::Evaluation { figures, .. } => {
                if let Some((title, value)) = figures.first() {
                    name.clone_from(title);
                    metric.push((last, *value));
                }
            }
        }
    }
    (loss, metric, name)
}

/// Running mean over about a hundredth of the curve: single steps are noisy.
fn smooth(curve: &[(f64, f64)]) -> Curve {
    let width = (curve.len() / 100).max(1);
    let mean =
        |window: &[(f64, f64)]| window.iter().map(|p| p.1).sum::<f64>() / window.len() as f64;
    (0..curve.len())
        .map(|at| (curve[at].0, mean(&curve[at.saturating_sub(width - 1)..=at])))
        .collect()
}

/// The range of finite values, never empty.
fn range(values: impl Iterator<Item = f64>) -> std::ops::Range<f64> {
    let (low, high) = values
        .filter(|value| value.is_finite())
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| {
            (low.min(value), high.max(value))
        });
    match (low <= high, low < high) {
        (false, _) => 0.0..1.0,
        (_, false) => low - 0.5..high + 0.5,
        _ => low..high,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trainer::progress::LossParts;

    #[test]
    fn later_stages_follow_on_and_both_panels_are_drawn() {
        let loss = |stage, step, total| {
            Record::train(stage, step, LossParts { total, ..LossParts::default() }, 1.0, 1.0)
        };
        let figure = |stage, step| Record::Evaluation {
            stage,
            step,
            figures: vec![("accuracy".into(), 0.5)],
        };
        let records = [loss(0, 10, 3.0), figure(0, 20), loss(1, 10, 2.0), loss(1, 20, 1.0)];
        let (curve, metric, _) = curves(&records);
        assert_eq!(curve, [(10.0, 3.0), (30.0, 2.0), (40.0, 1.0)]);
        assert_eq!(metric, [(20.0, 0.5)]);
        let picture = render(&records);
        assert!(
            picture.starts_with("<svg")
                && picture.contains("accuracy")
                && picture.contains("polyline")
        );
    }

    #[test]
    fn an_empty_record_is_drawn_too() {
        assert!(render(&[]).contains("no evaluation yet"));
    }
}
