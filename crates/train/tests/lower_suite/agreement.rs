//! Whole random networks, lowered and compared with their own float forward pass.

use std::sync::LazyLock;

use noctule_train::lower::{LowerOptions, Report, lower};
use noctule_train::model::{Arch, AttentionForm, Precision, WeightForm};

use super::nets::{
    calibration, causal_text, channel, device, images, moved_correlation, network, text,
};

struct Case {
    name: String,
    precision: Precision,
    report: Report,
    /// Correlation of the last residual stream with that of the same network moved by one rounding.
    moved: f64,
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
    let moved = moved_correlation(&model, &calibration[0], report.point);
    Case { name: format!("{kind} {form}"), precision, report, moved }
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
    for Case { name, precision, report, .. } in CASES.iter() {
        for site in &report.sites {
            let place = format!("{name}, layer {} {}", site.layer, site.site);
            assert!(site.codes > 0, "{place}: nothing compared");
            // The highest attention codes are finer than tau's eight bits.
            let wide = site.site == "attention" && precision.bits.attention >= 4;
            let least = if wide { 0.95 } else { 0.99 };
            assert!(site.same_input > least, "{place}: {} given the same input", site.same_input);
        }
    }
}

#[test]
fn one_bit_sites_but_the_softmax_are_exact() {
    for Case { name, precision, report, .. } in CASES.iter().filter(|c| c.precision.bits.query == 1)
    {
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

/// A quantizer turns a small difference before it into some whole steps behind it, and every layer adds to
/// that; so the measure of the programs is what rounding alone does to the trained networks.
#[test]
fn programs_are_no_further_than_a_rounding_takes_the_network() {
    for bits in [1, 2, 4, 8] {
        let (mut lowered, mut rounded) = (0.0, 0.0);
        for Case { name, report, moved, .. } in
            CASES.iter().filter(|c| c.precision.bits.query == bits)
        {
            let stream = report.streams.last().unwrap().correlation.unwrap();
            let (logits, same) = (report.logits.correlation.unwrap(), report.logits.same_decision);
            println!(
                "{name}: stream {stream:.6} (moved {moved:.6}), logits {logits:.6}, {same:.4} of decisions"
            );
            lowered += 1.0 - stream;
            rounded += 1.0 - moved;
        }
        println!("{bits} bits: {lowered:.6} lowered, {rounded:.6} moved");
        assert!(lowered < 2.0 * rounded, "{bits} bits: {lowered} lowered, {rounded} moved");
    }
}
