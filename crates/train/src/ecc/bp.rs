//! Belief propagation: the sum-product algorithm with log-likelihood ratios.
//!
//! Flooding schedule: in each iteration first all checks, then all bits. With `L` the ratio of the
//! channel, `v` messages to checks and `c` messages to bits (all are `ln P(0)/P(1)`):
//! `c = 2 atanh(product over the check's other bits of tanh(v / 2))`,
//! `v = L + sum over the bit's other checks of c`. Decoding ends as soon as the hard decision
//! satisfies every check; the channel's own decision is iteration 0.

use super::channel::{Awgn, hard_decision};
use super::code::Code;

/// The default number of iterations.
pub const DEFAULT_ITERATIONS: usize = 20;

/// Messages are kept in `-LIMIT..=LIMIT`, where tanh is still below 1 in double precision.
const LIMIT: f64 = 30.0;

/// A sum-product decoder for one code on one channel.
///
/// The algorithm needs the noise's true sigma, so make one per Eb/N0.
#[derive(Clone, Debug)]
pub struct Bp {
    graph: Graph,
    iterations: usize,
    llr_scale: f64,
}

/// The Tanner graph's edges, numbered check by check.
#[derive(Clone, Debug)]
struct Graph {
    /// Edges of check `i` are `starts[i] .. starts[i + 1]`.
    starts: Vec<usize>,
    /// The bit of each edge.
    bits: Vec<usize>,
    n: usize,
}

/// The buffers of one decoding, kept from word to word.
pub(super) struct Workspace {
    channel: Vec<f64>,
    posterior: Vec<f64>,
    to_bit: Vec<f64>,
    /// Products of all hyperbolic tangents before each edge of one check.
    before: Vec<f64>,
    tanhs: Vec<f64>,
}

impl Bp {
    /// A decoder that gives up after `iterations` (see [`DEFAULT_ITERATIONS`]).
    pub fn new(code: &Code, channel: &Awgn, iterations: usize) -> Self {
        Self {
            graph: Graph::new(code),
            iterations,
            llr_scale: 2.0 / (channel.sigma() * channel.sigma()),
        }
    }

    /// The hard bits of one received word, whether or not they form a codeword.
    ///
    /// # Panics
    /// If `received` has not the code's length.
    pub fn decode_word(&self, received: &[f32]) -> Vec<u8> {
        self.decode_in(&mut self.workspace(), received)
    }

    pub(super) fn workspace(&self) -> Workspace {
        let edges = self.graph.bits.len();
        Workspace {
            channel: vec![0.0; self.graph.n],
            posterior: vec![0.0; self.graph.n],
            to_bit: vec![0.0; edges],
            before: vec![0.0; edges],
            tanhs: vec![0.0; edges],
        }
    }

    pub(super) fn decode_in(&self, space: &mut Workspace, received: &[f32]) -> Vec<u8> {
        assert_eq!(received.len(), self.graph.n, "values of a received word");
        space.load(received, self.llr_scale);
        for _ in 0..self.iterations {
            if self.graph.satisfied(&space.posterior) {
                break;
            }
            self.graph.iterate(space);
        }
        space.posterior.iter().map(|&l| u8::from(l < 0.0)).collect()
    }
}

impl Workspace {
    fn load(&mut self, received: &[f32], scale: f64) {
        for (llr, &y) in self.channel.iter_mut().zip(received) {
            *llr = scale * f64::from(y);
        }
        self.posterior.copy_from_slice(&self.channel);
        self.to_bit.fill(0.0);
    }
}

impl Graph {
    fn new(code: &Code) -> Self {
        let (mut starts, mut bits) = (vec![0], Vec::new());
        for check in 0..code.m() {
            bits.extend_from_slice(code.bits_of(check));
            starts.push(bits.len());
        }
        Self { starts, bits, n: code.n() }
    }

    fn checks(&self) -> impl Iterator<Item = std::ops::Range<usize>> {
        self.starts.windows(2).map(|pair| pair[0]..pair[1])
    }

    fn satisfied(&self, posterior: &[f64]) -> bool {
        let odd = |edges: std::ops::Range<usize>| {
            self.bits[edges].iter().fold(false, |odd, &bit| odd ^ (posterior[bit] < 0.0))
        };
        !self.checks().any(odd)
    }

    fn iterate(&self, space: &mut Workspace) {
        self.tanhs_of_messages(space);
        for edges in self.checks() {
            exclusive_products(space, edges);
        }
        self.gather(space);
    }

    /// `tanh(v / 2)` of each edge, with `v` the posterior less what this check itself said.
    fn tanhs_of_messages(&self, space: &mut Workspace) {
        for (e, &bit) in self.bits.iter().enumerate() {
            let message = (space.posterior[bit] - space.to_bit[e]).clamp(-LIMIT, LIMIT);
            let odds = (-message).exp();
            space.tanhs[e] = (1.0 - odds) / (1.0 + odds);
        }
    }

    fn gather(&self, space: &mut Workspace) {
        space.posterior.copy_from_slice(&space.channel);
        for (&bit, message) in self.bits.iter().zip(&space.to_bit) {
            space.posterior[bit] += message;
        }
    }
}

/// The messages of one check: for each edge `2 atanh` of the product over the other edges, as the
/// product of all before it times the product of all after it.
fn exclusive_products(space: &mut Workspace, edges: std::ops::Range<usize>) {
    let mut product = 1.0;
    for e in edges.clone() {
        space.before[e] = product;
        product *= space.tanhs[e];
    }
    let mut after = 1.0;
    for e in edges.rev() {
        space.to_bit[e] = twice_atanh(space.before[e] * after);
        after *= space.tanhs[e];
    }
}

/// `2 atanh(t)`, in `-LIMIT..=LIMIT` also where rounding has brought `t` to 1.
fn twice_atanh(t: f64) -> f64 {
    ((1.0 + t) / (1.0 - t)).ln().clamp(-LIMIT, LIMIT)
}

/// The same decoder written as the formulas stand, with every product taken anew: the reference
/// that [`Bp`] is tested against.
pub fn decode_naive(code: &Code, channel: &Awgn, iterations: usize, received: &[f32]) -> Vec<u8> {
    let scale = 2.0 / channel.sigma().powi(2);
    let llr: Vec<f64> = received.iter().map(|&y| scale * f64::from(y)).collect();
    let mut to_bit = vec![vec![0.0; code.n()]; code.m()];
    let mut hard = hard_decision(received);
    for _ in 0..iterations {
        if code.contains(&hard) {
            break;
        }
        to_bit = naive_checks(code, &naive_bits(code, &llr, &to_bit));
        let posterior = |j: usize| llr[j] + sum_over(code.checks_of(j), |i| to_bit[i][j]);
        hard = (0..code.n()).map(|j| u8::from(posterior(j) < 0.0)).collect();
    }
    hard
}

fn naive_bits(code: &Code, llr: &[f64], to_bit: &[Vec<f64>]) -> Vec<Vec<f64>> {
    let mut to_check = vec![vec![0.0; code.n()]; code.m()];
    for j in 0..code.n() {
        for &i in code.checks_of(j) {
            let others = code.checks_of(j).iter().filter(|&&other| other != i);
            to_check[i][j] = llr[j] + others.map(|&other| to_bit[other][j]).sum::<f64>();
        }
    }
    to_check
}

fn naive_checks(code: &Code, to_check: &[Vec<f64>]) -> Vec<Vec<f64>> {
    let mut to_bit = vec![vec![0.0; code.n()]; code.m()];
    for i in 0..code.m() {
        for &j in code.bits_of(i) {
            let others = code.bits_of(i).iter().filter(|&&other| other != j);
            let tanh = |&b: &usize| (to_check[i][b].clamp(-LIMIT, LIMIT) / 2.0).tanh();
            let product: f64 = others.map(tanh).product();
            to_bit[i][j] = (2.0 * product.atanh()).clamp(-LIMIT, LIMIT);
        }
    }
    to_bit
}

fn sum_over(indices: &[usize], value: impl Fn(usize) -> f64) -> f64 {
    indices.iter().map(|&i| value(i)).sum()
}
