//! What this processor can do at most: loops that do nothing but one kind of work.
//!
//! A product's limit is a loop of its kernel's own instruction mix on registers alone, without a load or a
//! store. It is wide enough that the ports and not the latencies bind.

#![allow(unsafe_code)]

use std::hint::black_box;

use super::KernelName;

/// One kind of work: `count` rounds of it, and what a round is worth.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Load {
    /// Does so many rounds. Only for a processor that has what the load was made for.
    run: unsafe fn(u64),
    /// Operations of a round.
    pub(crate) operations: u64,
}

impl Load {
    /// Does `rounds` rounds.
    pub(crate) fn run(&self, rounds: u64) {
        // SAFETY: a load is made by `binary` and `arithmetic` only, after the kernel of that name was
        // found on this processor.
        unsafe { (self.run)(rounds) }
    }
}

/// Registers that a loop keeps in flight.
const CHAINS: usize = 8;
/// Steps of a round.
const STEPS: usize = 32;

/// The bit product of a kernel that this processor has: multiply-accumulates of bits, 2 operations each.
pub(crate) fn binary(kernel: KernelName) -> Option<Load> {
    kernel.kernel()?;
    let load = |run: unsafe fn(u64), register: usize| Load {
        run,
        operations: (2 * register * CHAINS * STEPS) as u64,
    };
    Some(match kernel {
        KernelName::Scalar => load(scalar, 64),
        #[cfg(target_arch = "x86_64")]
        KernelName::Avx2 => load(x86::look_up, 4 * 32),
        #[cfg(target_arch = "x86_64")]
        KernelName::Avx512 => load(x86::count, 2 * 512),
        #[cfg(target_arch = "x86_64")]
        KernelName::Vnni => load(x86::dot, 2 * 64),
        #[cfg(target_arch = "x86_64")]
        KernelName::Amx => load(x86::tiles, 16 * 16 * 64),
        #[cfg(target_arch = "aarch64")]
        KernelName::Neon => load(aarch64::count, 128),
        #[cfg(target_arch = "aarch64")]
        KernelName::NeonTable => load(aarch64::look_up, 4 * 16),
        #[cfg(target_arch = "aarch64")]
        KernelName::NeonDot => load(aarch64::dot, 16),
        _ => return None,
    })
}

/// The same with codes of one bit.
pub(crate) fn one_bit(kernel: KernelName) -> Option<Load> {
    match kernel {
        #[cfg(target_arch = "x86_64")]
        KernelName::Avx2 => {
            kernel.kernel()?;
            let operations = (2 * 3 * 8 * 32 * (CHAINS / 2) * STEPS) as u64;
            Some(Load { run: x86::look_up_pairs, operations })
        }
        _ => binary(kernel),
    }
}

/// What a kernel's instruction set does outside products: a multiplication and an addition of 32 bits.
pub(crate) fn arithmetic(kernel: KernelName) -> Option<Load> {
    kernel.kernel()?;
    let load =
        |run: unsafe fn(u64), lanes: usize| Load { run, operations: (2 * lanes * STEPS) as u64 };
    Some(match kernel {
        KernelName::Scalar => load(multiply_add::<32>, 32),
        #[cfg(target_arch = "x86_64")]
        KernelName::Avx2 => load(x86::multiply_add_avx2, 96),
        #[cfg(target_arch = "x86_64")]
        KernelName::Avx512 | KernelName::Vnni | KernelName::Amx => {
            load(x86::multiply_add_avx512, 192)
        }
        KernelName::Neon | KernelName::NeonTable | KernelName::NeonDot => {
            load(multiply_add::<48>, 48)
        }
        #[cfg(not(target_arch = "x86_64"))]
        KernelName::Avx2 | KernelName::Avx512 | KernelName::Vnni | KernelName::Amx => return None,
    })
}

/// Adds up all words so many times, as fast as they can be read with a kernel's registers.
pub(crate) fn read(kernel: KernelName, words: &[u64], passes: u64) -> u64 {
    match kernel.kernel() {
        // SAFETY: the kernel of that name was found on this processor.
        #[cfg(target_arch = "x86_64")]
        Some(_) if kernel == KernelName::Avx2 => unsafe { x86::read_avx2(words, passes) },
        // SAFETY: the kernel of that name was found on this processor.
        #[cfg(target_arch = "x86_64")]
        Some(_) if kernel != KernelName::Scalar => unsafe { x86::read_avx512(words, passes) },
        _ => sum(words, passes),
    }
}

/// 64-bit words: `and`, count, add.
fn scalar(rounds: u64) {
    let mask = black_box([u64::MAX / 3; CHAINS]);
    let mut words = black_box([1_u64; CHAINS]);
    for _ in 0..rounds {
        for _ in 0..STEPS {
            for (word, mask) in words.iter_mut().zip(mask) {
                *word = word.wrapping_add(u64::from((*word & mask).count_ones()));
            }
        }
    }
    black_box(words);
}

/// So many 32-bit lanes in flight: twelve registers of them.
#[inline(always)]
fn multiply_add<const LANES: usize>(rounds: u64) {
    let (factor, addend) = black_box((0x9e37_79b9_u32, 0x85eb_ca6b_u32));
    let mut lanes = black_box([1_u32; LANES]);
    for _ in 0..rounds {
        for _ in 0..STEPS {
            lanes.iter_mut().for_each(|x| *x = x.wrapping_mul(factor).wrapping_add(addend));
        }
    }
    black_box(lanes);
}

#[inline(always)]
fn sum(words: &[u64], passes: u64) -> u64 {
    let mut sums = [0_u64; 32];
    for _ in 0..passes {
        // No pass may be taken for the one before.
        for words in black_box(words).as_chunks::<32>().0 {
            sums.iter_mut().zip(words).for_each(|(sum, word)| *sum = sum.wrapping_add(*word));
        }
    }
    sums.into_iter().fold(0, u64::wrapping_add)
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use std::{arch::x86_64::*, hint::black_box};

    use super::{CHAINS, STEPS};

    /// The table product: a byte shuffle looks up 32 partial sums of 4 products each, an addition takes
    /// them in. The next index hangs on the last sum, so that no look-up can be left out.
    #[target_feature(enable = "avx2")]
    pub(super) fn look_up(rounds: u64) {
        let table = black_box(_mm256_set1_epi8(3));
        let mut sums = black_box([_mm256_setzero_si256(); CHAINS]);
        for _ in 0..rounds {
            for _ in 0..STEPS {
                for sum in &mut sums {
                    *sum = _mm256_add_epi8(*sum, _mm256_shuffle_epi8(table, *sum));
                }
            }
        }
        black_box(sums);
    }

    /// The product of one-bit codes: three shuffles look up the sums of two tokens each, which are then
    /// taken apart.
    #[target_feature(enable = "avx2")]
    pub(super) fn look_up_pairs(rounds: u64) {
        let [table, low] = black_box([3, 15]).map(|byte| _mm256_set1_epi8(byte));
        let mut sums = black_box([[_mm256_setzero_si256(); 2]; CHAINS / 2]);
        for _ in 0..rounds {
            for _ in 0..STEPS {
                for [first, second] in &mut sums {
                    let [a, b] = [*first, *second].map(|i| _mm256_shuffle_epi8(table, i));
                    let c = _mm256_shuffle_epi8(table, a);
                    let both = _mm256_add_epi8(_mm256_add_epi8(a, b), c);
                    *first = _mm256_add_epi8(*first, _mm256_and_si256(both, low));
                    *second = _mm256_add_epi8(*second, _mm256_srli_epi16::<4>(both));
                }
            }
        }
        black_box(sums);
    }

    /// Two words at a time: a full adder that takes the `and`s in, `vpopcntq` of its carry, add.
    #[target_feature(enable = "avx512f,avx512vpopcntdq")]
    pub(super) fn count(rounds: u64) {
        let [a, b] = black_box([0x5555, 0x3333]).map(|mask| _mm512_set1_epi64(mask));
        let mut bits = black_box([_mm512_set1_epi64(1); CHAINS]);
        let mut sums = bits;
        for _ in 0..rounds {
            for _ in 0..STEPS {
                for (bits, sum) in bits.iter_mut().zip(&mut sums) {
                    let middle = _mm512_ternarylogic_epi64::<0b0111_1000>(*bits, a, *sum);
                    let after = _mm512_ternarylogic_epi64::<0b0111_1000>(middle, b, *sum);
                    let carry = _mm512_ternarylogic_epi64::<0b0111_0100>(*bits, middle, after);
                    *sum = _mm512_add_epi64(*sum, _mm512_popcnt_epi64(carry));
                    *bits = after;
                }
            }
        }
        black_box((bits, sums));
    }

    /// `vpdpbusd`, in twice as many registers, for it takes longer than others.
    #[target_feature(enable = "avx512f,avx512vnni")]
    pub(super) fn dot(rounds: u64) {
        let [a, b] = black_box([_mm512_set1_epi8(3), _mm512_set1_epi8(1)]);
        let mut sums = black_box([_mm512_setzero_si512(); 2 * CHAINS]);
        for _ in 0..rounds {
            for _ in 0..STEPS {
                sums.iter_mut().for_each(|sum| *sum = _mm512_dpbusd_epi32(*sum, a, b));
            }
        }
        black_box(sums);
    }

    /// Products of tiles.
    ///
    /// # Safety
    /// The processor has what the kernel [`super::KernelName::Amx`] needs.
    pub(super) unsafe fn tiles(rounds: u64) {
        // SAFETY: the caller has found the kernel on this processor.
        unsafe { super::super::amx::multiply_tiles(rounds * (CHAINS * STEPS) as u64) }
    }

    #[target_feature(enable = "avx2")]
    pub(super) fn multiply_add_avx2(rounds: u64) {
        super::multiply_add::<96>(rounds);
    }

    #[target_feature(enable = "avx512f")]
    pub(super) fn multiply_add_avx512(rounds: u64) {
        super::multiply_add::<192>(rounds);
    }

    #[target_feature(enable = "avx2")]
    pub(super) fn read_avx2(words: &[u64], passes: u64) -> u64 {
        super::sum(words, passes)
    }

    #[target_feature(enable = "avx512f")]
    pub(super) fn read_avx512(words: &[u64], passes: u64) -> u64 {
        super::sum(words, passes)
    }
}

#[cfg(target_arch = "aarch64")]
mod aarch64 {
    use std::{
        arch::{aarch64::*, asm},
        hint::black_box,
    };

    use super::{CHAINS, STEPS};

    /// The table product, as with AVX2.
    #[target_feature(enable = "neon")]
    pub(super) fn look_up(rounds: u64) {
        let table = black_box(vdupq_n_u8(3));
        let mut sums = black_box([vdupq_n_u8(0); CHAINS]);
        for _ in 0..rounds {
            for _ in 0..STEPS {
                for sum in &mut sums {
                    *sum = vaddq_u8(*sum, vqtbl1q_u8(table, *sum));
                }
            }
        }
        black_box(sums);
    }

    /// Dot products of four bytes; Rust's intrinsic is not stable yet.
    #[target_feature(enable = "neon,dotprod")]
    pub(super) fn dot(rounds: u64) {
        let bytes = black_box(vdupq_n_u8(3));
        let mut sums = black_box([vdupq_n_u32(0); CHAINS]);
        for _ in 0..rounds {
            for _ in 0..STEPS {
                for sum in &mut sums {
                    // SAFETY: the instruction works on registers alone.
                    unsafe {
                        asm!(
                            "udot {sum:v}.4s, {bytes:v}.16b, {bytes:v}.16b",
                            sum = inout(vreg) *sum,
                            bytes = in(vreg) bytes,
                            options(pure, nomem, nostack, preserves_flags),
                        );
                    }
                }
            }
        }
        black_box(sums);
    }

    /// `and`, `cnt`, add.
    #[target_feature(enable = "neon")]
    pub(super) fn count(rounds: u64) {
        let mask = black_box(vdupq_n_u8(0x55));
        let mut sums = black_box([vdupq_n_u8(1); CHAINS]);
        for _ in 0..rounds {
            for _ in 0..STEPS {
                for sum in &mut sums {
                    *sum = vaddq_u8(*sum, vcntq_u8(vandq_u8(*sum, mask)));
                }
            }
        }
        black_box(sums);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kernels_loads_can_be_run() {
        for kernel in KernelName::available() {
            for load in [binary(kernel), one_bit(kernel), arithmetic(kernel)] {
                load.expect("an available kernel").run(2);
            }
            assert_eq!(read(kernel, &[3; 320], 5), 3 * 320 * 5, "{kernel}");
        }
    }
}
