//! What a program holds, for people and machines.

use std::{collections::BTreeMap, fmt};

use noctule_engine::Work;
use noctule_program::{
    Program,
    format::Part,
    parts::HeadTokens,
    shape::{Bits, LayerShape, SourceShape},
    summary::Product,
};
use noctule_tasks::card::{Card, Task};
use serde::Serialize;

use crate::{
    error::Error,
    model::{self, Resources},
};

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
    /// What it takes to run here.
    pub memory: Memory,
    /// Tokens for which the operations are counted.
    pub tokens: usize,
    /// Multiply-accumulates of each kind of product.
    pub operations: BTreeMap<String, u64>,
}

/// Bytes of an engine ([`noctule_engine::Memory`]).
#[derive(Debug, Serialize)]
pub struct Memory {
    /// Threads.
    pub threads: usize,
    /// The program, prepared for this machine's kernels.
    pub program: usize,
    /// Everything that an inference on all threads writes.
    pub session: usize,
    /// Everything that as many inferences as there are threads write.
    pub batch: usize,
    /// Program and batch: what `run` and `eval` take, and their `--max-memory` counts.
    pub total: usize,
    /// The most while it is made ready.
    pub load: usize,
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
    /// Looks into `program`; operations are counted for an input of so many `tokens`, memory for so
    /// many `threads` (`None`: one a core).
    ///
    /// # Errors
    /// [`Error::Usage`] for a thread count or a forced kernel that cannot be had.
    pub fn of(program: &Program, tokens: usize, threads: Option<usize>) -> Result<Self, Error> {
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
        Ok(Self {
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
            memory: memory(program, threads)?,
            tokens,
            operations,
        })
    }
}

fn memory(program: &Program, threads: Option<usize>) -> Result<Memory, Error> {
    let memory = model::memory(program, Resources { threads, memory: None })?;
    let noctule_engine::Memory { program, session, batch, load, shared } = memory;
    let (threads, total) = (threads.unwrap_or_else(model::cores), memory.total(Work::Batch));
    Ok(Memory { threads, program, session, batch, total, load, shared })
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

impl fmt::Display for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { threads, program, session, batch, total, load, shared } = self;
        let on = if *threads == 1 { "1 thread".into() } else { format!("{threads} threads") };
        let lines = [
            (program, "program, prepared for the kernels of this machine".into()),
            (batch, format!("buffers of a batch on {on}")),
            (total, "total of the two: what run and eval take".into()),
            (session, format!("buffers of one inference at a time on {on}: bench takes these too")),
            (load, "program while it is made ready, as parsed and as prepared".into()),
            (shared, "tables in the mapped file, which processes share".into()),
        ];
        lines.iter().try_for_each(|(bytes, what)| writeln!(f, "memory   {bytes:>10}  {what}"))
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
        write!(f, "{}", self.memory)?;
        let total: u64 = self.operations.values().sum();
        for (product, count) in
            self.operations.iter().map(|(p, c)| (p.as_str(), *c)).chain([("total", total)])
        {
            writeln!(f, "macs     {count:>12}  {product}, {} tokens", self.tokens)?;
        }
        self.provenance.iter().try_for_each(|line| writeln!(f, "from     {line}"))
    }
}
