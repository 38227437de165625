//! The codes known by name.

use super::build_array::array_parity;
use super::build_bch::bch_parity;
use super::build_polar::polar_parity;
use super::code::{Code, CodeError};
use super::gf2::BitMatrix;

/// `x^5 + x^2 + 1`.
const PRIMITIVE_5: u32 = 0b10_0101;
/// `x^6 + x + 1`.
const PRIMITIVE_6: u32 = 0b100_0011;

/// Every name that [`Code::by_name`] knows, as `family-n-k`.
pub const NAMES: [&str; 13] = [
    "ldpc-49-24",
    "ldpc-121-60",
    "ldpc-121-70",
    "ldpc-121-80",
    "bch-31-16",
    "bch-63-36",
    "bch-63-45",
    "bch-63-51",
    "polar-64-32",
    "polar-64-48",
    "polar-128-64",
    "polar-128-86",
    "polar-128-96",
];

pub(super) fn build(name: &str) -> Result<Code, CodeError> {
    let parity = parity_of(name)
        .ok_or_else(|| CodeError::UnknownName { name: name.to_owned(), known: NAMES.join(", ") })?;
    Code::from_parity(name, parity)
}

fn parity_of(name: &str) -> Option<BitMatrix> {
    Some(match name {
        "ldpc-49-24" => array_parity(7, 4),
        "ldpc-121-60" => array_parity(11, 6),
        "ldpc-121-70" => array_parity(11, 5),
        "ldpc-121-80" => array_parity(11, 4),
        "bch-31-16" => bch_parity(PRIMITIVE_5, 3),
        "bch-63-36" => bch_parity(PRIMITIVE_6, 5),
        "bch-63-45" => bch_parity(PRIMITIVE_6, 3),
        "bch-63-51" => bch_parity(PRIMITIVE_6, 2),
        "polar-64-32" => polar_parity(6, 32),
        "polar-64-48" => polar_parity(6, 48),
        "polar-128-64" => polar_parity(7, 64),
        "polar-128-86" => polar_parity(7, 86),
        "polar-128-96" => polar_parity(7, 96),
        _ => return None,
    })
}
