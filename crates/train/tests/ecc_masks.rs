//! Attention masks: shape of the graph and the densities of the published matrices.

use noctule_train::ecc::{BitMatrix, Code, ecct_mask, ring_masks};

fn code(name: &str) -> Code {
    Code::by_name(name).unwrap()
}

/// The definition, pair by pair.
fn related(code: &Code, a: usize, b: usize) -> bool {
    let n = code.n();
    let share =
        |x: usize, y: usize| code.checks_of(x).iter().any(|c| code.bits_of(*c).contains(&y));
    match (a < n, b < n) {
        (true, true) => a == b || share(a, b),
        (true, false) => code.bits_of(b - n).contains(&a),
        (false, true) => code.bits_of(a - n).contains(&b),
        (false, false) => a == b,
    }
}

#[test]
fn ecct_mask_is_its_definition() {
    for name in ["ldpc-49-24", "bch-31-16", "polar-64-48"] {
        let code = code(name);
        let mask = ecct_mask(&code);
        assert_eq!(mask.size(), code.n() + code.m());
        for a in 0..mask.size() {
            for b in 0..mask.size() {
                assert_eq!(mask.allows(a, b), related(&code, a, b), "{name}: {a}, {b}");
                assert_eq!(mask.allows(a, b), mask.allows(b, a), "{name}: {a}, {b}");
            }
        }
    }
}

#[test]
fn rings_split_the_ecct_mask_in_two() {
    let code = code("ldpc-49-24");
    let (mask, rings) = (ecct_mask(&code), ring_masks(&code));
    let split = rings.first.as_slice().iter().zip(rings.second.as_slice());
    for (&whole, (&first, &second)) in mask.as_slice().iter().zip(split) {
        assert_eq!(whole, first || second);
        assert!(!(first && second));
    }
    assert!(rings.first.allows(0, 49) && !rings.first.allows(0, 0));
    assert!(rings.second.allows(76, 76) && !rings.second.allows(76, 75));
}

#[test]
fn densities_are_those_counted_from_the_published_matrices() {
    let table = [
        ("ldpc-49-24", 27.7, 13.9),
        ("ldpc-121-60", 25.4, 12.7),
        ("ldpc-121-70", 24.0, 12.0),
        ("ldpc-121-80", 21.9, 11.0),
        ("bch-31-16", 39.0, 19.5),
        ("bch-63-45", 63.9, 31.9),
        ("bch-63-51", 73.7, 36.8),
        ("polar-64-48", 76.8, 38.4),
        ("polar-128-86", 66.9, 33.5),
        ("polar-128-96", 74.0, 37.0),
    ];
    for (name, ecct, hpsa) in table {
        let code = code(name);
        let rings = ring_masks(&code);
        let average = (rings.first.density() + rings.second.density()) / 2.0;
        let ecct_found = 100.0 * ecct_mask(&code).density();
        assert!((ecct_found - ecct).abs() < 0.051, "{name}: {ecct_found}");
        assert!((100.0 * average - hpsa).abs() < 0.051, "{name}: {}", 100.0 * average);
    }
}

#[test]
fn every_token_has_a_key_even_without_edges() {
    // Bit 2 is in no check, check 1 has no bit.
    let parity = BitMatrix::from_supports(3, &[vec![0, 1], vec![]]);
    let lonely = Code::from_parity("lonely", parity).unwrap();
    let rings = ring_masks(&lonely);
    for token in 0..5 {
        for mask in [&rings.first, &rings.second, &ecct_mask(&lonely)] {
            assert!(mask.row(token).contains(&true), "token {token}");
        }
    }
    assert!(rings.first.allows(2, 2) && rings.first.allows(4, 4) && !rings.first.allows(0, 0));
}
