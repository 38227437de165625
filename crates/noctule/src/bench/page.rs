//! A self-contained page: roofline, time of each operator, the table.

use maud::{DOCTYPE, Markup, PreEscaped, html};
use plotters::{
    coord::{Shift, types::RangedCoordf64},
    prelude::*,
};

use super::{
    machine::Ceiling,
    report::{Comparison, Report},
    roofline::Row,
    text::plural,
};
use crate::{error::Error, page::STYLE};

const PRODUCT: RGBColor = RGBColor(0x1b, 0x6c, 0xa8);
const BETWEEN: RGBColor = RGBColor(0xd9, 0x5f, 0x02);
const LIMIT: RGBColor = RGBColor(0x33, 0x33, 0x33);

/// The page as HTML.
///
/// # Errors
/// [`Error::Input`] if there is nothing to draw.
pub fn page(report: &Report) -> Result<String, Error> {
    let rows = report.roofline.by_operator();
    let roof = svg("roofline", (900, 520), |area| roofline(area, report, &rows))?;
    let bars = svg("times", (900, 60 + 26 * rows.len() as u32), |area| times(area, &rows))?;
    let title = format!("{}, {} tokens", report.program, report.tokens);
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head { meta charset="utf-8"; title { (title) } style { (PreEscaped(STYLE)) } }
            body {
                h1 { (title) }
                (summary(report))
                h2 { "Roofline" }
                p { "Blue: matrix products. Orange: what is between them. A line is what the machine was
                     measured to do at most; an operator below it waits for something else." }
                (PreEscaped(roof))
                h2 { "Time of each operator" }
                p { "Filled: time of an inference. Dark line: what the limit that binds would allow." }
                (PreEscaped(bars))
                (table(&rows))
                @if let Some(comparison) = &report.comparison { (peers(comparison)) }
                h2 { "How" }
                pre { (report.command) }
            }
        }
    };
    Ok(page.into_string())
}

fn summary(report: &Report) -> Markup {
    let t = report.latency_ms;
    html! {
        p {
            (report.machine.to_string()) ". Kernel " (report.kernels.join(", ")) ", " (plural(report.threads)) ": "
            b { (format!("{:.2} ms", t.median)) }
            (format!(" (best {:.2}), {:.0} GOPS, ", t.best, report.gops()))
            (format!("{:.1} % of the time outside matrix products.", 100.0 * report.roofline.outside_products))
        }
    }
}

fn table(rows: &[Row]) -> Markup {
    html! {
        table {
            thead { tr {
                th { "operator" } th { "ms" } th { "%" } th { "Mop" } th { "KB" } th { "GOPS" }
                th { "of the limit" } th { "binds" }
            } }
            tbody { @for row in rows { tr {
                td { (row.operator) }
                td { (format!("{:.3}", row.ms)) }
                td { (format!("{:.1}", 100.0 * row.share_of_time)) }
                td { (format!("{:.1}", row.operations() as f64 / 1e6)) }
                td { (format!("{:.0}", row.bytes() as f64 / 1e3)) }
                td { (format!("{:.0}", row.gops())) }
                td { (format!("{:.0} %", 100.0 * row.share_of_limit)) }
                td { (row.binds) }
            } } }
        }
    }
}

fn peers(comparison: &Comparison) -> Markup {
    html! {
        h2 { "Others on the same network, by turns" }
        table {
            thead { tr { th { "engine" } th { "median ms" } th { "best ms" } th { "ratio" } th { "form" } } }
            tbody { @for peer in &comparison.peers { tr {
                td { (peer.engine) }
                td { (format!("{:.2}", peer.latency_ms.median)) }
                td { (format!("{:.2}", peer.latency_ms.best)) }
                td { (format!("{:.2}x", peer.ratio)) }
                td { (peer.form) }
            } } }
        }
    }
}

type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;
type Drawn = Result<(), Box<dyn std::error::Error>>;

fn svg(
    what: &str,
    size: (u32, u32),
    draw: impl FnOnce(&Area<'_>) -> Drawn,
) -> Result<String, Error> {
    let mut svg = String::new();
    {
        let area = SVGBackend::with_string(&mut svg, size).into_drawing_area();
        draw(&area)
            .and_then(|()| Ok(area.present()?))
            .map_err(|e| Error::Input(format!("the plot of the {what} cannot be drawn: {e}")))?;
    }
    Ok(svg)
}

/// Operations for each byte, and 10^9 operations a second.
fn place(row: &Row) -> Option<(f64, f64)> {
    let (operations, bytes) = (row.operations() as f64, row.bytes() as f64);
    (operations > 0.0 && bytes > 0.0 && row.ms > 0.0).then(|| (operations / bytes, row.gops()))
}

fn roofline(area: &Area<'_>, report: &Report, rows: &[Row]) -> Drawn {
    let points: Vec<_> = rows.iter().filter_map(|row| Some((place(row)?, row))).collect();
    let ceiling = report.limits.all.first().ok_or("no limit")?;
    let top = 2.0 * ceiling.one_bit_gops;
    let (left, right) = ends(points.iter().map(|(at, _)| at.0)).ok_or("no operator")?;
    let (low, _) = ends(points.iter().map(|(at, _)| at.1)).ok_or("no operator")?;
    let (x, y) = (left / 4.0..right * 4.0, (low / 4.0).min(top / 1e3)..top);
    let mut chart = ChartBuilder::on(area)
        .margin(12)
        .x_label_area_size(44)
        .y_label_area_size(64)
        .build_cartesian_2d(x.clone().log_scale(), y.clone().log_scale())?;
    chart
        .configure_mesh()
        .light_line_style(WHITE.mix(0.0))
        .x_desc("operations for each byte")
        .y_desc("10^9 operations a second")
        .draw()?;
    let mut names = Vec::new();
    for line in lines(ceiling, &x, &y) {
        let [(x0, y0), (x1, y1)] = line.ends;
        let middle = ((x0 * x1).sqrt(), (y0 * y1).sqrt());
        let at = if y0 == y1 { (x0 * 1.2, y0 * 1.3) } else { middle };
        names.push((chart.backend_coord(&at), line.name, LIMIT));
        let style = LIMIT.mix(line.strength).stroke_width(2);
        chart.draw_series(LineSeries::new(line.ends, style))?;
    }
    for (at, row) in &points {
        let (x, y) = chart.backend_coord(at);
        names.push(((x + 9, y - 7), row.operator.to_owned(), colour(row)));
        chart.draw_series([Circle::new(*at, 5, colour(row).filled())])?;
    }
    label(area, names)
}

/// A limit in the plane of the roofline.
struct Line {
    name: String,
    ends: [(f64, f64); 2],
    strength: f64,
}

type Range = std::ops::Range<f64>;

fn lines(ceiling: &Ceiling, x: &Range, y: &Range) -> Vec<Line> {
    let flat = |(name, gops): (&str, f64)| Line {
        name: name.to_owned(),
        ends: [(x.start, gops), (x.end, gops)],
        strength: 1.0,
    };
    let computing = [
        ("one-bit products", ceiling.one_bit_gops),
        ("32-bit arithmetic", ceiling.arithmetic_gops),
    ];
    let memory = ceiling.memory.iter().map(|memory| {
        let rate = memory.gbytes_per_second;
        let (from, to) = ((y.start / rate).max(x.start), (ceiling.one_bit_gops / rate).min(x.end));
        Line {
            name: memory.level.clone(),
            ends: [(from, from * rate), (to, to * rate)],
            strength: 0.4,
        }
    });
    computing.map(flat).into_iter().chain(memory).collect()
}

/// Writes names near their places, below one another where they would overlap.
fn label(area: &Area<'_>, mut names: Vec<((i32, i32), String, RGBColor)>) -> Drawn {
    const HEIGHT: i32 = 14;
    names.sort_by_key(|(at, ..)| at.1);
    let mut written: Vec<(i32, i32, i32)> = Vec::new();
    for ((x, mut y), name, colour) in names {
        let width = 8 * name.len() as i32;
        for &(left, right, above) in &written {
            if left < x + width && x < right && (above - HEIGHT..above + HEIGHT).contains(&y) {
                y = above + HEIGHT;
            }
        }
        written.push((x, x + width, y));
        written.sort_by_key(|&(.., y)| y);
        let style = ("sans-serif", 13).into_font().color(&colour);
        area.draw_text(&name, &style, (x, y))?;
    }
    Ok(())
}

fn colour(row: &Row) -> RGBColor {
    if row.product { PRODUCT } else { BETWEEN }
}

fn ends(values: impl Iterator<Item = f64>) -> Option<(f64, f64)> {
    values.fold(None, |ends, v| {
        Some(ends.map_or((v, v), |(low, high): (f64, f64)| (low.min(v), high.max(v))))
    })
}

type Chart<'a, 'b> = ChartContext<'a, SVGBackend<'b>, Cartesian2d<RangedCoordf64, RangedCoordf64>>;

fn times(area: &Area<'_>, rows: &[Row]) -> Drawn {
    let longest = rows.iter().map(|row| row.ms).fold(0.0, f64::max);
    if longest <= 0.0 {
        return Err("no time".into());
    }
    let mut chart: Chart<'_, '_> = ChartBuilder::on(area)
        .margin(12)
        .x_label_area_size(36)
        .y_label_area_size(140)
        .build_cartesian_2d(0.0..longest * 1.1, rows.len() as f64..0.0)?;
    chart.configure_mesh().disable_y_mesh().x_desc("ms of an inference").y_labels(0).draw()?;
    for (n, row) in rows.iter().enumerate() {
        let n = n as f64;
        let bar = [(0.0, n + 0.15), (row.ms, n + 0.85)];
        chart.draw_series([Rectangle::new(bar, colour(row).mix(0.75).filled())])?;
        let limit = row.compute_limit_ms.max(row.memory_limit_ms).min(longest * 1.1);
        let mark = [(limit, n + 0.05), (limit, n + 0.95)];
        chart.draw_series(LineSeries::new(mark, LIMIT.stroke_width(3)))?;
        let (_, y) = chart.backend_coord(&(0.0, n + 0.5));
        let style = ("sans-serif", 14).into_font().into_text_style(area);
        area.draw_text(row.operator, &style, (16, y - 7))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use noctule_engine::{Engine, Options};
    use noctule_program::generate;

    use super::*;
    use crate::bench::report::Plan;

    #[test]
    fn a_page_shows_every_operator_and_needs_nothing_else() {
        let program = generate::program(12);
        let engine = Engine::new(&program, Options { threads: 1, kernel: None }).unwrap();
        let plan = Plan {
            name: "<p>".into(),
            tokens: program.max_tokens,
            batch: 2,
            budget: Duration::from_millis(5),
            python: None,
            command: "a & b".into(),
        };
        let report = Report::measure(&program, engine, &plan).unwrap();
        let page = page(&report).unwrap();
        for row in report.roofline.by_operator() {
            assert!(page.matches(row.operator).count() >= 2, "{}", row.operator);
        }
        for part in ["&lt;p&gt;", "a &amp; b", "bit products", "32-bit arithmetic", "memory"] {
            assert!(page.contains(part), "{part}");
        }
        assert_eq!(page.matches("http://").count(), page.matches("http://www.w3.org").count());
        assert!(!page.contains("https://") && !page.contains("NaN"));
    }
}
