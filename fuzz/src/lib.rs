//! What must hold of any bytes.

use noctule_program::{Program, generate, interpret};

/// Multiplications, about, that a program may cost to be run here.
const COST: usize = 1 << 16;

/// Reading never panics; what reads is written back byte for byte, and runs.
pub fn check(bytes: &[u8]) {
    let Ok(program) = Program::from_bytes(bytes) else { return };
    assert!(program.to_bytes() == bytes, "not the canonical form");
    if cost(&program) <= COST {
        let input = generate::input(&program, bytes.len() as u64);
        interpret::run(&program, &input).expect("a made input suits its program");
    }
}

fn cost(program: &Program) -> usize {
    let layers = program.layers.iter().map(|layer| {
        let inner = layer.attention.query.weights.high.rows();
        let linears = program.width * (4 * inner + 2 * layer.ffn.up.weights.high.rows());
        linears + program.max_tokens * (inner + 256 * layer.attention.heads)
    });
    let head = program.head.bias.len() * program.width;
    program.max_tokens * (program.width + layers.sum::<usize>() + head)
}
