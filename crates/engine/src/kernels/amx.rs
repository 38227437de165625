//! AMX: products of tiles of bytes, 16 rows by 64 inputs by 16 columns in 16 cycles.
//!
//! The weights stay bits in memory. Those of the next word become bytes, 0 or 1, in a small buffer
//! between the tile products of the present word: one mask, one register and one store for 64
//! weights, in cycles in which the tile unit is busy anyway, and far enough ahead that the stores have
//! reached the cache when the tile is loaded. Up to eight bits of a left operand cost the same.
//!
//! Limit: 2,048 operations a cycle. A word takes four products of 16 cycles, during which two ports
//! do 96 instructions of unpacking and four tiles are loaded, two rows a cycle: 32 cycles.
//!
//! Tiles belong to a thread. Every call configures them, and releases them, so that switching
//! threads stays cheap. Linux lets a process use them once it has asked.

#![allow(unsafe_code)]

use core::{
    arch::{asm, x86_64::*},
    mem::MaybeUninit,
};

use super::{
    Chunk, Kernel, KernelName, LeftBits, LeftSize, PanelBits, RowBits, Sums,
    avx512_bytes::{BYTES, LANES, arrange, check, numbers, put_bytes, put_sums},
    avx512_rows::detected,
    rows::rows,
};

/// Rows of a tile.
const ROWS: usize = 16;
/// Rows of two tiles, and columns of two.
const BLOCK: usize = 2 * ROWS;
/// Chunks of a tile.
const TILE: usize = ROWS / BYTES;

/// Proof that the processor has AVX-512 F, BW, DQ, VL and AMX for bytes, and that the system allows it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Amx(());

impl Amx {
    pub(super) fn get() -> Option<&'static Self> {
        (detected() && tiles() && permitted()).then_some(&Self(()))
    }
}

/// Has the processor tiles of bytes? To be asked where leaf 7 exists.
fn tiles() -> bool {
    const TILE_AND_INT8: u32 = 0b11 << 24;
    !cfg!(miri) && __cpuid_count(7, 0).edx & TILE_AND_INT8 == TILE_AND_INT8
}

/// Asks the system, which answers the same each time.
#[cfg(target_os = "linux")]
fn permitted() -> bool {
    const ARCH_PRCTL: usize = 158;
    const ARCH_REQ_XCOMP_PERM: usize = 0x1023;
    const TILE_DATA: usize = 18;
    let result: isize;
    // SAFETY: this call of the system touches no memory of ours.
    unsafe {
        asm!("syscall", inlateout("rax") ARCH_PRCTL => result, in("rdi") ARCH_REQ_XCOMP_PERM,
            in("rsi") TILE_DATA, out("rcx") _, out("r11") _, options(nostack));
    }
    result == 0
}

#[cfg(not(target_os = "linux"))]
fn permitted() -> bool {
    false
}

rows!(Amx, ["avx512f,avx512bw,avx512dq,avx512vl,popcnt"], avx512_rows);

impl Kernel for Amx {
    fn name(&self) -> KernelName {
        KernelName::Amx
    }

    fn planes(&self) -> usize {
        8
    }

    fn arrange(&self, chunk: &mut Chunk) {
        arrange(chunk);
    }

    fn left_chunks(&self, size: LeftSize) -> usize {
        size.rows.div_ceil(ROWS) * size.words * TILE
    }

    fn pack(&self, rows: RowBits<'_>, out: &mut [Chunk]) {
        // SAFETY: a value of this type exists only where the features were detected.
        unsafe { pack(rows, out) }
    }

    fn multiply(&self, left: LeftBits<'_>, panel: PanelBits<'_>, shift: u32, out: Sums<'_>) {
        check(self.left_chunks(left.size), &left, &panel, &out);
        // SAFETY: a value of this type exists only where all this may be used.
        unsafe { product(left, panel, shift, out) }
    }
}

/// `[block][word][tile][row]`, 64 bytes each; the last block may have one tile, the last tile rows
/// of zeros.
#[target_feature(enable = "avx512f,avx512bw")]
fn pack(rows: RowBits<'_>, out: &mut [Chunk]) {
    for first in (0..rows.rows).step_by(BLOCK) {
        let height = tiles_of(first, rows.rows) * ROWS;
        for word in 0..rows.words {
            for r in 0..height {
                let at = first * rows.words + word * height + r;
                put_bytes(out, at, numbers(&rows, first + r, word));
            }
        }
    }
}

/// Tiles of the block that starts at row `first`.
fn tiles_of(first: usize, rows: usize) -> usize {
    (rows - first).div_ceil(ROWS).min(2)
}

/// Sums of a block with 32 columns, then with the next 32.
type Block = [[[MaybeUninit<i32>; BLOCK]; BLOCK]; 2];

#[target_feature(enable = "avx512f,avx512bw")]
fn product(left: LeftBits<'_>, panel: PanelBits<'_>, shift: u32, out: Sums<'_>) {
    let LeftSize { rows, words, .. } = left.size;
    let shift = _mm_cvtsi32_si128(shift.cast_signed());
    let mut sums: Block = [const { [const { [MaybeUninit::uninit(); _] }; _] }; _];
    for first in (0..rows).step_by(BLOCK) {
        let tiles = tiles_of(first, rows);
        let left = &left.data[first / ROWS * words * TILE..][..tiles * words * TILE];
        // SAFETY: `left` has the tiles of the block for all words of the panel.
        unsafe {
            if tiles == 2 {
                multiply_two(left, panel, &mut sums);
            } else {
                multiply_one(left, panel, &mut sums);
            }
        }
        for (half, sums) in sums.iter().enumerate().take(halves(panel)) {
            for (r, sums) in sums.iter().enumerate().take(rows - first) {
                let at = (first + r) * out.stride + half * BLOCK;
                for (n, sums) in sums.as_chunks::<LANES>().0.iter().enumerate() {
                    // SAFETY: rows and halves in use have been stored; they are 16 numbers.
                    let sums = unsafe { _mm512_loadu_si512(sums.as_ptr().cast()) };
                    put_sums(sums, shift, &mut out.data[at + LANES * n..], out.add);
                }
            }
        }
    }
}

/// Halves of a panel in use.
fn halves(panel: PanelBits<'_>) -> usize {
    panel.rows.div_ceil(BLOCK)
}

/// Palette 1; all tiles have 16 rows of 64 bytes.
#[repr(C, align(64))]
struct Config([u8; 64]);

static CONFIG: Config = {
    let mut bytes = [0; 64];
    bytes[0] = 1;
    let mut tile = 0;
    while tile < 8 {
        bytes[16 + 2 * tile] = 64;
        bytes[48 + tile] = ROWS as u8;
        tile += 1;
    }
    Config(bytes)
};

/// `count` products of tiles of zeros, four at a time.
///
/// # Safety
/// The caller has proof of [`Amx`].
#[cfg(feature = "std")]
pub(super) unsafe fn multiply_tiles(count: u64) {
    // SAFETY: no tile is in use before or after.
    unsafe {
        asm!(
            "ldtilecfg [{config}]",
            "2:",
            "tdpbusd tmm0, tmm4, tmm5",
            "tdpbusd tmm1, tmm4, tmm5",
            "tdpbusd tmm2, tmm4, tmm5",
            "tdpbusd tmm3, tmm4, tmm5",
            "sub {count}, 4",
            "ja 2b",
            "tilerelease",
            config = in(reg) &CONFIG,
            count = inout(reg) count => _,
            out("tmm0") _, out("tmm1") _, out("tmm2") _, out("tmm3") _,
            out("tmm4") _, out("tmm5") _, out("tmm6") _, out("tmm7") _,
            options(nostack)
        );
    }
}

/// Two tiles of weights.
#[repr(C, align(64))]
struct Buffer([MaybeUninit<u8>; 2 * ROWS * 64]);

/// The weights of group `$group` and the two masks of a half, from bits at `b` to bytes at `then`.
macro_rules! unpack {
    ($($group:literal)*) => {
        concat!($(
            "kmovq {mask}, qword ptr [{b} + 32*", $group, "]\n",
            "vmovdqu8 {byte}{{{mask}}}{{z}}, {one}\n",
            "vmovdqa64 zmmword ptr [{then} + 64*", $group, "], {byte}\n",
            "kmovq {mask}, qword ptr [{b} + 32*", $group, " + 8]\n",
            "vmovdqu8 {byte}{{{mask}}}{{z}}, {one}\n",
            "vmovdqa64 zmmword ptr [{then} + 64*", $group, " + 1024], {byte}\n",
        )*)
    };
}

/// A function that multiplies blocks of one height: tiles 0 to 3 are sums, 4 and 5 left operands,
/// 6 and 7 weights. What only blocks of two tiles do is given as literals.
macro_rules! multiply {
    ($name:ident, left: $left:literal, step: $step:literal,
     third: $third:literal, fourth: $fourth:literal, store: $store:literal) => {
        /// Puts the sums of a block with the halves of a panel in use.
        ///
        /// # Safety
        /// `left` has the tiles of the block for each word of the panel, which has one or more, and
        /// the caller has proof of [`Amx`].
        #[target_feature(enable = "avx512f,avx512bw")]
        unsafe fn $name(left: &[Chunk], panel: PanelBits<'_>, sums: &mut Block) {
            let mut buffers = [const { Buffer([const { MaybeUninit::uninit() }; _]) }; 2];
            let [now, then] = &mut buffers;
            // SAFETY: what is read are `left`, the chunks and the buffers after they were written;
            // what is written are the buffers and the sums of `halves` halves. No tile is in use
            // before or after.
            unsafe {
                asm!(
                    "ldtilecfg [{config}]",
                    "2:", // a half
                    "tilezero tmm0",
                    "tilezero tmm1",
                    "tilezero tmm2",
                    "tilezero tmm3",
                    "mov {n}, {words}",
                    "mov {stride:e}, 64",
                    unpack!(0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15),
                    "3:", // a word, whose weights are at `then`
                    "xchg {now}, {then}",
                    "tileloadd tmm4, [{a} + {stride}*1]",
                    "tileloadd tmm6, [{now} + {stride}*1]",
                    $left,
                    concat!("add {a}, ", $step),
                    "lea {next}, [{b} + 512]",
                    "dec {n}", // no flags change until the jump
                    "cmovnz {b}, {next}",
                    "tdpbusd tmm0, tmm4, tmm6",
                    unpack!(0 1 2 3),
                    $third,
                    unpack!(4 5 6 7),
                    "tileloadd tmm7, [{now} + {stride}*1 + 1024]",
                    "tdpbusd tmm1, tmm4, tmm7",
                    unpack!(8 9 10 11),
                    $fourth,
                    unpack!(12 13 14 15),
                    "jnz 3b",
                    "mov {stride:e}, 128",
                    "tilestored [{out} + {stride}*1], tmm0",
                    "tilestored [{out} + {stride}*1 + 64], tmm1",
                    $store,
                    "add {out}, 4096",
                    // Back to the first word, and to the masks of the next half.
                    concat!("imul {next}, {words}, ", $step),
                    "sub {a}, {next}",
                    "imul {next}, {words}, 512",
                    "sub {b}, {next}",
                    "add {b}, 512 + 16",
                    "dec {halves}",
                    "jnz 2b",
                    "tilerelease",
                    config = in(reg) &CONFIG,
                    words = in(reg) panel.chunks.len(),
                    a = inout(reg) left.as_ptr() => _,
                    b = inout(reg) panel.chunks.as_ptr() => _,
                    now = inout(reg) now => _,
                    then = inout(reg) then => _,
                    out = inout(reg) sums.as_mut_ptr() => _,
                    halves = inout(reg) halves(panel) => _,
                    n = out(reg) _,
                    next = out(reg) _,
                    stride = out(reg) _,
                    one = in(zmm_reg) _mm512_set1_epi8(1),
                    byte = out(zmm_reg) _,
                    mask = out(kreg) _,
                    out("tmm0") _, out("tmm1") _, out("tmm2") _, out("tmm3") _,
                    out("tmm4") _, out("tmm5") _, out("tmm6") _, out("tmm7") _,
                    options(nostack)
                );
            }
        }
    };
}

multiply!(multiply_one, left: "", step: "1024", third: "", fourth: "", store: "");
multiply!(multiply_two,
    left: "tileloadd tmm5, [{a} + {stride}*1 + 1024]", step: "2048",
    third: "tdpbusd tmm2, tmm5, tmm6", fourth: "tdpbusd tmm3, tmm5, tmm7",
    store: "tilestored [{out} + {stride}*1 + 2048], tmm2
            tilestored [{out} + {stride}*1 + 2048 + 64], tmm3");
