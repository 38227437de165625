//! Single checks, each of one field.

use core::ops::RangeInclusive;

use super::{Invalid, field::Field};
use crate::{bits::BitMatrix, parts::Codes};

type Checked = Result<(), Invalid>;

/// Is a number in its range?
pub(super) fn range(at: Field<'_>, value: impl Into<i64>, range: RangeInclusive<i64>) -> Checked {
    let value = value.into();
    if range.contains(&value) {
        return Ok(());
    }
    Err(Invalid::Range { field: at.name(), value, least: *range.start(), most: *range.end() })
}

/// Is a dimension in its range?
pub(super) fn size(at: Field<'_>, value: usize, limits: RangeInclusive<usize>) -> Checked {
    let number = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
    range(at, number(value), number(*limits.start())..=number(*limits.end()))
}

/// Has an array the right length?
pub(super) fn count<T>(at: Field<'_>, array: &[T], wanted: usize) -> Checked {
    if array.len() == wanted {
        return Ok(());
    }
    Err(Invalid::Count { field: at.name(), given: array.len(), wanted })
}

/// Has a bit matrix the right shape?
pub(super) fn shape(at: Field<'_>, matrix: &BitMatrix, wanted: [usize; 2]) -> Checked {
    dimensions(at, [matrix.rows(), matrix.cols()], wanted)
}

/// Are rows and columns right?
pub(super) fn dimensions(at: Field<'_>, given: [usize; 2], wanted: [usize; 2]) -> Checked {
    if given == wanted { Ok(()) } else { Err(Invalid::Shape { field: at.name(), given, wanted }) }
}

/// Can codes have so many bits?
pub(super) fn bits(at: Field<'_>, bits: u8) -> Checked {
    if [1, 2, 4, 8].contains(&bits) {
        Ok(())
    } else {
        Err(Invalid::Bits { field: at.name(), bits })
    }
}

/// Are codes as this site needs them?
pub(super) fn codes(at: Field<'_>, codes: Codes, signed: bool) -> Checked {
    bits(at.dot("bits"), codes.bits)?;
    if codes.signed == signed {
        return Ok(());
    }
    Err(Invalid::Signed { field: at.dot("signed").name(), signed: codes.signed })
}
