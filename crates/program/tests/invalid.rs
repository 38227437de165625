//! Every way in which parts fail to be a program, and its message.

mod support;

use std::collections::BTreeSet;

use noctule_program::{
    Invalid, Program,
    bits::BitMatrix,
    parts::{Attention, AttentionForm, HeadTokens, Parts, Rescale, Rule, Source, Table},
};
use support::{assert_all_met, channel, patches, text};

/// Name of a variant; a new one does not compile until it is here and in [`ALL`].
fn name(invalid: &Invalid) -> &'static str {
    match invalid {
        Invalid::Range { .. } => "Range",
        Invalid::Count { .. } => "Count",
        Invalid::Shape { .. } => "Shape",
        Invalid::Heads { .. } => "Heads",
        Invalid::Bits { .. } => "Bits",
        Invalid::Signed { .. } => "Signed",
        Invalid::Rule { .. } => "Rule",
        Invalid::Code { .. } => "Code",
        Invalid::Mask { .. } => "Mask",
        Invalid::Rises { .. } => "Rises",
        Invalid::Accumulator { .. } => "Accumulator",
    }
}

const ALL: [&str; 11] = [
    "Range",
    "Count",
    "Shape",
    "Heads",
    "Bits",
    "Signed",
    "Rule",
    "Code",
    "Mask",
    "Rises",
    "Accumulator",
];

type Case = (fn(&mut Parts), &'static str);

fn attention(p: &mut Parts) -> &mut Attention {
    &mut p.layers[0].attention
}

fn rescale(p: &mut Parts) -> &mut Rescale {
    &mut p.layers[1].ffn.down.rescale
}

fn tables(p: &mut Parts) -> (&mut Table, &mut Table, &mut Option<Table>) {
    match &mut p.embed.source {
        Source::Text { token, position, segment } => (token, position, segment),
        _ => panic!("text"),
    }
}

fn exponents(p: &mut Parts) -> (&mut Vec<u16>, &mut u8, &mut u8, &mut u8) {
    match &mut p.layers[0].attention.form {
        AttentionForm::Softmax { table, shift, tau_mul, tau_shift, .. } => {
            (table, shift, tau_mul, tau_shift)
        }
        AttentionForm::Sps { .. } => panic!("softmax"),
    }
}

const CASES: &[Case] = &[
    // Dimensions.
    (|p| p.max_tokens = 0, "max_tokens is 0: it must be 1 to 4096"),
    (|p| p.max_tokens = 4097, "max_tokens is 4097: it must be 1 to 4096"),
    (|p| p.max_tokens = 6, "embed.source.position is 5 x 7: it must be 6 x 7"),
    (|p| p.width = 0, "width is 0: it must be 1 to 4096"),
    (|p| p.width = 5000, "width is 5000: it must be 1 to 4096"),
    (|p| p.width = 8, "embed.source.token is 11 x 7: it must be 11 x 8"),
    (|p| p.point = 32, "point is 32: it must be 0 to 31"),
    (|p| p.layers.clear(), "layers.len is 0: it must be 1 to 256"),
    (|p| p.layers = vec![p.layers[0].clone(); 257], "layers.len is 257: it must be 1 to 256"),
    (|p| p.masks = vec![p.masks[0].clone(); 65], "masks.len is 65: it must be 0 to 64"),
    (|p| p.masks[1] = BitMatrix::zeros(5, 4), "masks[1] is 5 x 4: it must be 5 x 5"),
    // Tables.
    (|p| tables(p).0.rows = 0, "embed.source.token.rows is 0: it must be 1 to 1048576"),
    (
        |p| tables(p).0.rows = 1_048_577,
        "embed.source.token.rows is 1048577: it must be 1 to 1048576",
    ),
    (|p| tables(p).1.rows = 4, "embed.source.position is 4 x 7: it must be 5 x 7"),
    (|p| tables(p).0.cols = 6, "embed.source.token is 11 x 6: it must be 11 x 7"),
    (|p| tables(p).0.shift = 32, "embed.source.token.shift is 32: it must be 0 to 31"),
    (|p| tables(p).0.bits = 3, "embed.source.token.bits is 3: codes have 1, 2, 4 or 8 bits"),
    (|p| tables(p).0.mul.push(1), "embed.source.token.mul has 12 values: 11 are needed"),
    (
        |p| tables(p).1.codes.to_mut().truncate(2),
        "embed.source.position.codes has 2 values: 35 are needed",
    ),
    (
        |p| {
            tables(p).1.bits = 2;
            tables(p).1.codes.to_mut().fill(-2);
            tables(p).1.codes.to_mut()[3] = 2;
        },
        "embed.source.position.codes[3] is 2: no signed code of 2 bits",
    ),
    (
        |p| {
            tables(p).1.bits = 1;
            tables(p).1.codes.to_mut().fill(1);
            tables(p).1.codes.to_mut()[4] = 0;
        },
        "embed.source.position.codes[4] is 0: no signed code of 1 bits",
    ),
    (
        |p| tables(p).2.as_mut().unwrap().rows = 257,
        "embed.source.segment.rows is 257: it must be 1 to 256",
    ),
    // Quantizers and rescales.
    (
        |p| attention(p).input.codes.bits = 16,
        "layers[0].attention.input.codes.bits is 16: codes have 1, 2, 4 or 8 bits",
    ),
    (
        |p| attention(p).context.codes.signed = false,
        "layers[0].attention.context.codes.signed is false: here it must be true",
    ),
    (
        |p| p.layers[1].ffn.up.output.codes.signed = true,
        "layers[1].ffn.up.output.codes.signed is true: here it must be false",
    ),
    (
        |p| attention(p).value.output.codes.bits = 1,
        "layers[0].attention.value.output.rule does not suit 1 bits: one bit needs thresholds, \
         more bits a rescale",
    ),
    (
        |p| p.layers[0].ffn.input.rule = Rule::Threshold(vec![0; 7]),
        "layers[0].ffn.input.rule does not suit 4 bits: one bit needs thresholds, more bits a \
         rescale",
    ),
    (
        |p| p.layers[1].ffn.input.rule = Rule::Threshold(vec![0; 8]),
        "layers[1].ffn.input.rule has 8 values: 7 are needed",
    ),
    (|p| rescale(p).mul.clear(), "layers[1].ffn.down.rescale.mul has 0 values: 7 are needed"),
    (|p| rescale(p).add.push(0), "layers[1].ffn.down.rescale.add has 8 values: 7 are needed"),
    (|p| rescale(p).shift = 48, "layers[1].ffn.down.rescale.shift is 48: it must be 0 to 47"),
    (
        |p| rescale(p).add[2] = 1 << 47,
        "layers[1].ffn.down.rescale.add[2] is 140737488355328: it must be -140737488355327 to \
         140737488355327",
    ),
    (
        |p| rescale(p).add[6] = i64::MIN,
        "layers[1].ffn.down.rescale.add[6] is -9223372036854775808: it must be -140737488355327 \
         to 140737488355327",
    ),
    // Norms.
    (|p| p.layers[1].ffn.norm.gain.clear(), "layers[1].ffn.norm.gain has 0 values: 7 are needed"),
    (|p| p.embed.norm.as_mut().unwrap().bias.clear(), "embed.norm.bias has 0 values: 7 are needed"),
    (|p| attention(p).norm.shift = 31, "layers[0].attention.norm.shift is 31: it must be 0 to 30"),
    (
        |p| attention(p).norm.bias[1] = (1 << 30) + 1,
        "layers[0].attention.norm.bias[1] is 1073741825: it must be -1073741824 to 1073741824",
    ),
    // Weights.
    (
        |p| attention(p).key.weights.high = BitMatrix::zeros(6, 8),
        "layers[0].attention.key.weights.high is 6 x 8: it must be 6 x 7",
    ),
    (
        |p| attention(p).output.weights.low.as_mut().unwrap().bits = BitMatrix::zeros(7, 7),
        "layers[0].attention.output.weights.low.bits is 7 x 7: it must be 7 x 6",
    ),
    (
        |p| p.layers[0].ffn.up.weights.low.as_mut().unwrap().ratio = 8,
        "layers[0].ffn.up.weights.low.ratio is 8: it must be 0 to 7",
    ),
    (
        |p| p.layers[0].ffn.up.weights.high = BitMatrix::zeros(0, 7),
        "layers[0].ffn.up.len is 0: it must be 1 to 16384",
    ),
    // Attention.
    (|p| attention(p).heads = 0, "layers[0].attention.heads is 0: it must be 1 to 256"),
    (|p| attention(p).heads = 257, "layers[0].attention.heads is 257: it must be 1 to 256"),
    (
        |p| attention(p).heads = 4,
        "layers[0].attention.heads is 4: 6 channels do not divide among them",
    ),
    (
        |p| attention(p).query.weights.high = BitMatrix::zeros(0, 7),
        "layers[0].attention.head_width is 0: it must be 1 to 1024",
    ),
    (
        |p| attention(p).query.weights.high = BitMatrix::zeros(2050, 7),
        "layers[0].attention.head_width is 1025: it must be 1 to 1024",
    ),
    (|p| attention(p).masks = vec![None], "layers[0].attention.masks has 1 values: 2 are needed"),
    (
        |p| attention(p).masks[1] = Some(2),
        "layers[0].attention.masks[1] is 2: the program has 2 masks, counted from 0",
    ),
    (
        |p| p.layers[1].attention.form = AttentionForm::Sps { thresholds: vec![0; 3] },
        "layers[1].attention.form.thresholds has 3 values: 2 are needed",
    ),
    (
        |p| match &mut attention(p).form {
            AttentionForm::Softmax { bits, .. } => *bits = 5,
            AttentionForm::Sps { .. } => panic!("softmax"),
        },
        "layers[0].attention.form.bits is 5: codes have 1, 2, 4 or 8 bits",
    ),
    (|p| exponents(p).0.clear(), "layers[0].attention.form.table.len is 0: it must be 1 to 4096"),
    (
        |p| *exponents(p).0 = vec![1; 4097],
        "layers[0].attention.form.table.len is 4097: it must be 1 to 4096",
    ),
    (|p| exponents(p).0.fill(0), "layers[0].attention.form.table[0] is 0: it must be 1 to 65535"),
    (
        |p| *exponents(p).0 = vec![9, 7, 8],
        "layers[0].attention.form.table[2] is 8, more than the 7 before it: exponents must not \
         rise",
    ),
    (|p| *exponents(p).1 = 32, "layers[0].attention.form.shift is 32: it must be 0 to 31"),
    (|p| *exponents(p).2 = 0, "layers[0].attention.form.tau_mul is 0: it must be 1 to 255"),
    (|p| *exponents(p).3 = 32, "layers[0].attention.form.tau_shift is 32: it must be 0 to 31"),
    // Head.
    (|p| p.head.tokens = HeadTokens::PerToken(0), "head.tokens is 0: it must be 1 to 5"),
    (|p| p.head.tokens = HeadTokens::PerToken(6), "head.tokens is 6: it must be 1 to 5"),
    (|p| p.head.bias.clear(), "head.bias.len is 0: it must be 1 to 1048576"),
    (|p| p.head.bias.push(0), "head.weights has 21 values: 28 are needed"),
    (|p| p.head.scale.0 = 0, "head.scale[0] is 0: it must be 1 to 4294967295"),
    (|p| p.head.scale.1 = -256, "head.scale[1] is -256: it must be -255 to 255"),
    (
        |p| {
            p.head.weights.fill(-1);
            p.head.bias[2] = i32::MIN;
        },
        "head.weights[2] can reach 2147713024: an accumulator holds 2147483647",
    ),
    // Extras.
    (
        |p| p.extras.extend((0..257).map(|n| (n.to_string(), vec![]))),
        "extras.len is 258: it must be 0 to 256",
    ),
    (
        |p| drop(p.extras.insert(String::new(), vec![])),
        "extras[0].name.len is 0: it must be 1 to 255",
    ),
    (
        |p| drop(p.extras.insert("x".repeat(256), vec![])),
        "extras[1].name.len is 256: it must be 1 to 255",
    ),
];

fn rejected(program: Program, change: fn(&mut Parts)) -> Invalid {
    let mut parts = program.into_parts();
    change(&mut parts);
    Program::new(parts).unwrap_err()
}

#[test]
fn every_failure_names_its_field() {
    let mut met = BTreeSet::new();
    for (change, message) in CASES {
        let invalid = rejected(text(), *change);
        assert_eq!(invalid.to_string(), *message);
        met.insert(name(&invalid));
    }
    assert_all_met(&met, &ALL);
}

#[test]
fn magnitudes_are_tokens() {
    let many = |p: &mut Parts| match &mut p.embed.source {
        Source::Channel { magnitudes, .. } => *magnitudes = 6,
        _ => panic!("channel"),
    };
    let invalid = rejected(channel(), many);
    assert_eq!(invalid.to_string(), "embed.source.magnitudes is 6: it must be 0 to 5");
}

#[test]
fn patches_have_pixels() {
    let pixels = |n: usize, weight: i8| {
        let mut parts = patches().into_parts();
        let width = parts.width;
        let Source::Patches { weights, pixels, .. } = &mut parts.embed.source else { panic!() };
        (*pixels, *weights) = (n, vec![weight; n * width]);
        Program::new(parts).map(drop).map_err(|invalid| invalid.to_string())
    };
    let message = |text: &str| Err(text.to_string());
    assert_eq!(pixels(0, 1), message("embed.source.pixels is 0: it must be 1 to 65536"));
    assert_eq!(pixels(65537, 1), message("embed.source.pixels is 65537: it must be 1 to 65536"));
    assert_eq!(pixels(65536, -128), Ok(()));
}

#[test]
fn an_extra_has_a_largest_size() {
    let large = |p: &mut Parts| drop(p.extras.insert("large".into(), vec![0; (1 << 28) + 1]));
    let invalid = rejected(text(), large);
    assert_eq!(invalid.to_string(), "extras[0].len is 268435457: it must be 0 to 268435456");
}

#[test]
fn wide_heads_do_not_overflow_their_projection() {
    let mut parts = text().into_parts();
    let wide = 256 * 1024;
    let half = &mut parts.layers[0].attention;
    half.heads = 256;
    half.masks = vec![None; 256];
    for linear in [&mut half.query, &mut half.key, &mut half.value] {
        linear.weights.high = BitMatrix::zeros(wide, 7);
        linear.weights.low = None;
        widen(&mut linear.output.rule, wide);
    }
    widen(&mut half.context.rule, wide);
    half.context.codes.bits = 8;
    half.output.weights.high = BitMatrix::zeros(7, wide);
    let low = half.output.weights.low.as_mut().unwrap();
    (low.bits, low.ratio) = (BitMatrix::zeros(7, wide), 7);
    let invalid = Program::new(parts).unwrap_err();
    let message = "layers[0].attention.output.weights can reach 4328521728: an accumulator holds \
                   2147483647";
    assert_eq!(invalid.to_string(), message);
}

fn widen(rule: &mut Rule, channels: usize) {
    let Rule::Rescale(rescale) = rule else { panic!("more than one bit") };
    rescale.mul.resize(channels, 1);
    rescale.add.resize(channels, 0);
}
