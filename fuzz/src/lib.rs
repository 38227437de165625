//! What must hold of any bytes.

use std::sync::Arc;

use noctule_program::{Program, codes::SharedBytes, format::ReadError, generate, interpret};

/// Multiplications, about, that a program may cost to be run here.
const COST: usize = 1 << 16;

/// Reading never panics; what reads is written back byte for byte, and runs. Whether tables are copied
/// or stay in the bytes makes no difference.
pub fn check(bytes: &[u8]) {
    let copied = Program::from_bytes(bytes);
    let stays: Arc<dyn SharedBytes> = Arc::new(bytes.to_vec());
    let shared = Program::from_shared(&stays);
    assert_eq!(answers(&copied, bytes), answers(&shared, bytes), "copied and shared differ");
}

/// The logits of a made input, of a program that is small enough.
fn answers<'a>(
    program: &'a Result<Program, ReadError>,
    bytes: &[u8],
) -> Result<Option<Vec<i32>>, &'a ReadError> {
    let program = program.as_ref()?;
    assert!(program.to_bytes() == bytes, "not the canonical form");
    Ok((cost(program) <= COST).then(|| {
        let input = generate::input(program, bytes.len() as u64);
        interpret::run(program, &input).expect("a made input suits its program")
    }))
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
