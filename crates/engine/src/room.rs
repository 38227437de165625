//! Where buffers come from, and how many bytes they take.

use alloc::{boxed::Box, vec, vec::Vec};

/// Makes buffers and adds their bytes up. A dry one only adds up, so that what a set of buffers
/// takes is known before it is there, from the very code that makes it.
#[derive(Debug)]
pub(crate) struct Room {
    bytes: usize,
    dry: bool,
}

impl Room {
    pub(crate) fn wet() -> Self {
        Self { bytes: 0, dry: false }
    }

    /// The bytes that `make` asks for.
    pub(crate) fn measure<T>(make: impl FnOnce(&mut Self) -> T) -> usize {
        let mut room = Self { bytes: 0, dry: true };
        make(&mut room);
        room.bytes
    }

    /// `count` times the same value.
    pub(crate) fn filled<T: Clone>(&mut self, value: T, count: usize) -> Vec<T> {
        vec![value; self.take::<T>(count)]
    }

    /// Nothing yet, with room for `count` values.
    pub(crate) fn empty<T>(&mut self, count: usize) -> Vec<T> {
        Vec::with_capacity(self.take::<T>(count))
    }

    /// `count` values that ask for more themselves.
    pub(crate) fn list<T>(&mut self, count: usize, mut make: impl FnMut(&mut Self) -> T) -> Vec<T> {
        let mut list = self.empty(count);
        for _ in 0..count {
            let item = make(self);
            if !self.dry {
                list.push(item);
            }
        }
        list
    }

    /// One value.
    pub(crate) fn boxed<T>(&mut self, value: T) -> Box<T> {
        self.bytes += size_of::<T>();
        Box::new(value)
    }

    /// Counts the values; returns how many are to be made.
    fn take<T>(&mut self, count: usize) -> usize {
        self.bytes += count * size_of::<T>();
        if self.dry { 0 } else { count }
    }
}
