//! First speeds of the engine: whole networks of known shapes, and products alone.
//!
//! Prints a table of Markdown and, behind it, the same as JSON.
//! `cargo run --release -p noctule-engine --example first_figures`

use std::{hint::black_box, time::Instant};

use noctule_engine::{Engine, EngineError, KernelName, Options, Product};
use noctule_program::{
    generate::{self, Shape, SourceShape},
    parts::Input,
};

/// One measured thing.
struct Figure {
    kernel: KernelName,
    what: String,
    times: Times,
    /// Multiplications and additions of a run's linears.
    operations: f64,
}

fn main() -> Result<(), EngineError> {
    let mut figures = Vec::new();
    for kernel in KernelName::available() {
        for shape in [[128, 768, 768], [128, 768, 3072], [128, 3072, 768], [32, 768, 768]] {
            for bits in [1, 4] {
                figures.push(product(kernel, shape, bits)?);
            }
        }
    }
    let networks = [("BERT-base", Shape::bert_base(1, None)), ("MiniLM-L6 shape", mini_lm())];
    for (name, shape) in networks {
        for kernel in KernelName::available() {
            for tokens in [128, 32] {
                figures.push(network(kernel, name, &shape, tokens)?);
            }
        }
    }
    print_markdown(&figures);
    print_json(&figures);
    Ok(())
}

fn product(kernel: KernelName, shape: [usize; 3], bits: u8) -> Result<Figure, EngineError> {
    let mut product = Product::new(kernel, shape, bits)?;
    let times = time(|| {
        product.run(|_, _, sums| {
            black_box(sums);
        });
    });
    let what = format!("product {}x{}x{} W1A{bits}", shape[0], shape[1], shape[2]);
    Ok(Figure { kernel, what, times, operations: product.operations() as f64 })
}

fn network(
    kernel: KernelName,
    name: &str,
    shape: &Shape,
    tokens: usize,
) -> Result<Figure, EngineError> {
    let program = made(shape);
    let engine = Engine::new(&program, Options { threads: 1, kernel: Some(kernel) })?;
    let (mut session, mut logits) = (engine.session(), Vec::new());
    let ids = (0..tokens as u32).map(|n| n * 97 % 30522).collect();
    let input = Input::Text { ids, segments: Vec::new() };
    let times = time(|| session.run(&input, &mut logits).expect("the input suits the program"));
    let layer = |l: &generate::LayerShape| shape.width * (4 * l.heads * l.head_width + 2 * l.ffn);
    let weights: usize = shape.layers.iter().map(layer).sum();
    let what = format!("{name} W1A1 T={tokens}");
    Ok(Figure { kernel, what, times, operations: 2.0 * (weights * tokens) as f64 })
}

/// A program of this shape; one layer is generated and repeated, which takes seconds, not minutes.
fn made(shape: &Shape) -> noctule_program::Program {
    let one = Shape { layers: shape.layers[..1].to_vec(), tokens: 4, ..shape.clone() };
    let mut parts = generate::sized(&one, 1).into_parts();
    parts.max_tokens = shape.tokens;
    parts.layers = vec![parts.layers[0].clone(); shape.layers.len()];
    if let noctule_program::parts::Source::Text { position, .. } = &mut parts.embed.source {
        position.codes = position.codes.repeat(shape.tokens / 4);
        position.mul = position.mul.repeat(shape.tokens / 4);
        position.rows = shape.tokens;
    }
    noctule_program::Program::new(parts).expect("the parts of a generated program")
}

/// Six layers of width 384.
fn mini_lm() -> Shape {
    let mut shape = Shape::bert_base(1, None);
    shape.layers.truncate(6);
    for layer in &mut shape.layers {
        (layer.head_width, layer.ffn) = (32, 1536);
    }
    Shape { width: 384, source: SourceShape::Text { vocabulary: 30522, segments: 2 }, ..shape }
}

/// How long runs took.
struct Times {
    /// Wall seconds of each run, sorted.
    seconds: Vec<f64>,
    /// Processor seconds of a run on average, where the system tells: fair on a busy machine.
    on_cpu: Option<f64>,
}

/// Runs for about a second, at least five times.
fn time(mut run: impl FnMut()) -> Times {
    run();
    let (start, before, mut seconds) = (Instant::now(), on_cpu(), Vec::new());
    while seconds.len() < 5 || start.elapsed().as_secs_f64() < 1.0 {
        let start = Instant::now();
        run();
        seconds.push(start.elapsed().as_secs_f64());
    }
    let on_cpu = before.zip(on_cpu()).map(|(from, to)| (to - from) / seconds.len() as f64);
    seconds.sort_by(f64::total_cmp);
    Times { seconds, on_cpu }
}

/// Seconds that this thread has been on a processor (Linux).
fn on_cpu() -> Option<f64> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    text.split(' ').next()?.parse::<f64>().ok().map(|nanoseconds| nanoseconds * 1e-9)
}

impl Times {
    fn best(&self) -> f64 {
        self.seconds[0]
    }

    fn median(&self) -> f64 {
        self.seconds[self.seconds.len() / 2]
    }

    /// Mean on the processor in milliseconds, or `otherwise`.
    fn on_cpu_ms(&self, otherwise: &str) -> String {
        self.on_cpu.map_or(otherwise.to_owned(), |seconds| format!("{:.3}", 1e3 * seconds))
    }
}

impl Figure {
    /// At the best wall time or the mean on the processor, whichever is less: on a busy machine no
    /// long run is left alone.
    fn gops(&self) -> f64 {
        let seconds = self.times.on_cpu.map_or(self.times.best(), |on| on.min(self.times.best()));
        self.operations / seconds / 1e9
    }

    fn markdown(&self) -> String {
        let Self { kernel, what, times, .. } = self;
        let (best, median) = (1e3 * times.best(), 1e3 * times.median());
        let (on_cpu, runs, gops) = (times.on_cpu_ms("?"), times.seconds.len(), self.gops());
        format!("| {what} | {kernel} | {best:.3} | {median:.3} | {on_cpu} | {runs} | {gops:.0} |")
    }

    fn json(&self) -> String {
        let Self { kernel, what, times, .. } = self;
        let (best, median) = (1e3 * times.best(), 1e3 * times.median());
        let (on_cpu, runs, gops) = (times.on_cpu_ms("null"), times.seconds.len(), self.gops());
        format!(
            "{{\"what\": \"{what}\", \"kernel\": \"{kernel}\", \"threads\": 1, \"best_ms\": {best:.4}, \
             \"median_ms\": {median:.4}, \"on_cpu_mean_ms\": {on_cpu}, \"runs\": {runs}, \"gops\": {gops:.1}}}"
        )
    }
}

fn print_markdown(figures: &[Figure]) {
    println!("| what (1 thread) | kernel | best ms | median ms | on CPU, mean ms | runs | GOPS |");
    println!("|---|---|---|---|---|---|---|");
    figures.iter().for_each(|figure| println!("{}", figure.markdown()));
    for name in KernelName::ALL {
        if !KernelName::available().contains(&name) {
            println!("\nNOT RUN: kernel {name} (this machine lacks {})", name.needs());
        }
    }
}

fn print_json(figures: &[Figure]) {
    let lines: Vec<_> = figures.iter().map(|figure| format!("  {}", figure.json())).collect();
    println!("\n[\n{}\n]", lines.join(",\n"));
}
