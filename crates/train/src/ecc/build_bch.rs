//! Narrow-sense primitive binary BCH codes.

use super::gf2::BitMatrix;

/// The field GF(2^m), by powers of a primitive element `alpha`.
struct Field {
    powers: Vec<u32>,
    logs: Vec<usize>,
}

impl Field {
    /// The field of a primitive polynomial, whose bit `i` is the coefficient of `x^i`.
    fn new(primitive: u32) -> Self {
        let size = 1usize << primitive.ilog2();
        let mut field = Self { powers: Vec::with_capacity(size - 1), logs: vec![0; size] };
        let mut element = 1u32;
        for i in 0..size - 1 {
            field.powers.push(element);
            field.logs[element as usize] = i;
            element <<= 1;
            if element as usize >= size {
                element ^= primitive;
            }
        }
        field
    }

    /// The order `2^m - 1` of `alpha`: the length of the code.
    fn order(&self) -> usize {
        self.powers.len()
    }

    fn times_power(&self, element: u32, power: usize) -> u32 {
        if element == 0 {
            return 0;
        }
        self.powers[(self.logs[element as usize] + power) % self.order()]
    }

    /// The exponents `power * 2^i` of all conjugates of `alpha^power`.
    fn conjugates(&self, power: usize) -> Vec<usize> {
        let mut exponents = vec![power % self.order()];
        let mut next = 2 * exponents[0] % self.order();
        while next != exponents[0] {
            exponents.push(next);
            next = 2 * next % self.order();
        }
        exponents
    }

    /// The coefficients (lowest first) of the polynomial with the given roots `alpha^r`.
    fn polynomial_of_roots(&self, roots: &[usize]) -> Vec<u32> {
        let mut poly = vec![1u32];
        for &root in roots {
            let mut next = vec![0; poly.len() + 1];
            for (i, &coefficient) in poly.iter().enumerate() {
                next[i + 1] ^= coefficient;
                next[i] ^= self.times_power(coefficient, root);
            }
            poly = next;
        }
        poly
    }
}

/// The parity polynomial `h(x) = (x^n - 1) / g(x)`, lowest coefficient first.
///
/// The generator polynomial `g` is the product of the minimal polynomials of `alpha^1 ..
/// alpha^(2t)`, so the roots of `h` are all the other powers of `alpha`.
fn parity_polynomial(field: &Field, t: usize) -> Vec<u32> {
    let zeros: Vec<usize> = (1..=2 * t).flat_map(|i| field.conjugates(i)).collect();
    let others: Vec<usize> = (0..field.order()).filter(|r| !zeros.contains(r)).collect();
    field.polynomial_of_roots(&others)
}

/// The `(n - k) x n` parity-check matrix of the BCH code of length `2^m - 1` which corrects `t`
/// errors.
///
/// `primitive` is a primitive polynomial of degree `m` (bit `i` for `x^i`). Bit `j` of a word is
/// the coefficient of `x^j`; row `i` is the parity polynomial, highest coefficient first, shifted
/// right by `i`. With `x^5 + x^2 + 1` and `x^6 + x + 1` these are the very matrices which the
/// decoder papers use for BCH(31,16) and BCH(63,36|45|51).
pub fn bch_parity(primitive: u32, t: usize) -> BitMatrix {
    let field = Field::new(primitive);
    let h = parity_polynomial(&field, t);
    let (n, k) = (field.order(), h.len() - 1);
    let mut parity = BitMatrix::zeros(n - k, n);
    for i in 0..n - k {
        for (j, _) in h.iter().rev().enumerate().filter(|&(_, &c)| c == 1) {
            parity.set(i, i + j);
        }
    }
    parity
}
