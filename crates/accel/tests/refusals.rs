//! What a refusal says cures it: each knob is made too small, its sentence read, the named cure applied.

use noctule_accel::{
    config::{Config, Sizes},
    schedule::{Refused, Schedule},
};
use noctule_program::{
    Program,
    generate::{self, Bits, LayerShape, Shape, SourceShape},
    parts::HeadTokens,
};

/// All knobs that a refusal may name, with the least that a configuration allows.
const KNOBS: [(&str, usize); 20] = [
    ("w_depth", 2),
    ("h_depth", 2),
    ("g_depth", 2),
    ("a_depth", 2),
    ("kv_depth", 2),
    ("x_depth", 2),
    ("s_depth", 2),
    ("e_depth", 2),
    ("m_depth", 2),
    ("dp_depth", 2),
    ("ng_depth", 2),
    ("nq_depth", 2),
    ("b_depth", 2),
    ("mk_depth", 2),
    ("t_depth", 2),
    ("pt_depth", 2),
    ("i_depth", 2),
    ("imem_depth", 2),
    ("score_w", 4),
    ("acc_w", 8),
];

fn config(sizes: Sizes) -> Config {
    let outside = Config::preset("tiny").unwrap().outside().clone();
    Config::new("small", sizes, outside).unwrap()
}

fn with(sizes: &Sizes, knob: &str, value: usize) -> Sizes {
    let mut fields = serde_json::to_value(sizes).unwrap();
    fields[knob] = value.into();
    serde_json::from_value(fields).unwrap()
}

fn value(sizes: &Sizes, knob: &str) -> usize {
    serde_json::to_value(sizes).unwrap()[knob].as_u64().unwrap() as usize
}

fn small(sizes: &Sizes, knob: &str, least: usize) -> Sizes {
    let made = with(sizes, knob, least);
    // A score has no more bits than an accumulator.
    if knob == "acc_w" { with(&made, "score_w", least) } else { made }
}

/// The words of `raise KNOB to at least N`.
fn cure(said: &str) -> (String, usize) {
    let (_, cure) = said.split_once("; raise ").unwrap_or_else(|| panic!("no cure: {said}"));
    let (knob, need) = cure.split_once(" to at least ").unwrap();
    (knob.into(), need.parse().unwrap())
}

/// Applies what refusals say until the program is held: the knobs that were raised, in turn.
fn cured(program: &Program, mut sizes: Sizes) -> Vec<String> {
    let mut raised: Vec<String> = Vec::new();
    loop {
        let Err(refused) = Schedule::new(program, &config(sizes.clone()), program.max_tokens)
        else {
            return raised;
        };
        let said = refused.to_string();
        let (knob, need) = cure(&said);
        let have = value(&sizes, &knob);
        assert!(need > have && said.contains(&format!("{knob} is {have};")), "{said}");
        sizes = with(&sizes, &knob, need);
        raised.push(knob);
        assert!(raised.len() < 40, "{raised:?}");
    }
}

fn layer(bits: u8, softmax: bool) -> LayerShape {
    let bits = Bits::all(bits);
    LayerShape {
        heads: 2,
        head_width: 12,
        ffn: 40,
        bits,
        low: [None, None, Some(1), None, Some(2), None],
        softmax,
        causal: false,
    }
}

fn shape(source: SourceShape, tokens: usize) -> Shape {
    Shape {
        source,
        tokens,
        width: 24,
        embed_norm: true,
        masks: 2,
        layers: vec![layer(2, true), layer(4, false), layer(1, true)],
        head: HeadTokens::Pooled,
        outputs: 3,
    }
}

/// A long text with segments, an image, a channel word.
fn programs() -> Vec<Program> {
    let text = SourceShape::Text { vocabulary: 50, segments: 2 };
    let shapes = [
        shape(text, 70),
        shape(SourceShape::Patches { pixels: 20 }, 10),
        shape(SourceShape::Channel { magnitudes: 20 }, 30),
    ];
    shapes.iter().map(|shape| generate::sized(shape, 3)).collect()
}

#[test]
fn the_named_cure_of_every_knob_helps() {
    let tiny = Config::preset("tiny").unwrap().sizes().clone();
    let mut named = Vec::new();
    for program in programs() {
        assert_eq!(cured(&program, tiny.clone()), Vec::<String>::new(), "tiny holds it");
        for (knob, least) in KNOBS {
            let raised = cured(&program, small(&tiny, knob, least));
            let about = |raised: &String| raised == knob || knob == "acc_w" && raised == "score_w";
            assert!(raised.iter().all(about), "{knob}: {raised:?}");
            named.extend(raised);
        }
    }
    let missing = KNOBS.iter().filter(|(knob, _)| !named.iter().any(|name| name == knob));
    // Row maxima need two words, which every configuration has.
    assert_eq!(missing.map(|(knob, _)| *knob).collect::<Vec<_>>(), ["m_depth"]);
}

/// Where a memory is filled round and round the need is found by trying: one cure is enough, and a word less is refused.
#[test]
fn the_need_of_a_loaded_memory_is_real() {
    let tiny = Config::preset("tiny").unwrap().sizes().clone();
    for program in programs() {
        let knobs = ["w_depth", "dp_depth", "ng_depth", "nq_depth", "b_depth", "mk_depth"];
        for knob in knobs {
            let held = |depth| {
                let sizes = with(&tiny, knob, depth);
                Schedule::new(&program, &config(sizes), program.max_tokens)
            };
            let (named, need) = cure(&held(2).unwrap_err().to_string());
            assert_eq!(named, knob);
            assert!(held(need).is_ok(), "{knob}: {need}");
            assert_eq!(cure(&held(need - 1).unwrap_err().to_string()), (named, need));
        }
    }
}

/// More channel tiles than an instruction's field counts: the sentence's remedy, a larger tile, helps.
#[test]
fn a_number_too_large_for_its_field_is_said_with_what_helps() {
    let wide = Shape {
        width: 8191,
        layers: vec![LayerShape { ffn: 16, ..layer(1, false) }],
        masks: 0,
        ..shape(SourceShape::Text { vocabulary: 9, segments: 0 }, 2)
    };
    let mut sizes = Config::preset("tiny").unwrap().sizes().clone();
    for (knob, _) in &KNOBS[..14] {
        sizes = with(&sizes, knob, Sizes::most(knob));
    }
    (sizes.tile, sizes.k) = (2, 64);
    let said = Schedule::of_shape(&wide, &config(sizes.clone()), 2).unwrap_err();
    assert!(matches!(said, Refused::Field { value: 4096, most: 4095, .. }), "{said:?}");
    let said = said.to_string();
    for part in ["tiles", "is 4096", "at most 4095", "use a larger `tile` or `k`"] {
        assert!(said.contains(part), "{part}: {said}");
    }
    sizes.tile = 4;
    let held = Schedule::of_shape(&wide, &config(sizes), 2);
    assert_eq!(held.err(), None);
}

#[test]
fn an_input_of_another_length_is_refused_with_the_lengths_that_go() {
    let tiny = Config::preset("tiny").unwrap();
    let [text, image, _] = &programs()[..] else { panic!("three programs") };
    for (program, tokens, most) in [(text, 0, 70), (text, 71, 70), (image, 9, 10)] {
        let refused = Schedule::new(program, &tiny, tokens).unwrap_err();
        assert_eq!(refused, Refused::Tokens { tokens, most });
        let said = refused.to_string();
        assert!(said.contains(&format!("{tokens} tokens")) && said.contains(&most.to_string()));
    }
    assert!(Schedule::new(text, &tiny, 1).is_ok());
}
