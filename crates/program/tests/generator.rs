//! Generated programs are alive, and have everything that a program can have.

mod survey;

use std::collections::BTreeSet;

use noctule_program::generate::{self, Shape};
use survey::survey;

/// Features of which every one must occur in a few hundred programs.
fn wanted() -> BTreeSet<String> {
    let sites = [
        "attention_input",
        "query",
        "key",
        "value",
        "attention",
        "context",
        "ffn_input",
        "ffn_hidden",
    ];
    let mut wanted = BTreeSet::new();
    for bits in [1, 2, 4, 8] {
        wanted.extend(sites.map(|site| format!("{site} has {bits} bits")));
        wanted.insert(format!("a table has {bits} bits"));
    }
    wanted.extend((0..8).map(|ratio| format!("ratio {ratio}")));
    let features = [
        "text with segments",
        "text without segments",
        "channel words",
        "patches",
        "all tokens are magnitudes",
        "no token is a magnitude",
        "one token",
        "one head",
        "odd head width",
        "width is no multiple of 64",
        "width 1",
        "several layers",
        "embedding with norm",
        "embedding without norm",
        "softmax",
        "sps",
        "one plane",
        "causal",
        "no mask",
        "static mask",
        "a row with nothing allowed",
        "pooled head",
        "per-token head",
        "head of fewer tokens",
        "least threshold",
        "largest threshold",
        "mul 0",
        "mul 65535",
        "largest add",
        "least gain",
        "largest bias",
        "least head weight",
        "tau 1",
        "tau 255 / 2^31",
        "exponent 0",
        "one exponent",
        "saturated residual",
        "flat row before a norm",
    ];
    wanted.extend(features.map(String::from));
    wanted
}

#[test]
fn everything_occurs() {
    let missing: Vec<String> = wanted().difference(&survey().features).cloned().collect();
    assert!(missing.is_empty(), "{missing:#?}");
}

#[test]
fn codes_are_alive() {
    for (site, life) in &survey().life {
        let (constant, channels) = (life.constant, life.channels);
        println!("{site:?}: {constant} of {channels} channels constant");
        assert!(channels > 500 && constant * 5 < channels, "{site:?}: {constant} of {channels}");
    }
    assert_eq!(survey().life.len(), 8);
}

#[test]
fn logits_are_alive() {
    let survey = survey();
    println!("logits constant in {} of {} programs", survey.constant_logits, survey.programs);
    assert!(survey.constant_logits * 5 < survey.programs);
}

#[test]
fn equal_seeds_make_equal_programs() {
    assert!((0..20).all(|seed| generate::program(seed) == generate::program(seed)));
    assert!((0..20).all(|seed| generate::program(seed) != generate::program(seed + 1)));
    let program = generate::program(3);
    assert_eq!(generate::input(&program, 5), generate::input(&program, 5));
}

#[test]
fn bert_base_is_a_shape() {
    let mut shape = Shape::bert_base(1, Some(1));
    assert_eq!((shape.layers.len(), shape.tokens), (12, 128));
    shape.layers.truncate(1);
    let program = generate::sized(&shape, 1);
    assert_eq!(program.layers[0].ffn.up.weights.high.rows(), 3072);
}
