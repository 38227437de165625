//! The first 32 bytes.

use super::ReadError;

/// Bytes of the header.
pub const HEADER_BYTES: usize = 32;
/// The first 8 bytes of every program: they show a file passed through a text conversion.
pub const MAGIC: [u8; 8] = *b"\x89BMT\r\n\x1a\n";
/// The only version there is.
pub const VERSION: u32 = 1;

/// Writes the header over the first 32 bytes: magic, version, zero, length and both checksums.
///
/// # Panics
/// On fewer than 32 bytes.
pub fn seal(bytes: &mut [u8]) {
    let (header, body) = bytes.split_at_mut(HEADER_BYTES);
    header[..8].copy_from_slice(&MAGIC);
    header[8..12].copy_from_slice(&VERSION.to_le_bytes());
    header[12..16].fill(0);
    header[16..24].copy_from_slice(&(body.len() as u64).to_le_bytes());
    header[24..28].copy_from_slice(&crc32fast::hash(body).to_le_bytes());
    let sum = crc32fast::hash(&header[..28]);
    header[28..].copy_from_slice(&sum.to_le_bytes());
}

/// Is the header right, and does the body fit it?
pub(super) fn check(bytes: &[u8]) -> Result<(), ReadError> {
    let Some((header, body)) = bytes.split_first_chunk::<HEADER_BYTES>() else {
        return Err(ReadError::Short { given: bytes.len() });
    };
    if header[..8] != MAGIC {
        return Err(ReadError::Magic);
    }
    check_own(header)?;
    check_body(header, body)
}

fn check_own(header: &[u8; HEADER_BYTES]) -> Result<(), ReadError> {
    let (stored, computed) = (word(header, 28), crc32fast::hash(&header[..28]));
    if stored != computed {
        return Err(ReadError::HeaderSum { stored, computed });
    }
    match (word(header, 8), word(header, 12)) {
        (VERSION, 0) => Ok(()),
        (VERSION, given) => Err(ReadError::Reserved { given }),
        (given, _) => Err(ReadError::Version { given }),
    }
}

fn check_body(header: &[u8; HEADER_BYTES], body: &[u8]) -> Result<(), ReadError> {
    let stated = u64::from(word(header, 16)) | u64::from(word(header, 20)) << 32;
    let given = body.len() as u64;
    if stated != given {
        return Err(ReadError::Length { stated, given });
    }
    let (stored, computed) = (word(header, 24), crc32fast::hash(body));
    if stored == computed { Ok(()) } else { Err(ReadError::BodySum { stored, computed }) }
}

fn word(header: &[u8; HEADER_BYTES], at: usize) -> u32 {
    u32::from_le_bytes([header[at], header[at + 1], header[at + 2], header[at + 3]])
}
