//! Masked-language-model batches (Devlin et al. 2019): 15 % of the tokens are to be guessed, of
//! these 80 % are shown as `[MASK]`, 10 % as a random token, 10 % as they are.

use super::seeding::{Purpose, generator};
use super::{Corpus, DataError, SpecialIds, Tokenizer};
use rand::Rng;
use rand::seq::{SliceRandom, index};
use rand_chacha::ChaCha8Rng;

/// Share of a chunk's tokens that are to be guessed.
const GUESSED: f64 = 0.15;

/// One step of pre-training; `B` chunks, `T` = `tokens`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MaskedBatch {
    /// `[B, T]` row-major token ids as shown to the network, padded with the pad id.
    pub ids: Vec<u32>,
    /// `[B]` tokens that are not padding.
    pub lengths: Vec<usize>,
    /// `T`, the longest of `lengths`.
    pub tokens: usize,
    /// Places to guess, flat (`row * T + column`), ascending.
    pub target_positions: Vec<usize>,
    /// The true id at each of these places.
    pub target_ids: Vec<u32>,
}

/// A corpus cut into chunks, and the batches of masked chunks over it.
///
/// The documents are strung together with `[SEP]` between them and cut into chunks of
/// `max_tokens - 2`, each framed by `[CLS]` and `[SEP]`: no token is lost and only the last chunk
/// is shorter.
#[derive(Debug, Clone)]
pub struct MaskedBatches {
    corpus: Corpus,
    special: SpecialIds,
    vocabulary: u32,
    max_tokens: usize,
    chunks_per_batch: usize,
    seed: u64,
}

impl MaskedBatches {
    /// Batches of `chunks_per_batch` chunks of `max_tokens` tokens, special ones included.
    ///
    /// # Errors
    /// No room for a token between the special ones, empty batches, or an empty corpus.
    pub fn new(
        corpus: Corpus,
        tokenizer: &Tokenizer,
        max_tokens: usize,
        chunks_per_batch: usize,
        seed: u64,
    ) -> Result<Self, DataError> {
        let refuse = |name, value, remedy| Err(DataError::Setting { name, value, remedy });
        if max_tokens < 3 {
            return refuse("max_tokens", max_tokens, "give at least 3");
        }
        if chunks_per_batch == 0 {
            return refuse("chunks_per_batch", 0, "give at least 1");
        }
        if corpus.tokens() == 0 {
            return refuse("corpus tokens", 0, "give documents that are not empty");
        }
        let vocabulary = tokenizer.vocab_size() as u32;
        let special = tokenizer.special();
        Ok(Self { corpus, special, vocabulary, max_tokens, chunks_per_batch, seed })
    }

    /// Number of chunks.
    pub fn chunks(&self) -> usize {
        self.stream_len().div_ceil(self.max_tokens - 2)
    }

    /// Steps of one epoch; the last batch may hold fewer chunks.
    pub fn steps(&self) -> usize {
        self.chunks().div_ceil(self.chunks_per_batch)
    }

    /// The order of chunks in an epoch; compute it once and hand it to [`Self::batch`].
    pub fn order(&self, epoch: u64) -> Vec<u32> {
        let mut order: Vec<u32> = (0..self.chunks() as u32).collect();
        order.shuffle(&mut generator(self.seed, epoch, 0, Purpose::Order));
        order
    }

    /// The batch of one step (`step < steps()`), always the same for the same (epoch, step).
    pub fn batch(&self, order: &[u32], epoch: u64, step: usize) -> MaskedBatch {
        let start = step * self.chunks_per_batch;
        let chosen = &order[start..order.len().min(start + self.chunks_per_batch)];
        let mut random = generator(self.seed, epoch, step as u64, Purpose::Masking);
        let rows: Vec<_> = chosen.iter().map(|&at| self.chunk(at as usize)).collect();
        let lengths: Vec<usize> = rows.iter().map(Vec::len).collect();
        let tokens = lengths.iter().copied().max().unwrap_or(0);
        let mut batch = MaskedBatch {
            ids: vec![self.special.pad; rows.len() * tokens],
            lengths,
            tokens,
            target_positions: Vec::new(),
            target_ids: Vec::new(),
        };
        for (row, ids) in rows.iter().enumerate() {
            batch.ids[row * tokens..row * tokens + ids.len()].copy_from_slice(ids);
            self.mask_row(&mut batch, row, &mut random);
        }
        batch
    }

    /// Chooses the places of one row and changes what the network sees there.
    fn mask_row(&self, batch: &mut MaskedBatch, row: usize, random: &mut ChaCha8Rng) {
        let start = row * batch.tokens;
        let places: Vec<usize> = (start..start + batch.lengths[row])
            .filter(|&place| !self.is_special(batch.ids[place]))
            .collect();
        let count = ((places.len() as f64 * GUESSED).round() as usize).max(1).min(places.len());
        let mut chosen = index::sample(random, places.len(), count).into_vec();
        chosen.sort_unstable();
        for place in chosen.into_iter().map(|at| places[at]) {
            let id = batch.ids[place];
            batch.target_positions.push(place);
            batch.target_ids.push(id);
            batch.ids[place] = self.shown(id, random);
        }
    }

    /// What the network sees in place of `id`.
    fn shown(&self, id: u32, random: &mut ChaCha8Rng) -> u32 {
        match random.random_range(0..10) {
            0..8 => self.special.mask,
            8 => self.any_token(random),
            _ => id,
        }
    }

    /// A token drawn evenly from all that are not special; a corpus with one to guess has some.
    fn any_token(&self, random: &mut ChaCha8Rng) -> u32 {
        loop {
            let id = random.random_range(0..self.vocabulary);
            if !self.is_special(id) {
                return id;
            }
        }
    }

    fn is_special(&self, id: u32) -> bool {
        let SpecialIds { pad, unk, cls, sep, mask } = self.special;
        [pad, unk, cls, sep, mask].contains(&id)
    }

    /// Tokens of all documents with one separator between each two.
    fn stream_len(&self) -> usize {
        self.corpus.tokens() + self.corpus.documents() - 1
    }

    /// `[CLS]`, a piece of the stream, `[SEP]`.
    fn chunk(&self, at: usize) -> Vec<u32> {
        let room = self.max_tokens - 2;
        let mut ids = vec![self.special.cls];
        self.append_stream(at * room, room, &mut ids);
        ids.push(self.special.sep);
        ids
    }

    /// Appends up to `count` tokens of the stream from `start` on.
    fn append_stream(&self, start: usize, count: usize, ids: &mut Vec<u32>) {
        let ends = &self.corpus.ends;
        // In the stream, document d ends (before its separator) at ends[d] + d.
        let mut document = partition(ends, start);
        let last = (start + count).min(self.stream_len());
        for place in start..last {
            if place == ends[document] as usize + document {
                ids.push(self.special.sep);
                document += 1;
            } else {
                ids.push(self.corpus.id(place - document));
            }
        }
    }
}

/// The first document whose end in the stream is not before `place`.
fn partition(ends: &[u64], place: usize) -> usize {
    let (mut low, mut high) = (0, ends.len() - 1);
    while low < high {
        let middle = low.midpoint(high);
        if (ends[middle] as usize + middle) < place {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    low
}
