//! Algebra over GF(2), checked codes, and the built-in codes against the published matrices.

use noctule_train::ecc::catalog::NAMES;
use noctule_train::ecc::parse::read_parity;
use noctule_train::ecc::{BitMatrix, Code, CodeError};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::path::PathBuf;

fn matrix(rows: &[&str]) -> BitMatrix {
    let ones = |row: &&str| row.bytes().enumerate().filter(|b| b.1 == b'1').map(|b| b.0).collect();
    BitMatrix::from_supports(rows[0].len(), &rows.iter().map(ones).collect::<Vec<_>>())
}

fn hamming() -> BitMatrix {
    matrix(&["1010101", "0110011", "0001111"])
}

fn random_matrix(rows: usize, cols: usize, rng: &mut ChaCha8Rng) -> BitMatrix {
    let mut out = BitMatrix::zeros(rows, cols);
    for i in 0..rows {
        (0..cols).filter(|_| rng.random::<bool>()).for_each(|j| out.set(i, j));
    }
    out
}

#[test]
fn null_space_is_orthogonal_and_complete_at_ugly_sizes() {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    for (rows, cols) in [(1, 1), (3, 63), (5, 64), (7, 65), (64, 64), (70, 130), (130, 70)] {
        let h = random_matrix(rows, cols, &mut rng);
        let g = h.null_space();
        assert_eq!(g.rows() + h.rank(), cols, "{rows} x {cols}");
        assert_eq!(g.rank(), g.rows(), "{rows} x {cols}");
        assert!(h.product(&g.transpose()).is_zero(), "{rows} x {cols}");
    }
}

#[test]
fn product_agrees_with_bitwise_sums() {
    let mut rng = ChaCha8Rng::seed_from_u64(2);
    let (a, b) = (random_matrix(9, 67, &mut rng), random_matrix(67, 65, &mut rng));
    let c = a.product(&b);
    for i in 0..9 {
        for j in 0..65 {
            let odd = (0..67).filter(|&l| a.get(i, l) && b.get(l, j)).count() % 2 == 1;
            assert_eq!(c.get(i, j), odd, "entry {i}, {j}");
        }
    }
}

#[test]
fn row_space_ignores_order_and_redundancy() {
    let shuffled = matrix(&["0001111", "1100110", "1010101", "0110011"]);
    assert!(hamming().same_row_space(&shuffled));
    assert!(!hamming().same_row_space(&matrix(&["1010101", "0110011"])));
}

#[test]
fn hamming_code_is_the_textbook_one() {
    let code = Code::from_parity("hamming", hamming()).unwrap();
    assert_eq!((code.n(), code.k(), code.m()), (7, 4, 3));
    assert_eq!(code.bits_of(1), [1, 2, 5, 6]);
    assert_eq!(code.checks_of(6), [0, 1, 2]);
    // The syndrome of a single error spells its position (from 1), lowest bit first.
    for bit in 0..7usize {
        let mut word = code.encode(&[1, 0, 1, 1]);
        assert!(code.contains(&word));
        word[bit] ^= 1;
        let spelled = (0..3).map(|i| usize::from(code.syndrome(&word)[i]) << i).sum::<usize>();
        assert_eq!(spelled, bit + 1);
    }
}

#[test]
fn code_says_what_is_wrong_with_its_matrices() {
    let check = |h: BitMatrix, g: BitMatrix, expected: &str| {
        let error = Code::new("c", h, g).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    };
    let g = hamming().null_space();
    check(hamming(), matrix(&["11"]), "has 7 columns, the generator 2");
    check(hamming(), matrix(&["0000000", "1000000"]), "row 1 of the generator violates check 0");
    check(hamming(), matrix(&["1110000"]), "rank 3, but n - k = 7 - 1 = 6");
    check(hamming(), matrix(&["1110000", "1110000"]), "2 rows, but rank 1");
    check(matrix(&["10", "01"]), BitMatrix::zeros(0, 2), "no message bit");
    assert!(Code::new("c", hamming(), g).is_ok());
}

#[test]
fn unknown_name_lists_the_known_ones() {
    let error = Code::by_name("ldpc-7-4").unwrap_err();
    assert!(matches!(error, CodeError::UnknownName { .. }));
    NAMES.iter().for_each(|name| assert!(error.to_string().contains(name), "{error}"));
}

#[test]
fn every_code_has_the_size_in_its_name_and_encodes_into_itself() {
    let mut rng = ChaCha8Rng::seed_from_u64(3);
    for name in NAMES {
        let code = Code::by_name(name).unwrap();
        let family = name.split('-').next().unwrap();
        assert_eq!(format!("{family}-{}-{}", code.n(), code.k()), name);
        for _ in 0..20 {
            let message: Vec<u8> = (0..code.k()).map(|_| rng.random_range(0..2)).collect();
            assert!(code.contains(&code.encode(&message)), "{name}");
        }
    }
}

#[test]
fn bch_codewords_stay_codewords_when_rotated() {
    for name in NAMES.iter().filter(|name| name.starts_with("bch")) {
        let code = Code::by_name(name).unwrap();
        for row in 0..code.k() {
            let mut message = vec![0; code.k()];
            message[row] = 1;
            let mut word = code.encode(&message);
            word.rotate_right(1);
            assert!(code.contains(&word), "{name}, generator row {row}");
        }
    }
}

/// The folder of published matrices, or a loud note that this test did not run.
fn published(test: &str) -> Option<PathBuf> {
    let beside = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    let data = std::env::var_os("NOCTULE_DATA").map_or(beside, PathBuf::from).join("ECC-codes");
    if data.is_dir() {
        return Some(data);
    }
    eprintln!("NOT RUN: {test}: no folder {}; set NOCTULE_DATA", data.display());
    None
}

fn published_name(name: &str) -> String {
    let parts: Vec<&str> = name.split('-').collect();
    let kind = if parts[0] == "ldpc" { "alist" } else { "txt" };
    format!("{}_N{}_K{}.{kind}", parts[0].to_uppercase(), parts[1], parts[2])
}

#[test]
fn built_matrices_are_the_published_ones() {
    let Some(folder) = published("built_matrices_are_the_published_ones") else { return };
    for name in NAMES {
        let file = read_parity(&folder.join(published_name(name))).unwrap();
        let code = Code::by_name(name).unwrap();
        assert!(code.parity().same_row_space(&file), "{name}: not the same code");
        assert_eq!(code.parity(), &file, "{name}: the same code, but another matrix");
    }
}

#[test]
fn codes_can_be_made_of_files() {
    let Some(folder) = published("codes_can_be_made_of_files") else { return };
    for (file, n, k) in [("MACKAY_N96_K48.alist", 96, 48), ("CCSDS_N128_K64.alist", 128, 64)] {
        let code = Code::from_parity(file, read_parity(&folder.join(file)).unwrap()).unwrap();
        assert_eq!((code.n(), code.k()), (n, k), "{file}");
    }
}
