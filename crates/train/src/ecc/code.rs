//! A binary linear block code, checked when it is made.

use super::gf2::BitMatrix;
use thiserror::Error;

/// Why a code cannot be made.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum CodeError {
    /// No code has this name.
    #[error("unknown code '{name}'; known codes: {known}")]
    UnknownName {
        /// The name asked for.
        name: String,
        /// All names there are, separated by commas.
        known: String,
    },
    /// The two matrices disagree about the number of bits in a word.
    #[error(
        "code '{name}': the parity-check matrix has {parity} columns, the generator {generator}"
    )]
    Lengths {
        /// The code.
        name: String,
        /// Columns of the parity-check matrix.
        parity: usize,
        /// Columns of the generator matrix.
        generator: usize,
    },
    /// A generator row is not a codeword.
    #[error(
        "code '{name}': row {row} of the generator violates check {check}, so H * G^T is not 0"
    )]
    NotOrthogonal {
        /// The code.
        name: String,
        /// Row of the generator, from 0.
        row: usize,
        /// Row of the parity-check matrix, from 0.
        check: usize,
    },
    /// The parity-check matrix leaves room for more or fewer messages than the generator has rows.
    #[error(
        "code '{name}': the parity-check matrix has rank {rank}, but n - k = {n} - {k} = {expected}"
    )]
    ParityRank {
        /// The code.
        name: String,
        /// Rank found.
        rank: usize,
        /// Bits of a codeword.
        n: usize,
        /// Rows of the generator.
        k: usize,
        /// Rank needed.
        expected: usize,
    },
    /// Two messages would share one codeword.
    #[error("code '{name}': the generator has {k} rows, but rank {rank}")]
    GeneratorRank {
        /// The code.
        name: String,
        /// Rows of the generator.
        k: usize,
        /// Rank found.
        rank: usize,
    },
    /// The code carries no message.
    #[error("code '{name}': the parity-check matrix of {n} columns leaves no message bit (k = 0)")]
    NoMessage {
        /// The code.
        name: String,
        /// Bits of a codeword.
        n: usize,
    },
}

/// A binary linear code of length `n` and dimension `k`.
///
/// The parity-check matrix is `m x n`; `m` may exceed `n - k`, because some codes are given with
/// redundant checks. Bits are `u8` values 0 and 1.
#[derive(Clone, Debug)]
pub struct Code {
    name: String,
    parity: BitMatrix,
    generator: BitMatrix,
    bits_of: Vec<Vec<usize>>,
    checks_of: Vec<Vec<usize>>,
    generator_supports: Vec<Vec<usize>>,
}

impl Code {
    /// The code of a parity-check matrix (`m x n`) and a generator matrix (`k x n`).
    ///
    /// # Errors
    /// Unless `H * G^T = 0`, `rank(H) = n - k`, `rank(G) = k` and `k > 0`.
    pub fn new(name: &str, parity: BitMatrix, generator: BitMatrix) -> Result<Self, CodeError> {
        check_lengths(name, &parity, &generator)?;
        check_orthogonal(name, &parity, &generator)?;
        check_ranks(name, &parity, &generator)?;
        let columns = parity.transpose();
        Ok(Self {
            name: name.to_owned(),
            bits_of: supports(&parity),
            checks_of: supports(&columns),
            generator_supports: supports(&generator),
            parity,
            generator,
        })
    }

    /// The code of a parity-check matrix alone; the generator is a basis of its null space.
    ///
    /// # Errors
    /// If no message bit is left.
    pub fn from_parity(name: &str, parity: BitMatrix) -> Result<Self, CodeError> {
        let generator = parity.null_space();
        Self::new(name, parity, generator)
    }

    /// A built-in code, for example `"ldpc-49-24"`; see [`super::catalog::NAMES`].
    ///
    /// # Errors
    /// For an unknown name; the message lists the known ones.
    pub fn by_name(name: &str) -> Result<Self, CodeError> {
        super::catalog::build(name)
    }

    /// The name given by the maker.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Bits of a codeword.
    pub fn n(&self) -> usize {
        self.parity.cols()
    }

    /// Bits of a message.
    pub fn k(&self) -> usize {
        self.generator.rows()
    }

    /// Parity checks, redundant ones included.
    pub fn m(&self) -> usize {
        self.parity.rows()
    }

    /// The rate `k / n`.
    pub fn rate(&self) -> f64 {
        self.k() as f64 / self.n() as f64
    }

    /// The parity-check matrix, `m x n`.
    pub fn parity(&self) -> &BitMatrix {
        &self.parity
    }

    /// The generator matrix, `k x n`.
    pub fn generator(&self) -> &BitMatrix {
        &self.generator
    }

    /// The bits that check `check` adds up, ascending.
    pub fn bits_of(&self, check: usize) -> &[usize] {
        &self.bits_of[check]
    }

    /// The checks in which bit `bit` takes part, ascending.
    pub fn checks_of(&self, bit: usize) -> &[usize] {
        &self.checks_of[bit]
    }

    /// One bit per check: 1 where the hard bits violate it (`m` bits of `n`).
    ///
    /// # Panics
    /// If `bits` has not length `n`.
    pub fn syndrome(&self, bits: &[u8]) -> Vec<u8> {
        assert_eq!(bits.len(), self.n(), "bits of a word of code '{}'", self.name);
        self.bits_of.iter().map(|support| parity_of(bits, support)).collect()
    }

    /// Whether the bits satisfy every check.
    ///
    /// # Panics
    /// If `bits` has not length `n`.
    pub fn contains(&self, bits: &[u8]) -> bool {
        assert_eq!(bits.len(), self.n(), "bits of a word of code '{}'", self.name);
        self.bits_of.iter().all(|support| parity_of(bits, support) == 0)
    }

    /// The codeword of a message (`n` bits of `k`).
    ///
    /// # Panics
    /// If `message` has not length `k`.
    pub fn encode(&self, message: &[u8]) -> Vec<u8> {
        assert_eq!(message.len(), self.k(), "bits of a message of code '{}'", self.name);
        let mut codeword = vec![0; self.n()];
        for (&bit, support) in message.iter().zip(&self.generator_supports) {
            for &j in support {
                codeword[j] ^= bit;
            }
        }
        codeword
    }
}

fn supports(matrix: &BitMatrix) -> Vec<Vec<usize>> {
    (0..matrix.rows()).map(|i| matrix.support(i)).collect()
}

fn parity_of(bits: &[u8], support: &[usize]) -> u8 {
    support.iter().fold(0, |sum, &j| sum ^ bits[j])
}

fn check_lengths(name: &str, parity: &BitMatrix, generator: &BitMatrix) -> Result<(), CodeError> {
    if parity.cols() == generator.cols() {
        return Ok(());
    }
    Err(CodeError::Lengths {
        name: name.to_owned(),
        parity: parity.cols(),
        generator: generator.cols(),
    })
}

fn check_orthogonal(
    name: &str,
    parity: &BitMatrix,
    generator: &BitMatrix,
) -> Result<(), CodeError> {
    let syndromes = generator.product(&parity.transpose());
    for row in 0..syndromes.rows() {
        if let Some(&check) = syndromes.support(row).first() {
            return Err(CodeError::NotOrthogonal { name: name.to_owned(), row, check });
        }
    }
    Ok(())
}

fn check_ranks(name: &str, parity: &BitMatrix, generator: &BitMatrix) -> Result<(), CodeError> {
    let (n, k) = (parity.cols(), generator.rows());
    let name = name.to_owned();
    if k == 0 {
        return Err(CodeError::NoMessage { name, n });
    }
    let generator_rank = generator.rank();
    if generator_rank < k {
        return Err(CodeError::GeneratorRank { name, k, rank: generator_rank });
    }
    let rank = parity.rank();
    if rank + k != n {
        return Err(CodeError::ParityRank { name, rank, n, k, expected: n - k });
    }
    Ok(())
}
