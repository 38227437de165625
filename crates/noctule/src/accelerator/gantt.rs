//! A self-contained page: units over time, an instruction a bar, in the colour of its layer.

use maud::{DOCTYPE, Markup, PreEscaped, html};
use noctule_accel::{isa::Unit, sim::run::Timing};

use super::report::Report;
use crate::{error::Error, page::STYLE};

const SCRIPT: &str = include_str!("gantt.js");
const OWN_STYLE: &str = "body{max-width:90rem}#chart{border:1px solid #ccc;width:100%;display:block;cursor:grab;touch-action:none}\
#about{min-height:1.6em;font-variant-numeric:tabular-nums}#parts button{margin:.15rem;padding:.1rem .5rem;border:1px solid #bbb;\
background:#fff;border-radius:.3rem;cursor:pointer}";

/// The page as HTML.
///
/// # Errors
/// [`Error::Input`] if the schedule cannot be written as data.
pub fn page(title: &str, report: &Report, timing: &Timing, command: &str) -> Result<String, Error> {
    let data = data(timing)?;
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head { meta charset="utf-8"; title { (title) } style { (PreEscaped(STYLE)) (PreEscaped(OWN_STYLE)) } }
            body {
                h1 { (title) }
                p {
                    b { (report.cycles) " cycles" }
                    (format!(", {:.4} ms at {} MHz, {:.0} effective GOPS; {:.1} bytes a cycle from external memory.",
                        report.ms, report.clock_mhz, report.gops, report.bytes_per_cycle))
                }
                p { "A bar is an instruction, from the cycle in which its unit took it to the one in which the unit could take the next. "
                    "The wheel zooms, dragging moves, a double click shows all; the pointer over a bar tells what it is." }
                div id="parts" {
                    button data-from="0" data-to=(report.cycles) { "all" }
                    @for part in &report.layers { button data-from=(part.from) data-to=(part.to) { (part.name) } }
                }
                svg id="chart" viewBox="0 0 1200 340" role="img" aria-label="units over time" {}
                p id="about" {}
                (units(report))
                h2 { "How" }
                pre { (command) }
                script { (PreEscaped(format!("const schedule={data};"))) (PreEscaped(SCRIPT)) }
            }
        }
    };
    Ok(page.into_string())
}

/// Names, and of each instruction: unit, layer (-1: none), operation, part, queued, accept, ready, done, what held it (-1: nothing).
fn data(timing: &Timing) -> Result<String, Error> {
    let mut names: Vec<&str> = Vec::new();
    let mut events = Vec::with_capacity(timing.events.len());
    for event in &timing.events {
        let what = names.iter().position(|name| *name == event.tag.what).unwrap_or_else(|| {
            names.push(event.tag.what);
            names.len() - 1
        });
        let number = |value: Option<usize>| value.map_or(-1, |value| value as i64);
        let held = number(event.held_by.map(|unit| unit as usize));
        let times = [event.queued, event.accept, event.ready, event.done].map(|cycle| cycle as i64);
        let [queued, accept, ready, done] = times;
        let (unit, layer, part) =
            (event.unit as i64, number(event.tag.layer), event.tag.part as i64);
        events.push([unit, layer, what as i64, part, queued, accept, ready, done, held]);
    }
    let units = Unit::ALL.map(Unit::name);
    let value = serde_json::json!({"cycles": timing.cycles, "units": units, "names": names, "events": events});
    // Nothing in a script element may look like its end.
    Ok(value.to_string().replace('<', "\\u003c"))
}

fn units(report: &Report) -> Markup {
    html! {
        table {
            thead { tr { th { "unit" } th { "instructions" } th { "busy cycles" } th { "%" } th { "no work" } th { "waits for (cycles)" } } }
            tbody { @for unit in &report.units { tr {
                td { (unit.unit) } td { (unit.instructions) } td { (unit.busy_cycles) }
                td { (format!("{:.1}", 100.0 * unit.utilization)) } td { (unit.idle_cycles) }
                td { (unit.waits()) }
            } } }
        }
    }
}

#[cfg(test)]
mod tests {
    use noctule_accel::{config::Config, schedule::Tag, sim::run::Event};
    use noctule_program::generate;

    use super::*;

    #[test]
    fn a_page_holds_every_instruction_and_needs_nothing_else() {
        let tag = Tag { layer: Some(2), what: "query", part: 1 };
        let event = Event {
            unit: Unit::Qmm,
            tag,
            queued: 3,
            accept: 7,
            ready: 11,
            done: 19,
            held_by: Some(Unit::Load),
        };
        let timing =
            Timing { cycles: 20, boot: 1, events: vec![event], busy: [1; 8], external_bytes: 5 };
        let (program, config) = (generate::program(1), Config::preset("tiny").unwrap());
        let report = Report::new(&program, &config, program.max_tokens, &timing);
        let page = page("<t>", &report, &timing, "a & b").unwrap();
        for part in [
            "&lt;t&gt;",
            "a &amp; b",
            "[4,2,0,1,3,7,11,19,0]",
            "\"query\"",
            ">layer 2</button>",
            "<svg",
        ] {
            assert!(page.contains(part), "{part}");
        }
        assert_eq!(page.matches("http://").count(), page.matches("http://www.w3.org").count());
        assert!(!page.contains("https://") && !page.contains("NaN"));
    }
}
