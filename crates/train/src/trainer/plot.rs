//! The curves of a run as one SVG picture: the loss above, the metric below.

use std::path::Path;

use plotters::coord::Shift;
use plotters::prelude::*;

use super::error::{Result, TrainError};
use super::files::write_atomically;
use super::metrics::Record;

const SIZE: (u32, u32) = (900, 640);

/// One line of a panel: points of (step counted over all stages, value).
type Curve = Vec<(f64, f64)>;

/// Draws `records` to `path`, replacing an older picture in one go.
///
/// # Errors
/// The file cannot be written.
pub fn draw(records: &[Record], path: &Path) -> Result<()> {
    let mut picture = String::new();
    render(records, &mut picture).map_err(|error| TrainError::damaged(path, format!("cannot be drawn: {error}")))?;
    write_atomically(path, picture.as_bytes())
}

fn render(records: &[Record], picture: &mut String) -> std::result::Result<(), Box<dyn std::error::Error>> {
    let (loss, metric, name) = curves(records);
    let root = SVGBackend::with_string(picture, SIZE).into_drawing_area();
    root.fill(&WHITE)?;
    let (upper, lower) = root.split_vertically((50).percent_height());
    panel(&upper, "loss", &smooth(&loss), &BLUE)?;
    panel(&lower, &name, &metric, &RED)?;
    root.present()?;
    Ok(())
}

fn panel(
    area: &DrawingArea<SVGBackend<'_>, Shift>,
    title: &str,
    curve: &[(f64, f64)],
    color: &RGBColor,
) -> std::result::Result<(), Box<dyn std::error::Error>> {
    let (steps, values) = (range(curve.iter().map(|p| p.0)), range(curve.iter().map(|p| p.1)));
    let mut chart = ChartBuilder::on(area)
        .caption(title, ("sans-serif", 18))
        .margin(12)
        .x_label_area_size(32)
        .y_label_area_size(64)
        .build_cartesian_2d(steps, values)?;
    chart.configure_mesh().x_desc("step").max_light_lines(1).draw()?;
    chart.draw_series(LineSeries::new(curve.iter().copied(), color))?;
    Ok(())
}

/// Loss, first figure of the evaluations, and that figure's name; steps of later stages follow on.
fn curves(records: &[Record]) -> (Curve, Curve, String) {
    let (mut loss, mut metric, mut name) = (Curve::new(), Curve::new(), String::from("no evaluation yet"));
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
    let mean = |window: &[(f64, f64)]| window.iter().map(|p| p.1).sum::<f64>() / window.len() as f64;
    (0..curve.len()).map(|at| (curve[at].0, mean(&curve[at.saturating_sub(width - 1)..=at]))).collect()
}

/// The range of finite values, never empty.
fn range(values: impl Iterator<Item = f64>) -> std::ops::Range<f64> {
    let (low, high) = values
        .filter(|value| value.is_finite())
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(value), high.max(value)));
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
        let loss = |stage, step, total| Record::train(stage, step, LossParts { total, ..LossParts::default() }, 1.0, 1.0);
        let figure = |stage, step| Record::Evaluation { stage, step, figures: vec![("accuracy".into(), 0.5)] };
        let records = [loss(0, 10, 3.0), figure(0, 20), loss(1, 10, 2.0), loss(1, 20, 1.0)];
        let (curve, metric, _) = curves(&records);
        assert_eq!(curve, [(10.0, 3.0), (30.0, 2.0), (40.0, 1.0)]);
        assert_eq!(metric, [(20.0, 0.5)]);
        let mut picture = String::new();
        render(&records, &mut picture).expect("draws");
        assert!(picture.starts_with("<svg") && picture.contains("accuracy") && picture.contains("polyline"));
    }

    #[test]
    fn an_empty_record_is_drawn_too() {
        let mut picture = String::new();
        render(&[], &mut picture).expect("draws");
        assert!(picture.contains("no evaluation yet"));
    }
}
