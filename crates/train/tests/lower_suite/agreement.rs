//! Whole random networks, lowered and compared with their own float forward pass.

use std::sync::LazyLock;

use noctule_train::lower::{LowerOptions, Report, lower};
use noctule_train::model::{Arch, AttentionForm, Precision, WeightForm};

use super::nets::{calibration, causal_text, channel, device, images, network, text};

struct Case {
    name: String,
    precision: Precision,
    report: Report,
}

/// Every network, lowered once for all tests.
static CASES: LazyLock<Vec<Case>> = LazyLock::new(|| {
    let archs = (0..).zip(archs());
    archs.flat_map(|(seed, arch)| precisions().map(|form| case(arch.clone(), form, seed))).collect()
});

fn case((kind, arch): (&str, Arch), (form, precision): (&str, Precision), seed: u64) -> Case {
    let model = network(&arch, &precision, 100 * seed);
    let calibration = calibration(&arch, 100 * seed + 50);
    let report = lower(&model, &device(), &calibration, &LowerOptions::default()).unwrap().report;
    Case { name: format!("{kind} {form}"), precision, report }
}

fn archs() -> [(&'static str, Arch); 4] {
    [("text", text()), ("causal", causal_text()), ("channel", channel()), ("images", images())]
}

fn precisions() -> [(&'static str, Precision); 9] {
    let split = |bits| Precision::uniform(WeightForm::Split, bits);
    let sps = |mut precision: Precision| {
        precision.attention = AttentionForm::Sps;
        precision.bits.attention = 1;
        precision
    };
    [
        ("w1a1", Precision::w1a(1)),
        ("w1a1 sps", sps(Precision::w1a(1))),
        ("split a1", split(1)),
        ("w1a2", Precision::w1a(2)),
        ("w1a4", Precision::w1a(4)),
        ("w1a4 sps", sps(Precision::w1a(4))),
        ("split a4", split(4)),
        ("w1a8", Precision::w1a(8)),
        ("split a8", split(8)),
    ]
}

#[test]
fn every_site_follows_its_float_rule() {
    for Case { name, precision, report } in CASES.iter() {
        for site in &report.sites {
            let place = format!("{name}, layer {} {}", site.layer, site.site);
            assert!(site.codes > 0, "{place}: nothing compared");
            // Eight-bit attention codes are finer than tau's eight bits.
            let wide = site.site == "attention" && precision.bits.attention == 8;
            let least = if wide { 0.95 } else { 0.99 };
            assert!(site.same_input > least, "{place}: {} given the same input", site.same_input);
        }
    }
}

#[test]
fn one_bit_sites_but_the_softmax_are_exact() {
    for Case { name, precision, report } in CASES.iter().filter(|c| c.precision.bits.query == 1) {
        let softmax = precision.attention == AttentionForm::Softmax;
        for site in report.sites.iter().filter(|site| !softmax || site.site != "attention") {
            assert_eq!(site.same_input, 1.0, "{name}, layer {} {}", site.layer, site.site);
        }
    }
}

#[test]
fn residuals_stay_within_steps_and_range() {
    for Case { name, report, .. } in CASES.iter() {
        for stream in &report.streams {
            let error = stream.error_steps.unwrap_or(0.0);
            // Rounding gives 0.3 to 0.5; the norm's epsilon, which a program has not, the rest.
            assert!(error < 2.0, "{name}: {} is {error} steps off", stream.place);
        }
        let share = report.largest_residual / report.residual_limit;
        assert!((0.2..0.8).contains(&share), "{name}: {share} of the residual stream is used");
    }
}

#[test]
fn answers_follow_the_trained_network() {
    let mut apart = Vec::new();
    for Case { name, precision, report } in CASES.iter() {
        let stream = report.streams.last().unwrap().correlation.unwrap();
        let logits = report.logits.correlation.unwrap();
        let same = report.logits.same_decision;
        let found = format!("{name}: stream {stream:.6}, logits {logits:.6}, decisions {same:.4}");
        println!("{found}");
        // An untrained network of few bits amplifies every difference: there only the trend is asked for.
        let (stream_least, logits_least) = match precision.bits.query {
            1 => (0.9, 0.7),
            8 => (0.999, 0.999),
            _ => (0.99, 0.9),
        };
        if stream < stream_least || logits < logits_least {
            apart.push(found);
        }
    }
    assert!(apart.is_empty(), "too far apart: {apart:#?}");
}
