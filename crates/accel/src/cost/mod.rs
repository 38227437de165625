//! What a configuration takes of a device, without synthesis. So far: block RAM of AMD parts, by the shapes of memories.

pub mod asic;
mod memories;

pub use memories::{Memory, memories};

use crate::config::Config;

/// Block RAM of 36 kbit of AMD parts (a RAMB18 is a half), as Yosys maps the memories.
#[must_use]
pub fn block_ram(config: &Config) -> f64 {
    let halves: usize = memories(config.sizes()).iter().map(|memory| memory.half_bram()).sum();
    halves as f64 / 2.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zcu102_takes_what_synthesis_took() {
        // bench/accel/sweep/zcu102.json, summed from memories that were synthesised one by one.
        let config = Config::preset("zcu102").unwrap();
        let model = block_ram(&config);
        assert!((model - 621.5).abs() / 621.5 < 0.01, "{model}");
    }
}
