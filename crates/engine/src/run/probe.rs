//! A look at the values between the operations, for finding a mismatch.

use noctule_program::interpret::{Site, Tap};

use super::operator::Operator;

/// Sees rows as they are computed. Blocks of rows may come from several threads at once.
pub(crate) trait Probe: Sync {
    /// `count` values at `tap` from number `first` on. `values` is called only if wanted.
    fn values<I: Iterator<Item = i32>>(
        &self,
        tap: Tap,
        first: usize,
        count: usize,
        values: impl FnOnce() -> I,
    );

    /// The calling thread begins to work.
    #[inline(always)]
    fn enter(&self) {}

    /// The calling thread has done an operator since it began or did the one before.
    #[inline(always)]
    fn mark(&self, _layer: Option<usize>, _operator: Operator) {}
}

/// Looks away: the normal path, where every call of [`Probe::values`] vanishes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Blind;

impl Probe for Blind {
    #[inline(always)]
    fn values<I: Iterator<Item = i32>>(&self, _: Tap, _: usize, _: usize, _: impl FnOnce() -> I) {}
}

/// A probe in one layer.
#[derive(Debug, Clone, Copy)]
pub(crate) struct At<'a, P> {
    pub(crate) probe: &'a P,
    pub(crate) layer: Option<usize>,
}

impl<P: Probe> At<'_, P> {
    /// The calling thread begins to work.
    #[inline]
    pub(crate) fn enter(&self) {
        self.probe.enter();
    }

    /// The calling thread has done an operator of this layer.
    #[inline]
    pub(crate) fn mark(&self, operator: Operator) {
        self.probe.mark(self.layer, operator);
    }

    /// Row `row` of the values at a site, `width` to a row.
    #[inline]
    pub(crate) fn row<I: Iterator<Item = i32>>(
        &self,
        site: Site,
        row: usize,
        width: usize,
        values: impl FnOnce() -> I,
    ) {
        self.part(site, row * width, width, values);
    }

    /// `count` values at a site from number `first` on.
    #[inline]
    pub(crate) fn part<I: Iterator<Item = i32>>(
        &self,
        site: Site,
        first: usize,
        count: usize,
        values: impl FnOnce() -> I,
    ) {
        self.probe.values(Tap { layer: self.layer, site }, first, count, values);
    }

    /// All rows of a block of the residual stream.
    #[inline]
    pub(crate) fn stream(&self, site: Site, first: usize, width: usize, x: &[i16]) {
        for (r, x) in x.chunks_exact(width).enumerate() {
            self.row(site, first + r, width, || x.iter().map(|&x| i32::from(x)));
        }
    }

    /// All rows of a block of codes.
    #[inline]
    pub(crate) fn codes(&self, site: Site, first: usize, rows: super::rows::Rows<'_>) {
        let width = rows.layout.segments * rows.layout.length;
        for r in 0..rows.count() {
            self.row(site, first + r, width, || rows.codes(r));
        }
    }
}
