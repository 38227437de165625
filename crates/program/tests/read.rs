//! Every way in which bytes fail to be a program, and its message.

mod support;

use std::collections::BTreeSet;

use noctule_program::{
    Program,
    format::{ReadError, seal},
    parts::Source,
};
use support::{assert_all_met, channel, patches, text};

/// Name of a variant; a new one does not compile until it is here and in [`ALL`].
fn name(error: &ReadError) -> &'static str {
    match error {
        ReadError::Short { .. } => "Short",
        ReadError::Magic => "Magic",
        ReadError::HeaderSum { .. } => "HeaderSum",
        ReadError::Version { .. } => "Version",
        ReadError::Reserved { .. } => "Reserved",
        ReadError::Length { .. } => "Length",
        ReadError::BodySum { .. } => "BodySum",
        ReadError::Tag { .. } => "Tag",
        ReadError::Field { .. } => "Field",
        ReadError::Bits { .. } => "Bits",
        ReadError::End { .. } => "End",
        ReadError::Padding { .. } => "Padding",
        ReadError::PaddingBits { .. } => "PaddingBits",
        ReadError::Name { .. } => "Name",
        ReadError::Order { .. } => "Order",
        ReadError::Trailing { .. } => "Trailing",
        ReadError::Invalid(_) => "Invalid",
    }
}

const ALL: [&str; 17] = [
    "Short",
    "Magic",
    "HeaderSum",
    "Version",
    "Reserved",
    "Length",
    "BodySum",
    "Tag",
    "Field",
    "Bits",
    "End",
    "Padding",
    "PaddingBits",
    "Name",
    "Order",
    "Trailing",
    "Invalid",
];

/// Bytes of a program, to be spoilt.
#[derive(Clone)]
struct Bytes(Vec<u8>);

impl Bytes {
    /// A program of text with two extras.
    fn new() -> Self {
        let mut parts = text().into_parts();
        parts.extras.clear();
        parts.extras.insert("alpha".into(), vec![3; 9]);
        parts.extras.insert("beta".into(), vec![1, 2]);
        Self(Program::new(parts).unwrap().to_bytes())
    }

    /// Where the `n`-th record of a kind begins.
    fn find(&self, tag: &str, n: usize) -> usize {
        let at = |at: &usize| self.0[*at..].starts_with(tag.as_bytes());
        (0..self.0.len()).step_by(8).filter(at).nth(n).expect("the record is there")
    }

    fn put(&mut self, at: usize, value: u32) {
        self.0[at..at + 4].copy_from_slice(&value.to_le_bytes());
    }

    /// Overwrites a word of the header and corrects the header's own checksum.
    fn header(&mut self, at: usize, value: u32) {
        self.put(at, value);
        let sum = crc32fast::hash(&self.0[..28]);
        self.put(28, sum);
    }

    fn sealed(mut self) -> Self {
        seal(&mut self.0);
        self
    }

    fn error(&self) -> ReadError {
        Program::from_bytes(&self.0).unwrap_err()
    }
}

type Case = (fn(&mut Bytes), fn(&Bytes) -> String);

/// Spoils the header; the second function is told the good bytes.
const HEADERS: &[Case] = &[
    (|b| b.0.truncate(31), |_| "31 bytes are no program: the header alone has 32".into()),
    (|b| b.0.clear(), |_| "0 bytes are no program: the header alone has 32".into()),
    (
        |b| b.0[0] = b'B',
        |_| "the first 8 bytes are not those of a Noctule program: is this a .bmt file?".into(),
    ),
    (
        |b| b.put(28, 7),
        |b| {
            let sum = crc32fast::hash(&b.0[..28]);
            format!(
                "the header is damaged: its checksum is {sum:08x}, not 00000007: copy the file again"
            )
        },
    ),
    (|b| b.header(8, 2), |_| "the program has format version 2: this build reads version 1".into()),
    (
        |b| b.header(12, 255),
        |_| "bytes 12 to 15 of the header are 0xff: version 1 has 0 there".into(),
    ),
    (
        |b| b.0.push(0),
        |b| {
            let (given, stated) = (b.0.len() - 31, b.0.len() - 32);
            format!(
                "the body has {given} bytes, not the {stated} that the header states: copy the file again"
            )
        },
    ),
    (
        |b| b.header(20, 1),
        |b| {
            let (given, stated) = (b.0.len() - 32, (1_u64 << 32) + b.0.len() as u64 - 32);
            format!(
                "the body has {given} bytes, not the {stated} that the header states: copy the file again"
            )
        },
    ),
    (
        |b| b.header(24, 7),
        |b| {
            let sum = crc32fast::hash(&b.0[32..]);
            format!(
                "the body is damaged: its checksum is {sum:08x}, not 00000007: copy the file again"
            )
        },
    ),
];

/// Fields: record, which of its kind, word, value, message behind the offset.
const FIELDS: &[(&str, usize, usize, u32, &str)] = &[
    ("PROG", 0, 1, 0, "max_tokens is 0: it must be 1 to 4096"),
    ("PROG", 0, 1, 4097, "max_tokens is 4097: it must be 1 to 4096"),
    ("PROG", 0, 2, 0, "width is 0: it must be 1 to 4096"),
    ("PROG", 0, 3, 256, "point is 256: it must be 0 to 255"),
    ("PROG", 0, 4, 65, "masks is 65: it must be 0 to 64"),
    ("PROG", 0, 5, 0, "layers is 0: it must be 1 to 256"),
    ("PROG", 0, 6, 257, "extras is 257: it must be 0 to 256"),
    ("EMBD", 0, 1, 3, "kind is 3: it must be 0 to 2"),
    ("EMBD", 0, 2, 2, "norm is 2: it must be 0 to 1"),
    ("TEXT", 0, 1, 0, "vocabulary is 0: it must be 1 to 1048576"),
    ("TEXT", 0, 2, 257, "segments is 257: it must be 0 to 256"),
    ("TABL", 0, 1, 3, "codes have 1, 2, 4 or 8 bits, not 3"),
    ("TABL", 1, 2, 256, "shift is 256: it must be 0 to 255"),
    ("ATTN", 0, 1, 257, "heads is 257: it must be 1 to 256"),
    ("ATTN", 1, 2, 0, "head_width is 0: it must be 1 to 1024"),
    ("ATTN", 0, 3, 2, "causal is 2: it must be 0 to 1"),
    ("ATTN", 0, 4, 2, "form is 2: it must be 0 to 1"),
    ("QNTZ", 0, 1, 256, "bits is 256: it must be 0 to 255"),
    ("RSCL", 3, 1, 256, "shift is 256: it must be 0 to 255"),
    ("WGHT", 0, 1, 3, "planes is 3: it must be 1 to 2"),
    ("WGHT", 0, 2, 256, "ratio is 256: it must be 0 to 255"),
    ("WGHT", 6, 2, 1, "ratio is 1: it must be 0 to 0"),
    ("SOFT", 0, 1, 256, "bits is 256: it must be 0 to 255"),
    ("SOFT", 0, 2, 256, "shift is 256: it must be 0 to 255"),
    ("SOFT", 0, 3, 256, "tau_mul is 256: it must be 0 to 255"),
    ("SOFT", 0, 4, 256, "tau_shift is 256: it must be 0 to 255"),
    ("SOFT", 0, 5, 4097, "entries is 4097: it must be 1 to 4096"),
    ("NORM", 0, 1, 256, "shift is 256: it must be 0 to 255"),
    ("FFWD", 0, 1, 0, "hidden is 0: it must be 1 to 16384"),
    ("HEAD", 0, 1, 6, "tokens is 6: it must be 0 to 5"),
    ("HEAD", 0, 2, 0, "outputs is 0: it must be 1 to 1048576"),
    ("HEAD", 0, 3, 0, "scale is 0: it must be 1 to 4294967295"),
    ("EXTR", 0, 1, 256, "name is 256: it must be 1 to 255"),
    ("EXTR", 1, 2, 268_435_457, "value is 268435457: it must be 0 to 268435456"),
];

/// Spoils the body otherwise; the second function is told the good bytes.
const BODIES: &[Case] = &[
    (|b| b.0[35] = b'\n', |_| "byte 32: a record PROG must stand here, not PRO\\n".into()),
    (
        |b| b.put(b.find("FFWD", 1), 0),
        |b| {
            format!(
                "byte {}: a record FFWD must stand here, not \\x00\\x00\\x00\\x00",
                b.find("FFWD", 1)
            )
        },
    ),
    (|b| b.0.truncate(34), |_| "byte 32: 4 bytes should follow, and 2 are left".into()),
    (
        |b| b.put(b.find("TEXT", 0) + 4, 1 << 20),
        |b| {
            let at = b.find("TABL", 0) + 16;
            format!("byte {at}: 2097152 bytes should follow, and {} are left", b.0.len() - at)
        },
    ),
    (
        |b| b.put(b.find("EXTR", 1) + 8, 1 << 28),
        |b| {
            format!(
                "byte {}: 268435456 bytes should follow, and 2 are left",
                b.find("EXTR", 1) + 24
            )
        },
    ),
    (
        |b| b.0.truncate(b.0.len() - 1),
        |b| format!("byte {}: 2 bytes should follow, and 1 are left", b.find("EXTR", 1) + 24),
    ),
    (
        |b| *b.byte("MASK", 0, 7) = 1,
        |b| format!("byte {} is padding and must be 0", b.find("MASK", 0) + 7),
    ),
    (
        |b| *b.byte("EXTR", 1, 23) = 1,
        |b| format!("byte {} is padding and must be 0", b.find("EXTR", 1) + 23),
    ),
    (
        |b| *b.byte("MASK", 0, 8 + 4 * 8) |= 0b10_0000,
        |b| format!("byte {}: padding bits behind these bits must be 0", b.find("MASK", 0) + 8),
    ),
    (
        |b| *b.byte("WGHT", 11, 16 + 7) = 128,
        |b| format!("byte {}: padding bits behind these bits must be 0", b.find("WGHT", 11) + 16),
    ),
    (
        |b| *b.byte("EXTR", 0, 16) = 0xff,
        |b| format!("byte {}: the name of an extra must be UTF-8", b.find("EXTR", 0) + 16),
    ),
    (
        |b| *b.byte("EXTR", 1, 16) = b'A',
        |b| {
            format!(
                "byte {}: the extra \"Aeta\" must come before the one before it",
                b.find("EXTR", 1) + 16
            )
        },
    ),
    (
        |b| b.put(b.find("PROG", 0) + 24, 1),
        |b| {
            let at = b.find("EXTR", 0) + 24 + 9;
            format!("byte {at}: {} bytes follow the last record", b.0.len() - at)
        },
    ),
    (|b| b.0.push(0), |b| format!("byte {}: 1 bytes follow the last record", b.0.len())),
    (|b| b.put(b.find("PROG", 0) + 12, 32), |_| "point is 32: it must be 0 to 31".into()),
    (
        |b| b.put(b.find("QNTZ", 0) + 4, 3),
        |_| "layers[0].attention.input.codes.bits is 3: codes have 1, 2, 4 or 8 bits".into(),
    ),
];

impl Bytes {
    /// A byte behind the start of a record.
    fn byte(&mut self, tag: &str, n: usize, byte: usize) -> &mut u8 {
        let at = self.find(tag, n) + byte;
        &mut self.0[at]
    }
}

#[test]
fn every_failure_says_where() {
    let (good, mut met) = (Bytes::new(), BTreeSet::new());
    let mut check = |bad: Bytes, message: String| {
        let error = bad.error();
        assert_eq!(error.to_string(), message);
        met.insert(name(&error));
    };
    let spoilt = |spoil: fn(&mut Bytes)| {
        let mut bytes = good.clone();
        spoil(&mut bytes);
        bytes
    };
    for (spoil, message) in HEADERS {
        check(spoilt(*spoil), message(&good));
    }
    for &(tag, n, word, value, message) in FIELDS {
        let (mut bytes, at) = (good.clone(), good.find(tag, n) + 4 * word);
        bytes.put(at, value);
        check(bytes.sealed(), format!("byte {at}: {message}"));
    }
    for (spoil, message) in BODIES {
        check(spoilt(*spoil).sealed(), message(&good));
    }
    assert_all_met(&met, &ALL);
}

#[test]
fn padding_behind_packed_codes_must_be_zero() {
    let mut bytes = Bytes(one_bit_positions());
    let codes = bytes.find("TABL", 0) + 16 + 16;
    assert!(Program::from_bytes(&bytes.0).is_ok());
    bytes.0[codes + 35 / 8] |= 1 << (35 % 8);
    let message = format!("byte {codes}: padding bits behind these codes must be 0");
    assert_eq!(bytes.sealed().error().to_string(), message);
}

/// A program of channel words whose 5 x 7 positions have 1 bit.
fn one_bit_positions() -> Vec<u8> {
    let mut parts = channel().into_parts();
    let Source::Channel { position, .. } = &mut parts.embed.source else { panic!("channel") };
    position.bits = 1;
    position.codes.to_mut().fill(-1);
    Program::new(parts).unwrap().to_bytes()
}

#[test]
fn fields_of_the_other_sources_are_checked() {
    let field = |program: Program, tag, word: usize, value| {
        let mut bytes = Bytes(program.to_bytes());
        let at = bytes.find(tag, 0) + 4 * word;
        bytes.put(at, value);
        bytes.sealed().error().to_string().split_once(": ").map(|(_, message)| message.to_string())
    };
    let message = |text: &str| Some(text.to_string());
    let (magnitudes, unit) = (field(channel(), "CHAN", 1, 6), field(channel(), "CHAN", 2, 256));
    assert_eq!(magnitudes, message("magnitudes is 6: it must be 0 to 5"));
    assert_eq!(unit, message("unit is 256: it must be 0 to 255"));
    let pixels = field(patches(), "PTCH", 1, 65537);
    assert_eq!(pixels, message("pixels is 65537: it must be 1 to 65536"));
}

#[test]
fn no_single_byte_can_change() {
    let good = Bytes::new();
    for at in 0..good.0.len() {
        let mut bytes = good.clone();
        bytes.0[at] ^= 1 << (at % 8);
        assert!(Program::from_bytes(&bytes.0).is_err(), "byte {at}");
    }
}

#[test]
fn no_prefix_is_a_program() {
    let good = Bytes::new();
    for length in 32..good.0.len() {
        let bytes = Bytes(good.0[..length].to_vec());
        assert!(Program::from_bytes(&bytes.sealed().0).is_err(), "{length} bytes");
    }
}
