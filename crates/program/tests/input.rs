//! Every way in which an input fails to suit a program, and its message.

mod support;

use std::collections::BTreeSet;

use noctule_program::{
    Program,
    generate::SourceShape,
    interpret::{InputError, run},
    parts::Input,
};
use support::{assert_all_met, channel, patches, program, text};

/// Name of a variant; a new one does not compile until it is here and, if it is an input's fault, in
/// [`ALL`].
fn name(error: &InputError) -> &'static str {
    match error {
        InputError::Kind { .. } => "Kind",
        InputError::Tokens { .. } => "Tokens",
        InputError::Count { .. } => "Count",
        InputError::Id { .. } => "Id",
        InputError::Changed(_) => "Changed",
    }
}

const ALL: [&str; 4] = ["Kind", "Tokens", "Count", "Id"];

fn words(ids: &[u32], segments: &[u8]) -> Input {
    Input::Text { ids: ids.to_vec(), segments: segments.to_vec() }
}

fn received(magnitudes: usize, syndrome: usize) -> Input {
    Input::Channel { magnitudes: vec![9; magnitudes], syndrome: vec![true; syndrome] }
}

fn image(pixels: usize) -> Input {
    Input::Patches { pixels: vec![200; pixels] }
}

fn no_segments() -> Program {
    program(SourceShape::Text { vocabulary: 11, segments: 0 })
}

#[test]
fn every_failure_says_what_is_taken() {
    let cases = [
        (text(), image(16), "this program takes text input, not patches"),
        (channel(), words(&[1], &[]), "this program takes channel input, not text"),
        (patches(), received(3, 2), "this program takes patches input, not channel"),
        (text(), words(&[], &[]), "text has 0 tokens: this program takes 1 to 5"),
        (text(), words(&[0; 6], &[]), "text has 6 tokens: this program takes 1 to 5"),
        (text(), words(&[3, 11], &[]), "ids[1] is 11: this program knows 0 to 10"),
        (text(), words(&[u32::MAX], &[]), "ids[0] is 4294967295: this program knows 0 to 10"),
        (text(), words(&[3, 1], &[0]), "segments has 1 values: 2 are needed"),
        (text(), words(&[3, 1], &[1, 2]), "segments[1] is 2: this program knows 0 to 1"),
        (no_segments(), words(&[3, 1], &[0, 1]), "segments[1] is 1: this program knows 0 to 0"),
        (channel(), received(2, 2), "magnitudes has 2 values: 3 are needed"),
        (channel(), received(3, 3), "syndrome has 3 values: 2 are needed"),
        (patches(), image(15), "pixels has 15 values: 16 are needed"),
    ];
    let mut met = BTreeSet::new();
    for (program, input, message) in cases {
        let error = run(&program, &input).unwrap_err();
        assert_eq!(error.to_string(), message);
        met.insert(name(&error));
    }
    assert_all_met(&met, &ALL);
}

#[test]
fn what_suits_is_taken() {
    let logits = |program, input| run(&program, &input).map(|logits| logits.len());
    assert_eq!(logits(text(), words(&[10, 0], &[1, 0])), Ok(6));
    assert_eq!(logits(text(), words(&[1; 5], &[])), Ok(12));
    assert_eq!(logits(no_segments(), words(&[1], &[0])), Ok(3));
    assert_eq!(logits(channel(), received(3, 2)), Ok(12));
    assert_eq!(logits(patches(), image(16)), Ok(12));
}

#[test]
fn no_segments_are_all_zero() {
    let (program, ids) = (text(), [1, 2, 3]);
    assert_eq!(run(&program, &words(&ids, &[])), run(&program, &words(&ids, &[0; 3])));
    assert_ne!(run(&program, &words(&ids, &[])), run(&program, &words(&ids, &[1; 3])));
}
