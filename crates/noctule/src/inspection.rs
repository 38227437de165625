//! What a program holds, for people and machines.

use std::{collections::BTreeMap, fmt};

use noctule_program::{
    Program,
    format::Part,
    parts::HeadTokens,
    shape::{Bits, LayerShape, SourceShape},
    summary::Product,
};
use noctule_tasks::card::{Card, Task};
use serde::Serialize;

use crate::model::{self, Resources};

/// A program in numbers and words.
#[derive(Debug, Serialize)]
pub struct Inspection {
    /// What it answers, as its card says.
    pub task: String,
    /// Where it comes from, as its card says.
    pub provenance: Vec<String>,
    /// Kind and size of the input.
    pub input: String,
    /// What the head gives.
    pub output: String,
    /// Longest input in tokens.
    pub max_tokens: usize,
    /// Channels of the residual stream.
    pub width: usize,
    /// Binary point of the residual stream.
    pub point: u8,
    /// Layers in order.
    pub layers: Vec<LayerRow>,
    /// Binary weights, second planes included.
    pub binary_weights: u64,
    /// Bytes of each part as stored.
    pub bytes: Vec<(String, usize)>,
    /// Bytes that an inference on one thread takes here, if it can run.
    pub memory: Option<Memory>,
    /// Tokens for which the operations are counted.
    pub tokens: usize,
    /// Multiply-accumulates of each kind of product.
    pub operations: BTreeMap<String, u64>,
}

/// Bytes of an engine on one thread.
#[derive(Debug, Serialize)]
pub struct Memory {
    /// The program, prepared for this machine's kernels.
    pub program: usize,
    /// Everything that an inference writes.
    pub session: usize,
    /// Tables that stay in the mapped file, shared by processes.
    pub shared: usize,
}

/// A layer in words.
#[derive(Debug, Serialize)]
pub struct LayerRow {
    /// Heads times channels of a head.
    pub heads: String,
    /// Hidden channels of the feed-forward half.
    pub ffn: usize,
    /// Attention form and masks.
    pub attention: String,
    /// Bits at each site.
    pub bits: BTreeMap<&'static str, u8>,
    /// Weight planes of query, key, value, output, up and down.
    pub planes: [u8; 6],
}

impl Inspection {
    /// Looks into `program`; operations are counted for an input of so many `tokens`.
    pub fn of(program: &Program, tokens: usize) -> Self {
        let summary = program.summary();
        let (task, provenance) = match Card::from_extras(&program.extras) {
            Ok(card) => (task(&card.task), card.provenance),
            Err(error) => (error.to_string(), Vec::new()),
        };
        let mut operations = BTreeMap::new();
        for o in program.operations(tokens) {
            *operations.entry(product(o.product).to_owned()).or_insert(0) += o.count;
        }
        let shape = summary.shape;
        Self {
            task,
            provenance,
            input: source(shape.source),
            output: match shape.head {
                HeadTokens::Pooled => format!("{} logits of token 0", shape.outputs),
                HeadTokens::PerToken(count) => {
                    format!("{} logits of each of the first {count} tokens", shape.outputs)
                }
            },
            max_tokens: shape.tokens,
            width: shape.width,
            point: program.point,
            layers: shape.layers.iter().map(layer).collect(),
            binary_weights: summary.binary_weights,
            bytes: summary.parts.iter().map(|&(p, bytes)| (part(p), bytes)).collect(),
            memory: memory(program),
            tokens,
            operations,
        }
    }
}

fn memory(program: &Program) -> Option<Memory> {
    let resources = Resources { threads: Some(1), memory: None };
    let memory = model::engine(program, resources).ok()?.memory();
    Some(Memory { program: memory.program, session: memory.session, shared: memory.shared })
}

fn task(task: &Task) -> String {
    match task {
        Task::Classify { labels, .. } => {
            format!("one of {} labels for a text: {}", labels.len(), labels.join(", "))
        }
        Task::Regress { .. } => "a number for a text".to_owned(),
        Task::Decode { code, .. } => format!("noise bits of a received word of the code {code}"),
    }
}

fn source(source: SourceShape) -> String {
    match source {
        SourceShape::Text { vocabulary, segments } => {
            format!("text: {vocabulary} word pieces, {segments} segments")
        }
        SourceShape::Channel { magnitudes } => {
            format!("channel words: {magnitudes} magnitudes, then syndrome bits")
        }
        SourceShape::Patches { pixels } => format!("image patches of {pixels} pixels"),
    }
}

fn layer(layer: &LayerShape) -> LayerRow {
    let form = if layer.softmax { "softmax" } else { "sps" };
    let causal = if layer.causal { ", causal" } else { "" };
    LayerRow {
        heads: format!("{}x{}", layer.heads, layer.head_width),
        ffn: layer.ffn,
        attention: format!("{form}{causal}"),
        bits: bits(layer.bits),
        planes: layer.low.map(|low| 1 + u8::from(low.is_some())),
    }
}

fn bits(b: Bits) -> BTreeMap<&'static str, u8> {
    BTreeMap::from([
        ("attention_input", b.attention_input),
        ("query", b.query),
        ("key", b.key),
        ("value", b.value),
        ("attention", b.attention),
        ("context", b.context),
        ("ffn_input", b.ffn_input),
        ("ffn_hidden", b.ffn_hidden),
    ])
}

fn part(part: Part) -> String {
    match part {
        Part::Header => "header".to_owned(),
        Part::Embed => "embedding".to_owned(),
        Part::Masks => "masks".to_owned(),
        Part::Layer(n) => format!("layer {n}"),
        Part::Head => "head".to_owned(),
        Part::Extras => "extras (labels, tokenizer, code)".to_owned(),
    }
}

fn product(product: Product) -> &'static str {
    match product {
        Product::Patches => "patches",
        Product::Query => "query",
        Product::Key => "key",
        Product::Value => "value",
        Product::Scores => "scores",
        Product::Context => "context",
        Product::Output => "output",
        Product::Up => "up",
        Product::Down => "down",
        Product::Head => "head",
    }
}

impl fmt::Display for Inspection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "answers  {}", self.task)?;
        writeln!(f, "input    {}; at most {} tokens", self.input, self.max_tokens)?;
        writeln!(f, "output   {}", self.output)?;
        writeln!(f, "stream   {} channels, 16 bits, {} after the point", self.width, self.point)?;
        for (n, layer) in self.layers.iter().enumerate() {
            let bits = layer.bits.iter().map(|(site, bits)| format!("{site} {bits}"));
            let bits = bits.collect::<Vec<_>>().join(", ");
            let LayerRow { heads, ffn, attention, planes, .. } = layer;
            writeln!(
                f,
                "layer {n:2} heads {heads}, ffn {ffn}, {attention}; planes {planes:?}; bits: {bits}"
            )?;
        }
        writeln!(f, "weights  {} binary", self.binary_weights)?;
        let total: usize = self.bytes.iter().map(|(_, bytes)| bytes).sum();
        for (part, bytes) in
            self.bytes.iter().map(|(p, b)| (p.as_str(), *b)).chain([("total", total)])
        {
            writeln!(f, "bytes    {bytes:>10}  {part}")?;
        }
        if let Some(Memory { program, session, shared }) = self.memory {
            writeln!(
                f,
                "memory   {program:>10}  program, prepared for the kernels of this machine"
            )?;
            writeln!(f, "memory   {session:>10}  buffers of an inference on one thread")?;
            writeln!(f, "memory   {shared:>10}  tables in the mapped file, which processes share")?;
        }
        let total: u64 = self.operations.values().sum();
        for (product, count) in
            self.operations.iter().map(|(p, c)| (p.as_str(), *c)).chain([("total", total)])
        {
            writeln!(f, "macs     {count:>12}  {product}, {} tokens", self.tokens)?;
        }
        self.provenance.iter().try_for_each(|line| writeln!(f, "from     {line}"))
    }
}
