//! The worked example of `docs/program-format.md` is true.

use std::{collections::BTreeMap, fmt::Write};

use noctule_program::{
    Program,
    bits::BitMatrix,
    interpret::trace,
    parts::{
        Attention, AttentionForm, Codes, Embed, FeedForward, Head, HeadTokens, Input, Layer,
        Linear, Norm, Parts, Projection, Quantizer, Rescale, Rule, Source, Table, Weights,
    },
};

/// A matrix from its signs, row by row.
fn weights(rows: &[&str]) -> Weights {
    let sign = |r: usize, c: usize| rows[r].as_bytes()[c] == b'+';
    Weights { high: BitMatrix::from_fn(rows.len(), rows[0].len(), sign), low: None }
}

fn bit(signed: bool, thresholds: &[i32]) -> Quantizer {
    Quantizer { codes: Codes { bits: 1, signed }, rule: Rule::Threshold(thresholds.to_vec()) }
}

fn linear(rows: &[&str], signed: bool, thresholds: &[i32]) -> Linear {
    Linear { weights: weights(rows), output: bit(signed, thresholds) }
}

fn projection(rows: &[&str], mul: [u16; 2], add: [i64; 2], shift: u8) -> Projection {
    let rescale = Rescale { mul: mul.to_vec(), add: add.to_vec(), shift };
    Projection { weights: weights(rows), rescale }
}

fn norm(gain: [i16; 2], bias: [i32; 2]) -> Norm {
    Norm { gain: gain.to_vec(), bias: bias.to_vec(), shift: 12 }
}

fn attention() -> Attention {
    Attention {
        heads: 1,
        input: bit(true, &[40, -70]),
        query: linear(&["+-"], true, &[0]),
        key: linear(&["++"], true, &[1]),
        value: linear(&["-+"], true, &[1]),
        form: AttentionForm::Sps { thresholds: vec![0] },
        masks: vec![Some(0)],
        causal: false,
        context: bit(true, &[1]),
        output: projection(&["+", "-"], [100, 100], [0, 8], 2),
        norm: norm([256, -128], [0, 40960]),
    }
}

fn feed_forward() -> FeedForward {
    let rescale = Rescale { mul: vec![3, 5], add: vec![0, -1], shift: 1 };
    FeedForward {
        input: Quantizer {
            codes: Codes { bits: 2, signed: true },
            rule: Rule::Rescale(Rescale { mul: vec![1, 1], add: vec![0, 0], shift: 7 }),
        },
        up: linear(&["++", "-+", "+-"], false, &[1, 0, 4]),
        down: Projection { weights: weights(&["++-", "-+-"]), rescale },
        norm: norm([200, 100], [4096, 0]),
    }
}

/// A channel-word program of one layer, two tokens and two channels.
fn example() -> Program {
    let position = Table {
        rows: 2,
        cols: 2,
        bits: 4,
        codes: vec![7, -3, 1, -2].into(),
        mul: vec![8, 4],
        shift: 3,
    };
    let parts = Parts {
        max_tokens: 2,
        width: 2,
        point: 8,
        embed: Embed { source: Source::Channel { position, magnitudes: 1, unit: 64 }, norm: None },
        masks: vec![BitMatrix::from_fn(2, 2, |i, j| i == 1 || j == 1)],
        layers: vec![Layer { attention: attention(), ffn: feed_forward() }],
        head: Head {
            tokens: HeadTokens::PerToken(1),
            weights: vec![2, -1],
            bias: vec![100],
            scale: (3, -10),
        },
        extras: BTreeMap::from([("code".into(), b"(2, 1)".to_vec())]),
    };
    Program::new(parts).unwrap()
}

fn dump(bytes: &[u8]) -> String {
    let mut lines = String::new();
    for (n, row) in bytes.chunks(16).enumerate() {
        write!(lines, "    {:03x} ", n * 16).unwrap();
        row.iter().for_each(|byte| write!(lines, " {byte:02x}").unwrap());
        lines.push('\n');
    }
    lines
}

/// The values between the operations, a line each.
fn values(program: &Program, input: &Input) -> String {
    let mut lines = String::new();
    trace(program, input, &mut |tap, values| {
        let site = format!("{:?}", tap.site);
        let values: Vec<String> = values.iter().map(i32::to_string).collect();
        writeln!(lines, "    {site:<15} {}", values.join(" ")).unwrap();
    })
    .unwrap();
    lines
}

fn assert_in_document(part: &str) {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/program-format.md");
    let document = std::fs::read_to_string(path).unwrap();
    assert!(document.contains(part), "docs/program-format.md should have\n{part}");
}

#[test]
fn the_bytes_are_those_of_the_document() {
    assert_in_document(&dump(&example().to_bytes()));
}

#[test]
fn the_values_are_those_of_the_document() {
    let input = Input::Channel { magnitudes: vec![20], syndrome: vec![true] };
    assert_in_document(&values(&example(), &input));
}
