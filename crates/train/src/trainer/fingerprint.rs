//! Short hashes of what a run depends on, so that a changed recipe or data file is noticed at `--resume`.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use super::error::{Result, TrainError};

/// FNV-1a, 64 bits: detects accidents, not forgers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fingerprint(u64);

impl Fingerprint {
    /// The hash of nothing.
    pub(crate) fn new() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }

    /// Adds bytes.
    pub(crate) fn update(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }

    /// Sixteen hexadecimal digits.
    pub(crate) fn text(self) -> String {
        format!("{:016x}", self.0)
    }
}

/// Hash of some bytes.
pub(crate) fn of_bytes(bytes: &[u8]) -> String {
    let mut hash = Fingerprint::new();
    hash.update(bytes);
    hash.text()
}

/// Hash of a file's contents.
pub(crate) fn of_file(path: &Path) -> Result<String> {
    let mut file = File::open(path).map_err(TrainError::io("read", path))?;
    let mut hash = Fingerprint::new();
    let mut buffer = vec![0; 1 << 16];
    loop {
        let count = file.read(&mut buffer).map_err(TrainError::io("read", path))?;
        if count == 0 {
            return Ok(hash.text());
        }
        hash.update(&buffer[..count]);
    }
}
