//! Writes small generated programs as the first corpus of each target; run it in `fuzz/`.

use std::{fs, io};

use noctule_program::generate;

/// Bytes of the largest program worth mutating.
const LARGEST: usize = 6000;

fn main() -> io::Result<()> {
    for target in ["read", "resealed"] {
        let folder = format!("corpus/{target}");
        fs::create_dir_all(&folder)?;
        for seed in 0..3000 {
            let bytes = generate::program(seed).to_bytes();
            if bytes.len() <= LARGEST {
                fs::write(format!("{folder}/seed-{seed}"), bytes)?;
            }
        }
    }
    Ok(())
}
