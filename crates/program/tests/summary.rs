//! Summaries tell the truth.

mod support;

use noctule_program::{
    format::Part,
    generate::{self, Shape},
    summary::{Operations, Product},
};

#[test]
fn a_made_program_has_the_shape_asked_for() {
    for seed in 0..20 {
        let shape = generate::program(seed).shape();
        assert_eq!(generate::sized(&shape, 1).shape(), shape, "seed {seed}");
    }
}

#[test]
fn parts_add_up_to_the_file() {
    let program = support::text();
    let summary = program.summary();
    assert_eq!(summary.bytes(), program.to_bytes().len());
    let parts: Vec<Part> = summary.parts.iter().map(|(part, _)| *part).collect();
    let layers = [Part::Layer(0), Part::Layer(1)];
    let rest = [Part::Head, Part::Extras];
    assert_eq!(parts, [&[Part::Header, Part::Embed, Part::Masks][..], &layers, &rest].concat());
    assert!(summary.parts.contains(&(Part::Masks, 2 * (8 + 5 * 8))));
}

#[test]
fn operations_of_a_small_program() {
    let program = support::patches();
    let of = |layer, product| {
        let found: Vec<Operations> = program.operations(5);
        let at = |o: &&Operations| (o.layer, o.product) == (layer, product);
        found.iter().find(at).map(|o| o.count)
    };
    assert_eq!(of(None, Product::Patches), Some(4 * 4 * 7));
    assert_eq!(of(Some(0), Product::Query), Some(5 * 7 * 6 * 2));
    assert_eq!(of(Some(1), Product::Query), Some(5 * 7 * 6));
    assert_eq!(of(Some(1), Product::Scores), Some(5 * 5 * 6));
    assert_eq!(of(Some(1), Product::Down), Some(5 * 7 * 9));
    assert_eq!(of(None, Product::Head), Some(4 * 3 * 7));
    assert_eq!(of(Some(2), Product::Query), None);
}

#[test]
fn bert_base_has_85_million_binary_weights() {
    let mut shape = Shape::bert_base(1, None);
    shape.layers.truncate(1);
    let weights = generate::sized(&shape, 1).summary().binary_weights;
    assert_eq!(12 * weights, 84_934_656);
}
