//! The instruction set: the one table that schedule, simulator, `bat_pkg` and manual are made from.

use super::{Field, Instruction, Kind, Unit};

const fn field(name: &'static str, bits: u32, about: &'static str) -> Field {
    Field { name, bits, about }
}

/// A unit's instruction: a struct of its fields, and a row of [`KINDS`].
macro_rules! kinds {
    ($($unit:ident $about:literal { $($name:ident: $bits:literal $doc:literal,)* })*) => {
        /// All kinds of instruction, one a unit, in the order of their codes.
        pub const KINDS: [Kind; 8] = [$(Kind {
            unit: Unit::$unit,
            about: $about,
            fields: &[$(field(stringify!($name), $bits, $doc)),*],
        }),*];

        /// What an instruction does.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Op {
            $(#[doc = $about] $unit($unit),)*
        }

        $(
            #[doc = $about]
            #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
            pub struct $unit {
                $(#[doc = $doc] pub $name: i64,)*
            }
        )*

        impl Op {
            /// Whose it is.
            #[must_use]
            pub fn unit(&self) -> Unit {
                match self { $(Self::$unit(_) => Unit::$unit,)* }
            }

            /// Its form of 512 bits, waiting for nothing.
            ///
            /// # Panics
            /// Where a value does not fit its field: the schedule checks its limits before.
            #[must_use]
            pub fn encode(&self) -> Instruction {
                match self {
                    $(Self::$unit(op) => Instruction::new(Unit::$unit, &[$(op.$name),*]),)*
                }
            }

            /// The first field whose value does not fit, with the largest that would.
            #[must_use]
            pub fn misfit(&self) -> Option<(&'static str, i64, i64)> {
                let fields = KINDS[self.unit() as usize].fields;
                match self { $(Self::$unit(op) => misfit(fields, &[$(op.$name),*]),)* }
            }
        }

        impl Instruction {
            /// What it does; fields are unsigned, but `init` and `threshold`.
            #[must_use]
            pub fn decode(&self) -> Op {
                let mut fields = self.fields();
                let mut next = || fields.next().unwrap_or(0);
                match self.unit() {
                    $(Unit::$unit => Op::$unit($unit { $($name: signed(stringify!($name), next())),* }),)*
                }
            }
        }
    };
}

fn signed(name: &str, value: u64) -> i64 {
    if matches!(name, "init" | "threshold") { i64::from(value as u32 as i32) } else { value as i64 }
}

fn misfit(fields: &[Field], values: &[i64]) -> Option<(&'static str, i64, i64)> {
    let most = |bits: u32| (1_i64 << bits) - 1;
    let fits = |bits, value| -(most(bits) / 2) - 1 <= value && value <= most(bits);
    let mut both = fields.iter().zip(values);
    let (field, &value) = both.find(|(field, value)| !fits(field.bits, **value))?;
    Some((field.name, value, most(field.bits)))
}

kinds! {
    Load "External memory to a memory on chip, in order, as bursts." {
        dest: 4 "destination: a code of the table of destinations",
        source: 32 "first beat, counted from the image's address",
        beats: 20 "beats, of each row if indirect",
        dst_addr: 16 "first word written (T, PT: first entry); rows follow each other",
        indirect: 1 "a row for each input word: beat `source + id * stride`",
        rows: 6 "rows if indirect, 1 to `TILE`",
        input: 13 "input word of the first row; the id is its low 24 bits",
        stride: 16 "beats from row to row in external memory",
    }
    Input "Words of the input stream into I, from address 0." {
        words: 14 "words",
    }
    Embed "One block of tokens into X." {
        kind: 2 "0 text, 1 channel word, 2 image",
        rows: 6 "tokens of the block, 1 to `TILE`; other rows are left as they are",
        block: 10 "block of tokens",
        x_stride: 16 "X words of a block in a row memory: `tiles * G`",
        tiles: 12 "channel tiles of the residual stream",
        row_words: 12 "B words of a table row: a header, then codes",
        token_base: 16 "text: rows of the block's tokens; image: weight rows",
        position_base: 16 "rows of the block's positions",
        segment_base: 16 "text: rows of the segment table",
        segments: 1 "there is a segment table",
        token_shift: 5 "shift of the token table; channel words: of the position table",
        position_shift: 5 "shift of the position table",
        segment_shift: 5 "shift of the segment table",
        magnitudes: 13 "channel words: tokens that are magnitudes",
        unit: 8 "channel words: code of the magnitude 1.0",
        width: 13 "image: channels",
        pixels: 17 "image: pixels of a patch",
        weight_words: 12 "image: B words of a weight row, header included",
        rescale_shift: 6 "image: shift of the rescaling",
    }
    Norm "One block of tokens: normalise in X if `norm`, form codes into H if `quantize`." {
        norm: 1 "normalise and write X back",
        quantize: 1 "form codes",
        block: 10 "block of tokens",
        x_stride: 16 "X words of a block in a row memory",
        tiles: 12 "channel tiles",
        width: 13 "channels `D`; those behind are left out of the moments",
        shift: 5 "shift of gain and bias",
        gain_base: 16 "NG word of the first tile",
        quantizer_base: 16 "NQ word of the first tile",
        bits: 4 "bits of a code: 1 threshold, 2, 4, 8 rescale",
        quantizer_shift: 6 "shift of the rescaling",
        dst_base: 16 "H word of the block's first chunk, plane 0",
        dst_plane_stride: 12 "H words from plane to plane",
    }
    Qmm "For each block, for each tile, for each pass, for each chunk: a step of the array; the drain takes each tile." {
        left: 2 "left operand: 0 H, 1 G, 2 A",
        left_base: 16 "word of the first block, plane 0, first chunk",
        left_block_stride: 12 "words from block to block",
        left_plane_stride: 12 "words from plane to plane",
        right: 1 "right operand: 0 W, 1 KV",
        right_base: 16 "word of the first tile, plane 0, first chunk",
        right_tile_stride: 16 "words from tile to tile",
        right_plane_stride: 12 "words from plane to plane",
        chunks: 8 "chunks of `K` bits",
        lo: 10 "bits left out at the start of the first chunk",
        hi: 11 "bits used of the last chunk, counted from its bit 0: 1 to `K`",
        blocks: 10 "blocks of tokens",
        tiles: 12 "tiles of output channels, or of key tokens",
        pass_base: 8 "first pass in PT",
        passes: 8 "passes of a tile",
        mode: 2 "drain: 0 threshold, 1 rescale to codes, 2 rescale into X, 3 scores",
        bits: 4 "bits of a code: 1 in mode 0, 2, 4, 8 in mode 1",
        signed: 1 "codes are signed: how mode 1 clamps",
        shift: 6 "shift of the rescaling",
        twice: 1 "modes 1, 2: the accumulator counts twice",
        init: 32 "signed; modes 0, 1, 2: added to the accumulator (after `twice`)",
        param_base: 16 "DP word of the first tile",
        dst: 1 "codes go to: 0 G, 1 KV",
        dst_base: 16 "word of the first block, plane 0",
        dst_block_stride: 16 "words from block to block; transposed: from channel tile to channel tile",
        dst_plane_stride: 12 "words from plane to plane",
        dst_col: 13 "column tile of the first tile: word `col / COLS`, bank `col % COLS`",
        transpose: 1 "rows of the destination are channels: column tile is `block0 + block`, row of words `dst_col + tile`",
        block0: 10 "number of the first block (X, transposed columns, masks)",
        x_stride: 16 "X words of a block in a row memory",
        tokens: 13 "scores: key tokens of the input; others are not allowed",
        causal: 1 "scores: only keys `j <= i` are allowed",
        masked: 1 "scores: only keys that the static mask allows",
        mask_base: 16 "scores: mask tile of block 0, key tile 0; tile `(b, n)` is `mask_base + b * mask_stride + n`",
        mask_stride: 10 "scores: mask tiles from block to block",
        m_base: 10 "scores: M word of the first block; S words lie at `dst_base + m * dst_block_stride + n`",
    }
    Exp "For each block: exponents of the scores into E, their row sums into SU." {
        blocks: 10 "blocks of tokens",
        tiles: 12 "key tiles",
        s_base: 16 "S word of the first block; blocks follow each other, `tiles` words each",
        m_base: 10 "M word of the first block",
        e_base: 16 "E word of the first block: `(block * tiles + tile) * GA + group`",
        sum_base: 10 "SU word of the first block",
        shift: 5 "a step of the table is `2^shift` of stored score",
        last: 12 "last entry of the table",
        sps: 1 "SPS: the exponent is 1 where allowed and `score >= threshold`, else 0; the sum is not used",
        threshold: 32 "SPS: threshold in units of stored scores, signed",
    }
    Sel "For each block: attention codes of exponents into A, most significant plane first." {
        blocks: 10 "blocks of tokens",
        tiles: 12 "key tiles",
        e_base: 16 "as of `exp`",
        sum_base: 10 "as of `exp`",
        bits: 4 "bits of an attention code",
        sps: 1 "SPS: the code is 1 where the exponent is not 0",
        tau_mul: 8 "numerator of the threshold",
        tau_shift: 5 "exponent of its denominator",
        a_base: 16 "A word of the first block, plane 0",
        a_block_stride: 12 "words from block to block",
        a_plane_stride: 12 "words from plane to plane",
    }
    Head "Logits of tokens `0 .. tokens` to the output stream, token by token." {
        tokens: 13 "tokens",
        outputs: 21 "logits of a token",
        x_stride: 16 "X words of a block in a row memory",
        tiles: 12 "channel tiles",
        base: 16 "B word of the first output's row: a header with the bias, then weights",
        row_words: 12 "B words of a row",
    }
}

/// Destinations of `load`, in the order of their codes.
pub const DESTINATIONS: [&str; 9] = ["IMEM", "W", "DP", "NG", "NQ", "T", "PT", "B", "MK"];

/// A pass, 16 bits.
pub const PASS: [Field; 9] = [
    field("left_plane", 3, "plane of the left operand"),
    field("left_ones", 1, "ones instead"),
    field("right_plane", 3, "plane of the right operand"),
    field("right_ones", 1, "ones instead"),
    field("first", 1, "the accumulator starts from 0"),
    field("doubles", 1, "the accumulator doubles before the first chunk"),
    field("negative", 1, "the popcounts are subtracted"),
    field("null", 1, "one cycle, nothing is counted"),
    field("reserved", 4, "0"),
];
