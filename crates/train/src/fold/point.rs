//! The binary point of the residual stream.

/// Finest binary point: below this step nothing is left of the normalised value's 12 bits.
pub const LAST_POINT: u8 = 14;
/// Largest integer of the residual stream.
pub const RESIDUAL_MAX: f64 = 32767.0;

/// The finest binary point, 0 to 14, at which values up to `reach` fit the stream's 16 bits.
#[must_use]
pub fn finest_point(reach: f64) -> u8 {
    let fits = |&point: &u8| reach * 2f64.powi(point.into()) <= RESIDUAL_MAX;
    (0..=LAST_POINT).rev().find(fits).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_finest_that_fits() {
        for (reach, point) in [(0.5, 14), (2.0, 13), (31.99, 10), (32.0, 9), (1e9, 0)] {
            assert_eq!(finest_point(reach), point, "{reach}");
        }
    }
}
