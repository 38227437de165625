//! Programs survive being written and read, byte for byte.

use noctule_program::{Program, generate};

#[test]
fn what_is_written_is_read() {
    for seed in 0..200 {
        let program = generate::program(seed);
        let bytes = program.to_bytes();
        let read = Program::from_bytes(&bytes).unwrap();
        assert!(read == program, "seed {seed}");
        assert!(read.to_bytes() == bytes, "seed {seed}");
    }
}
