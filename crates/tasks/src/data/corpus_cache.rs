//! The file that keeps a tokenised corpus for the next start.
//!
//! Little-endian: 8 bytes magic with version, key u64, bytes per id u64 (2 or 4), documents u64,
//! tokens u64, the documents' ends u64 each, the ids, and a u64 checksum of all before it.

use super::corpus::{Corpus, Ids};
use super::{DataError, TextSource, Tokenizer, write_atomically};
use std::fs;
use std::path::Path;

const MAGIC: &[u8; 8] = b"NOCTIDS1";
const HEADER: usize = 40;

/// A hash of everything that the ids depend on.
pub(super) fn cache_key(sources: &[TextSource], tokenizer: &Tokenizer) -> Result<u64, DataError> {
    let mut hash = Fnv::new();
    hash.part(&tokenizer.to_json()?);
    for TextSource { path, column, header } in sources {
        let bytes =
            fs::read(path).map_err(|source| DataError::Read { path: path.clone(), source })?;
        // The name's ending decides how the bytes are read.
        hash.part(path.file_name().unwrap_or_default().as_encoded_bytes());
        hash.part(column.as_deref().unwrap_or_default().as_bytes());
        hash.part(&[u8::from(*header)]);
        hash.part(&bytes);
    }
    Ok(hash.0)
}

/// Writes the corpus, making the folder when missing.
pub(super) fn store(corpus: &Corpus, path: &Path, key: u64) -> Result<(), DataError> {
    let failed = |source| DataError::Write { path: path.into(), source };
    fs::create_dir_all(path.parent().unwrap_or(Path::new("."))).map_err(failed)?;
    write_atomically(path, &to_bytes(corpus, key)).map_err(failed)
}

/// Reads a corpus back, checking every count and the checksum.
pub(super) fn load(path: &Path, key: u64) -> Result<Corpus, DataError> {
    let bytes = fs::read(path).map_err(|source| DataError::Read { path: path.into(), source })?;
    from_bytes(&bytes, key).map_err(|problem| DataError::Cache { path: path.into(), problem })
}

fn to_bytes(corpus: &Corpus, key: u64) -> Vec<u8> {
    let mut bytes = MAGIC.to_vec();
    let width = match &corpus.ids {
        Ids::Narrow(_) => 2,
        Ids::Wide(_) => 4,
    };
    for number in [key, width, corpus.documents() as u64, corpus.tokens() as u64] {
        bytes.extend_from_slice(&number.to_le_bytes());
    }
    bytes.extend(corpus.ends.iter().flat_map(|end| end.to_le_bytes()));
    match &corpus.ids {
        Ids::Narrow(ids) => bytes.extend(ids.iter().flat_map(|id| id.to_le_bytes())),
        Ids::Wide(ids) => bytes.extend(ids.iter().flat_map(|id| id.to_le_bytes())),
    }
    let checksum = Fnv::of(&bytes);
    bytes.extend_from_slice(&checksum.to_le_bytes());
    bytes
}

fn from_bytes(bytes: &[u8], key: u64) -> Result<Corpus, &'static str> {
    let (body, checksum) = bytes.split_last_chunk::<8>().ok_or("cut short")?;
    if body.len() < HEADER || !body.starts_with(MAGIC) {
        return Err("not such a file");
    }
    if Fnv::of(body) != u64::from_le_bytes(*checksum) {
        return Err("its checksum differs");
    }
    let (header, rest) = body.split_at(HEADER);
    let [_, found, width, documents, tokens] = numbers(header)[..] else {
        return Err("cut short");
    };
    if found != key {
        return Err("it belongs to other data");
    }
    let ends_bytes = documents.checked_mul(8).ok_or("absurd sizes")?;
    let ids_bytes = tokens.checked_mul(width).ok_or("absurd sizes")?;
    if ends_bytes.checked_add(ids_bytes) != Some(rest.len() as u64) {
        return Err("its sizes do not fit the file");
    }
    let (ends, ids) = rest.split_at(ends_bytes as usize);
    let ends = numbers(ends);
    if !ends.is_sorted() || ends.last().copied().unwrap_or(0) != tokens {
        return Err("its documents overlap");
    }
    Ok(Corpus { ids: parse_ids(ids, width)?, ends })
}

fn parse_ids(bytes: &[u8], width: u64) -> Result<Ids, &'static str> {
    match width {
        2 => Ok(Ids::Narrow(bytes.as_chunks().0.iter().map(|&b| u16::from_le_bytes(b)).collect())),
        4 => Ok(Ids::Wide(bytes.as_chunks().0.iter().map(|&b| u32::from_le_bytes(b)).collect())),
        _ => Err("absurd sizes"),
    }
}

fn numbers(bytes: &[u8]) -> Vec<u64> {
    bytes.as_chunks().0.iter().map(|&chunk| u64::from_le_bytes(chunk)).collect()
}

/// FNV-1a (Fowler, Noll, Vo), 64 bits, fed by words of eight bytes: it guards against mix-ups
/// and damage, not against an attacker.
struct Fnv(u64);

impl Fnv {
    fn new() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }

    fn of(bytes: &[u8]) -> u64 {
        let mut hash = Self::new();
        hash.part(bytes);
        hash.0
    }

    /// Adds a part and its length, so that two parts never read as one.
    fn part(&mut self, bytes: &[u8]) {
        let (words, rest) = bytes.as_chunks();
        words.iter().for_each(|&word| self.word(u64::from_le_bytes(word)));
        rest.iter().for_each(|&byte| self.word(u64::from(byte)));
        self.word(bytes.len() as u64);
    }

    fn word(&mut self, word: u64) {
        // The shift carries high bits down, which multiplication alone never does.
        self.0 = (self.0 ^ word).wrapping_mul(0x0000_0100_0000_01b3);
        self.0 ^= self.0 >> 32;
    }
}
