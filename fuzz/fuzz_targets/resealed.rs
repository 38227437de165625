//! Any body under a header that is right, so that the fuzzer gets behind the checksums.
#![no_main]

use noctule_program::format::{HEADER_BYTES, seal};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if bytes.len() >= HEADER_BYTES {
        let mut bytes = bytes.to_vec();
        seal(&mut bytes);
        noctule_fuzz::check(&bytes);
    }
});
