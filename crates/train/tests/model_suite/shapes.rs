//! Architectures and precisions that cannot be are refused with a sentence.

use crate::nets::{channel_arch, cpu, ready, rows, text_arch};
use noctule_train::model::{
    Arch, AttentionForm, Head, Input, Masks, ModelError, Precision, Rows, RowsInput,
};

#[test]
fn impossible_shapes_are_refused() {
    let base = || text_arch(Head::Pooled { classes: 2 });
    let cases: Vec<(Arch, &str)> = vec![
        (Arch { heads: 3, ..base() }, "not a multiple"),
        (Arch { layers: 0, ..base() }, "layers is 0"),
        (Arch { layers: 4096, ..base() }, "layers is 4096"),
        (Arch { ffn: 1 << 40, ..base() }, "ffn is"),
        (Arch { norm_eps: f64::NAN, ..base() }, "norm_eps"),
        (Arch { head: Head::Pooled { classes: 0 }, ..base() }, "classes is 0"),
        (Arch { head: Head::PerToken { count: 10 }, ..base() }, "per_token.count is 10"),
        (Arch { pooler: true, ..text_arch(Head::MaskedWords) }, "pooler"),
        (Arch { head: Head::MaskedWords, ..channel_arch() }, "needs a text input"),
        (Arch { max_tokens: 8, ..channel_arch() }, "magnitudes + syndromes is 7"),
        (
            Arch {
                input: Input::Channel { magnitudes: usize::MAX, syndromes: 2 },
                ..channel_arch()
            },
            "channel.magnitudes",
        ),
        (
            Arch { masks: Masks { per_head: vec![Some(1), None], list: vec![] }, ..base() },
            "names mask 1",
        ),
        (Arch { masks: Masks { per_head: vec![None], list: vec![] }, ..base() }, "1 entries for 2"),
    ];
    for (arch, words) in cases {
        let error = arch.checked().unwrap_err().to_string();
        assert!(error.contains(words), "{error:?} does not say {words:?}");
    }
}

#[test]
fn a_mask_that_blinds_a_token_is_refused() {
    let mut arch = channel_arch();
    arch.masks.list[0].allowed[7..14].fill(false);
    let error = arch.checked().unwrap_err().to_string();
    assert!(error.contains("token 1 see nothing"), "{error}");
}

#[test]
fn impossible_precisions_are_refused() {
    let mut odd = Precision::w1a(1);
    odd.bits.key = 3;
    let mut sps = Precision::w1a(2);
    sps.attention = AttentionForm::Sps;
    let mut single = Precision::w1a(1);
    single.single.insert("encoder.layer.0.output.dense".to_owned());
    for (precision, words) in [(odd, "bits.key is 3"), (sps, "sps"), (single, "single")] {
        let error = precision.checked().unwrap_err().to_string();
        assert!(error.contains(words), "{error:?} does not say {words:?}");
    }
}

#[test]
fn batches_that_do_not_fit_are_refused() {
    let arch = text_arch(Head::Pooled { classes: 2 });
    let model = ready(&arch, &Precision::float(), 1);
    let good = rows(&arch, &[4, 2], 1);
    let RowsInput::Text { ids, segments } = good.input.clone() else { unreachable!() };
    let text = |ids: Vec<u32>, segments: Vec<u32>| Rows {
        input: RowsInput::Text { ids, segments },
        ..good.clone()
    };
    let mut word = ids.clone();
    word[3] = 13;
    let cases = [
        (text(word, segments.clone()), "word 13"),
        (text(ids.clone(), vec![2; 6]), "segment 2"),
        (text(ids[1..].to_vec(), segments), "5 of word"),
        (rows(&Arch { max_tokens: 12, ..arch.clone() }, &[10], 1), "10 tokens"),
        (rows(&channel_arch(), &[7], 1), "another kind"),
    ];
    for (batch, words) in cases {
        let error = model.answer(&batch, &cpu()).unwrap_err();
        assert!(matches!(error, ModelError::Rows(_)), "{error}");
        assert!(error.to_string().contains(words), "{error} does not say {words:?}");
    }
}
