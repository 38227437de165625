//! A self-contained page with error-rate curves.

use maud::{DOCTYPE, Markup, PreEscaped, html};
use plotters::prelude::*;

use crate::{
    error::Error,
    evaluate::{Curve, CurvePoint, Curves},
};

pub(crate) const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#222}\
table{border-collapse:collapse;width:100%}th,td{padding:.25rem .6rem;text-align:right;border-bottom:1px solid #ddd}\
th:first-child,td:first-child{text-align:left}svg{max-width:100%;height:auto}pre{background:#f4f4f4;padding:1rem;overflow:auto}";

const COLOURS: [RGBColor; 6] = [
    RGBColor(0x77, 0x77, 0x77),
    RGBColor(0x1b, 0x6c, 0xa8),
    RGBColor(0xd9, 0x5f, 0x02),
    RGBColor(0x1b, 0x9e, 0x77),
    RGBColor(0x75, 0x70, 0xb3),
    RGBColor(0xe7, 0x29, 0x8a),
];

/// One of the two error rates of a point.
type Rate = fn(&CurvePoint) -> f64;

/// The page as HTML: both plots, the table, and `notes` (what was done, on what machine).
///
/// # Errors
/// [`Error::Input`] if there is nothing to draw.
pub fn error_rates(title: &str, curves: &Curves, notes: &[String]) -> Result<String, Error> {
    let bits = plot(&curves.curves, "bit error rate", |p| p.ber)?;
    let blocks = plot(&curves.curves, "block error rate", |p| p.bler)?;
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head { meta charset="utf-8"; title { (title) } style { (PreEscaped(STYLE)) } }
            body {
                h1 { (title) }
                (PreEscaped(bits))
                (PreEscaped(blocks))
                (table(curves))
                h2 { "How" }
                ul { @for note in notes { li { (note) } } }
            }
        }
    };
    Ok(page.into_string())
}

fn table(curves: &Curves) -> Markup {
    html! {
        table {
            thead { tr { th { "decoder" } th { "Eb/N0, dB" } th { "BER" } th { "95 %" } th { "BLER" } th { "words" } th { "words/s" } } }
            tbody {
                @for curve in &curves.curves { @for p in &curve.points {
                    tr {
                        td { (curve.decoder) } td { (p.ebn0_db) } td { (format!("{:.2e}", p.ber)) }
                        td { (format!("{:.1e} .. {:.1e}", p.ber_interval[0], p.ber_interval[1])) }
                        td { (format!("{:.2e}", p.bler)) } td { (p.words) } td { (format!("{:.0}", p.words_per_second)) }
                    }
                } }
            }
        }
    }
}

fn plot(curves: &[Curve], what: &str, rate: Rate) -> Result<String, Error> {
    let mut svg = String::new();
    draw(&mut svg, curves, what, rate)
        .map_err(|e| Error::Input(format!("the plot of the {what} cannot be drawn: {e}")))?;
    Ok(svg)
}

fn draw(
    svg: &mut String,
    curves: &[Curve],
    what: &str,
    rate: Rate,
) -> Result<(), Box<dyn std::error::Error>> {
    let area = SVGBackend::with_string(svg, (900, 480)).into_drawing_area();
    let (x, y) = ranges(curves, rate).ok_or("no point")?;
    let mut chart = ChartBuilder::on(&area)
        .margin(12)
        .x_label_area_size(44)
        .y_label_area_size(76)
        .build_cartesian_2d(x, y.log_scale())?;
    chart
        .configure_mesh()
        .x_desc("Eb/N0 in dB")
        .y_desc(what)
        .y_label_formatter(&|v| format!("{v:.0e}"))
        .draw()?;
    for (curve, colour) in curves.iter().zip(COLOURS.iter().cycle()) {
        let points: Vec<_> = visible(curve, rate).collect();
        chart
            .draw_series(LineSeries::new(points.clone(), colour.stroke_width(2)))?
            .label(&curve.decoder)
            .legend(|(x, y)| PathElement::new([(x, y), (x + 18, y)], colour.stroke_width(2)));
        chart.draw_series(points.into_iter().map(|p| Circle::new(p, 4, colour.filled())))?;
    }
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::LowerLeft)
        .background_style(WHITE.mix(0.9))
        .border_style(BLACK.mix(0.3))
        .draw()?;
    area.present()?;
    Ok(())
}

/// Points without an error have no place on a logarithmic axis.
fn visible(curve: &Curve, rate: Rate) -> impl Iterator<Item = (f64, f64)> + '_ {
    curve.points.iter().map(move |p| (p.ebn0_db, rate(p))).filter(|&(_, y)| y > 0.0)
}

type Range = std::ops::Range<f64>;

fn ranges(curves: &[Curve], rate: Rate) -> Option<(Range, Range)> {
    let points: Vec<_> = curves.iter().flat_map(|c| visible(c, rate)).collect();
    let of = |values: Vec<f64>| -> Option<Range> {
        let low = values.iter().copied().reduce(f64::min)?;
        let high = values.iter().copied().reduce(f64::max)?;
        Some(low..high)
    };
    let x = of(points.iter().map(|p| p.0).collect())?;
    let y = of(points.iter().map(|p| p.1).collect())?;
    Some((x.start - 0.25..x.end + 0.25, y.start / 2.0..(y.end * 2.0).min(1.0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point(ebn0_db: f64, ber: f64) -> CurvePoint {
        CurvePoint {
            ebn0_db,
            words: 10,
            ber,
            ber_interval: [0.0, 1.0],
            bler: ber,
            bler_interval: [0.0, 1.0],
            words_per_second: 1.0,
        }
    }

    #[test]
    fn a_page_shows_every_decoder_and_every_rate() {
        let curve = |name: &str, bers: [f64; 2]| Curve {
            decoder: name.to_owned(),
            points: vec![point(4.0, bers[0]), point(5.0, bers[1])],
        };
        let curves = Curves {
            code: "c".into(),
            curves: vec![curve("<one>", [1e-2, 2e-3]), curve("two", [3e-3, 0.0])],
        };
        let page = error_rates("t", &curves, &["a & b".into()]).unwrap();
        for part in
            ["&lt;one&gt;", "two", "1.00e-2", "2.00e-3", "a &amp; b", "<svg", "block error rate"]
        {
            assert!(page.contains(part), "{part}");
        }
        assert!(
            !page.contains("http://")
                || page.matches("http://").count() == page.matches("http://www.w3.org").count()
        );
    }

    #[test]
    fn nothing_to_draw_is_an_error() {
        let curves = Curves { code: "c".into(), curves: vec![] };
        assert!(error_rates("t", &curves, &[]).is_err());
    }
}
