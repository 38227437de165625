//! Names of what occurs.

use noctule_program::{
    Program,
    interpret::{Site, Tap},
    parts::{
        Attention, AttentionForm, HeadTokens, Layer, Norm, Quantizer, Rescale, Rule, Source, Table,
        Weights,
    },
};

/// Features of the parts.
pub(crate) fn of_parts(program: &Program) -> Vec<String> {
    let mut found = Vec::new();
    let mut note = |feature: &str, there: bool| found.extend(there.then(|| feature.to_string()));
    note("one token", program.max_tokens == 1);
    note("width is no multiple of 64", !program.width.is_multiple_of(64));
    note("width 1", program.width == 1);
    note("several layers", program.layers.len() > 1);
    note("embedding with norm", program.embed.norm.is_some());
    note("embedding without norm", program.embed.norm.is_none());
    note("pooled head", program.head.tokens == HeadTokens::Pooled);
    note("per-token head", program.head.tokens != HeadTokens::Pooled);
    let fewer = |count| (1..program.max_tokens).contains(&count);
    note(
        "head of fewer tokens",
        matches!(program.head.tokens, HeadTokens::PerToken(n) if fewer(n)),
    );
    note("least head weight", program.head.weights.contains(&i8::MIN));
    source(&program.embed.source, program.max_tokens, &mut note);
    for layer in &program.layers {
        of_layer(layer, &mut note);
    }
    found
}

type Note<'a> = dyn FnMut(&str, bool) + 'a;

fn source(source: &Source, tokens: usize, note: &mut Note<'_>) {
    let table = match source {
        Source::Text { token, segment, .. } => {
            note("text with segments", segment.is_some());
            note("text without segments", segment.is_none());
            token
        }
        Source::Channel { position, magnitudes, .. } => {
            note("channel words", true);
            note("all tokens are magnitudes", *magnitudes == tokens);
            note("no token is a magnitude", *magnitudes == 0);
            position
        }
        Source::Patches { position, .. } => {
            note("patches", true);
            position
        }
    };
    let Table { bits, .. } = table;
    note(&format!("a table has {bits} bits"), true);
}

fn of_layer(Layer { attention, ffn }: &Layer, note: &mut Note<'_>) {
    of_attention(attention, note);
    quantizer("attention_input", &attention.input, note);
    quantizer("query", &attention.query.output, note);
    quantizer("key", &attention.key.output, note);
    quantizer("value", &attention.value.output, note);
    quantizer("context", &attention.context, note);
    quantizer("ffn_input", &ffn.input, note);
    quantizer("ffn_hidden", &ffn.up.output, note);
    let linears = [&attention.query, &attention.key, &attention.value, &ffn.up];
    linears.iter().for_each(|linear| weights(&linear.weights, note));
    for projection in [&attention.output, &ffn.down] {
        weights(&projection.weights, note);
        rescale(&projection.rescale, note);
    }
    norm(&attention.norm, note);
    norm(&ffn.norm, note);
}

fn of_attention(attention: &Attention, note: &mut Note<'_>) {
    note("one head", attention.heads == 1);
    note("odd head width", attention.query.weights.high.rows() / attention.heads % 2 == 1);
    note("causal", attention.causal);
    note("no mask", attention.masks.contains(&None));
    note("static mask", attention.masks.iter().any(Option::is_some));
    let AttentionForm::Softmax { bits, table, tau_mul, tau_shift, .. } = &attention.form else {
        return note("sps", true);
    };
    note("softmax", true);
    note(&format!("attention has {bits} bits"), true);
    note("exponent 0", table.contains(&0));
    note("one exponent", table.len() == 1);
    note("tau 1", (*tau_mul, *tau_shift) == (1, 0));
    note("tau 255 / 2^31", (*tau_mul, *tau_shift) == (255, 31));
}

fn quantizer(site: &str, quantizer: &Quantizer, note: &mut Note<'_>) {
    note(&format!("{site} has {} bits", quantizer.codes.bits), true);
    match &quantizer.rule {
        Rule::Rescale(parameters) => rescale(parameters, note),
        Rule::Threshold(thresholds) => {
            note("least threshold", thresholds.contains(&i32::MIN));
            note("largest threshold", thresholds.contains(&i32::MAX));
        }
    }
}

fn rescale(rescale: &Rescale, note: &mut Note<'_>) {
    note("mul 0", rescale.mul.contains(&0));
    note("mul 65535", rescale.mul.contains(&65535));
    note("largest add", rescale.add.contains(&((1 << 47) - 1)));
}

fn weights(weights: &Weights, note: &mut Note<'_>) {
    match &weights.low {
        None => note("one plane", true),
        Some(low) => note(&format!("ratio {}", low.ratio), true),
    }
}

fn norm(norm: &Norm, note: &mut Note<'_>) {
    note("least gain", norm.gain.contains(&i16::MIN));
    note("largest bias", norm.bias.contains(&(1 << 30)));
}

/// Features of a value between two operations.
pub(crate) fn of_values(
    program: &Program,
    tap: Tap,
    values: &[i32],
) -> impl Iterator<Item = &'static str> {
    let embed = tap.site == Site::EmbedSum && program.embed.norm.is_some();
    let residual = embed || matches!(tap.site, Site::AttentionSum | Site::FfnSum);
    let flat = |row: &[i32]| row.iter().all(|x| *x == row[0]);
    let saturated = residual && values.iter().any(|x| [-32768, 32767].contains(x));
    let flat = residual && program.width > 1 && values.chunks(program.width).any(flat);
    let empty = tap.site == Site::Attention && unreached(program, tap, values);
    [
        saturated.then_some("saturated residual"),
        flat.then_some("flat row before a norm"),
        empty.then_some("a row with nothing allowed"),
    ]
    .into_iter()
    .flatten()
}

/// Is there a token of a head with a static mask that allows it nothing?
fn unreached(program: &Program, tap: Tap, values: &[i32]) -> bool {
    let Some(layer) = tap.layer else { return false };
    let attention = &program.layers[layer].attention;
    let tokens = (values.len() / attention.heads).isqrt();
    let nothing = |mask: usize, i| (0..tokens).all(|j| !program.masks[mask].get(i, j));
    let masks = attention.masks.iter().flatten();
    masks.into_iter().any(|&mask| (0..tokens).any(|i| nothing(mask.into(), i)))
}
