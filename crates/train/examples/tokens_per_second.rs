//! Training speed of a network: forward, backward and AdamW on random tokens.
//!
//! `cargo run --release -p noctule-train --example tokens_per_second -- small w1a1 10`
//! prints tokens per second of the median step. Sizes and peers: `bench/training/README.md`.

use std::collections::BTreeMap;
use std::time::Instant;

use burn::tensor::{Device, Gradients, Tensor, TensorData};
use noctule_train::ops::{self, AdamW, AttentionForm, Matrix, Pairs, Quant, Ragged};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

const VOCABULARY: usize = 30_522;
const TOKENS: usize = 64;
const LAYERS: usize = 6;

struct Size {
    width: usize,
    heads: usize,
    hidden: usize,
    batch: usize,
}

const SMALL: Size = Size { width: 128, heads: 4, hidden: 512, batch: 64 };
const LARGE: Size = Size { width: 384, heads: 12, hidden: 1536, batch: 32 };

/// A parameter and its moments on the host.
struct Parameter {
    values: Vec<f32>,
    shape: Vec<usize>,
    m: Vec<f32>,
    v: Vec<f32>,
}

/// The leaves of one step, by name.
struct Leaves {
    matrices: BTreeMap<String, Tensor<2>>,
    vectors: BTreeMap<String, Tensor<1>>,
}

struct Network {
    size: Size,
    binary: bool,
    parameters: BTreeMap<String, Parameter>,
    rng: ChaCha8Rng,
}

impl Network {
    fn new(size: Size, binary: bool) -> Self {
        let rng = ChaCha8Rng::seed_from_u64(1);
        let mut network = Self { size, binary, parameters: BTreeMap::new(), rng };
        let (width, hidden) = (network.size.width, network.size.hidden);
        network.matrix("word".into(), VOCABULARY, width);
        network.matrix("position".into(), TOKENS, width);
        network.norm("embedding", width);
        for layer in 0..LAYERS {
            for name in ["query", "key", "value", "output"] {
                network.linear(&format!("{layer}.{name}"), width, width);
            }
            network.linear(&format!("{layer}.up"), hidden, width);
            network.linear(&format!("{layer}.down"), width, hidden);
            network.norm(&format!("{layer}.attention"), width);
            network.norm(&format!("{layer}.feed_forward"), width);
            for site in ["input", "q", "k", "v", "context", "ffn_input"] {
                network.vector(format!("{layer}.{site}.scale"), 1, 1.0);
                network.vector(format!("{layer}.{site}.shift"), width, 0.0);
            }
            network.vector(format!("{layer}.weights.scale"), 1, 0.05);
            network.vector(format!("{layer}.hidden.scale"), 1, 1.0);
            network.vector(format!("{layer}.hidden.shift"), hidden, 0.0);
        }
        network.linear("head", 2, width);
        network
    }

    fn add(&mut self, name: String, values: Vec<f32>, shape: Vec<usize>) {
        let [m, v] = [(); 2].map(|()| vec![0.0; values.len()]);
        self.parameters.insert(name, Parameter { values, shape, m, v });
    }

    fn matrix(&mut self, name: String, rows: usize, width: usize) {
        let rng = &mut self.rng;
        let values = (0..rows * width).map(|_| rng.random_range(-0.05f32..0.05)).collect();
        self.add(name, values, vec![rows, width]);
    }

    fn vector(&mut self, name: String, len: usize, value: f32) {
        self.add(name, vec![value; len], vec![len]);
    }

    fn linear(&mut self, name: &str, outputs: usize, width: usize) {
        self.matrix(format!("{name}.weight"), outputs, width);
        self.vector(format!("{name}.bias"), outputs, 0.0);
    }

    fn norm(&mut self, name: &str, width: usize) {
        self.vector(format!("{name}.gain"), width, 1.0);
        self.vector(format!("{name}.bias"), width, 0.0);
    }

    fn leaves(&mut self) -> Leaves {
        let device = Device::flex().autodiff();
        let mut leaves = Leaves { matrices: BTreeMap::new(), vectors: BTreeMap::new() };
        for (name, parameter) in &mut self.parameters {
            let data =
                TensorData::new(std::mem::take(&mut parameter.values), parameter.shape.clone());
            match parameter.shape.len() {
                1 => {
                    let leaf = Tensor::from_data(data, &device).require_grad();
                    leaves.vectors.insert(name.clone(), leaf);
                }
                _ => {
                    let leaf = Tensor::from_data(data, &device).require_grad();
                    leaves.matrices.insert(name.clone(), leaf);
                }
            }
        }
        leaves
    }

    /// Parameters back on the host, each moved by its gradient.
    fn update(&mut self, leaves: Leaves, mut gradients: Gradients, step: u32) {
        let options =
            AdamW { lr: 1e-4, beta1: 0.9, beta2: 0.999, eps: 1e-8, weight_decay: 0.01, step };
        for (name, leaf) in leaves.matrices {
            let gradient = leaf.grad_remove(&mut gradients).map(host);
            move_one(&mut self.parameters, &name, host(leaf.inner()), gradient, &options);
        }
        for (name, leaf) in leaves.vectors {
            let gradient = leaf.grad_remove(&mut gradients).map(host);
            move_one(&mut self.parameters, &name, host(leaf.inner()), gradient, &options);
        }
    }

    fn step(&mut self, step: u32) {
        let (batch, rows) = (self.size.batch, self.size.batch * TOKENS);
        let ids: Vec<u32> =
            (0..rows).map(|_| self.rng.random_range(0..VOCABULARY as u32)).collect();
        let targets: Vec<u32> = (0..batch).map(|_| self.rng.random_range(0..2)).collect();
        let leaves = self.leaves();
        let logits = self.forward(&leaves, &ids);
        let gradients = ops::cross_entropy(logits, &targets).backward();
        self.update(leaves, gradients, step);
    }

    fn forward(&self, leaves: &Leaves, ids: &[u32]) -> Tensor<2> {
        let ragged = Ragged::from_lengths(&vec![TOKENS; self.size.batch]).expect("whole sequences");
        let positions: Vec<u32> = (0..ids.len()).map(|row| (row % TOKENS) as u32).collect();
        let words = ops::gather_rows(leaves.matrices["word"].clone(), ids);
        let places = ops::gather_rows(leaves.matrices["position"].clone(), &positions);
        let pairs = Pairs::new(&ragged, self.size.heads, None).expect("there is no mask");
        let mut x = leaves.add_norm("embedding", words, places);
        for layer in 0..LAYERS {
            x = self.layer(leaves, layer, x, pairs);
        }
        let first = ops::gather_rows(x, &ragged.first_rows());
        leaves.linear("head", first, false)
    }

    fn layer(&self, leaves: &Leaves, layer: usize, x: Tensor<2>, pairs: Pairs<'_>) -> Tensor<2> {
        let name = |part: &str| format!("{layer}.{part}");
        let linear = |part: &str, x: Tensor<2>| leaves.linear(&name(part), x, self.binary);
        let site = |part: &str, x: Tensor<2>| self.site(leaves, &name(part), x, Quant::signed(1));
        let h = site("input", x.clone());
        let q = site("q", linear("query", h.clone()));
        let k = site("k", linear("key", h.clone()));
        let v = site("v", linear("value", h));
        let form = match self.binary {
            true => AttentionForm::Softmax {
                scale: leaves.vectors[&name("weights.scale")].clone(),
                bits: 1,
                table: false,
            },
            false => AttentionForm::Float,
        };
        let context = ops::attention([q, k, v], pairs, form);
        let attended = linear("output", site("context", context));
        let x = leaves.add_norm(&name("attention"), x, attended);
        let hidden = linear("up", site("ffn_input", x.clone()));
        let hidden = match self.binary {
            true => self.site(leaves, &name("hidden"), hidden, Quant::unsigned(1)),
            false => ops::gelu(hidden),
        };
        leaves.add_norm(&name("feed_forward"), x, linear("down", hidden))
    }

    fn site(&self, leaves: &Leaves, name: &str, x: Tensor<2>, quant: Quant) -> Tensor<2> {
        if !self.binary {
            return x;
        }
        let scale = leaves.vectors[&format!("{name}.scale")].clone();
        let shift = leaves.vectors[&format!("{name}.shift")].clone();
        ops::quantize(x, scale, Some(shift), quant)
    }
}

impl Leaves {
    fn linear(&self, name: &str, x: Tensor<2>, binary: bool) -> Tensor<2> {
        let weight = self.matrices[&format!("{name}.weight")].clone();
        let matrix = if binary { Matrix::Binary(weight) } else { Matrix::Float(weight) };
        ops::linear(x, matrix, Some(self.vectors[&format!("{name}.bias")].clone()))
    }

    fn add_norm(&self, name: &str, x: Tensor<2>, y: Tensor<2>) -> Tensor<2> {
        let gain = self.vectors[&format!("{name}.gain")].clone();
        let bias = self.vectors[&format!("{name}.bias")].clone();
        ops::add_norm(x, y, gain, bias, 1e-12)
    }
}

fn host<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.into_data().try_into_vec().expect("single precision")
}

fn move_one(
    parameters: &mut BTreeMap<String, Parameter>,
    name: &str,
    mut values: Vec<f32>,
    gradient: Option<Vec<f32>>,
    options: &AdamW,
) {
    let parameter = parameters.get_mut(name).expect("a leaf of this network");
    if let Some(gradient) = gradient {
        ops::adamw(&mut values, &gradient, &mut parameter.m, &mut parameter.v, options);
    }
    parameter.values = values;
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [size, form, steps] = &arguments[..] else {
        eprintln!("usage: tokens_per_second small|large w1a1|float STEPS");
        std::process::exit(2);
    };
    let size = if size == "large" { LARGE } else { SMALL };
    let tokens = size.batch * TOKENS;
    let steps: u32 = steps.parse().unwrap_or(10);
    let mut network = Network::new(size, form == "w1a1");
    let mut times: Vec<f64> = (0..=steps)
        .map(|step| {
            let start = Instant::now();
            network.step(step + 1);
            start.elapsed().as_secs_f64()
        })
        .skip(1)
        .collect();
    times.sort_by(f64::total_cmp);
    println!("{:.0}", tokens as f64 / times[times.len() / 2]);
}
