//! The codes of a table: its own, or the bytes of a stored program where they lie.

use alloc::{string::String, sync::Arc, vec::Vec};
use core::{
    fmt::{self, Debug, Formatter},
    ops::{Deref, Range},
};

use crate::parts::Source;

/// The bytes of a stored program, kept by somebody else: a file that processes map, for instance.
///
/// They ought to stay as they are as long as they are in use. Where somebody changes them all the
/// same, a program stays a valid one, since every byte is a code of 8 bits; its answers are others.
pub trait SharedBytes: Debug + Send + Sync {
    /// The bytes; always as many.
    fn bytes(&self) -> &[u8];

    /// Are they still what they were?
    ///
    /// # Errors
    /// Where they are not, or where nobody knows.
    fn check(&self) -> Result<(), Changed>;
}

impl SharedBytes for Vec<u8> {
    fn bytes(&self) -> &[u8] {
        self
    }

    fn check(&self) -> Result<(), Changed> {
        Ok(())
    }
}

/// Why shared bytes cannot be trusted any more, in words that name them.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Changed(pub String);

/// Codes of 1 to 8 bits, a byte each.
#[derive(Clone)]
pub struct CodeArray(Store);

#[derive(Clone)]
enum Store {
    Own(Vec<i8>),
    Shared { owner: Arc<dyn SharedBytes>, range: Range<usize> },
}

impl CodeArray {
    /// Those bytes of `owner`, as codes of 8 bits. There must be so many.
    pub(crate) fn shared(owner: Arc<dyn SharedBytes>, range: Range<usize>) -> Self {
        Self(Store::Shared { owner, range })
    }

    /// The codes, to be changed; shared ones are copied first.
    pub fn to_mut(&mut self) -> &mut Vec<i8> {
        if let Store::Shared { .. } = self.0 {
            self.0 = Store::Own(self.to_vec());
        }
        match &mut self.0 {
            Store::Own(codes) => codes,
            Store::Shared { .. } => unreachable!("they have just been copied"),
        }
    }

    /// Whose they are, unless they are the table's own.
    #[must_use]
    pub fn owner(&self) -> Option<&Arc<dyn SharedBytes>> {
        match &self.0 {
            Store::Own(_) => None,
            Store::Shared { owner, .. } => Some(owner),
        }
    }

    /// Bytes that they hold on the heap: none where they are shared.
    #[must_use]
    pub fn heap(&self) -> usize {
        match &self.0 {
            Store::Own(codes) => codes.capacity(),
            Store::Shared { .. } => 0,
        }
    }
}

impl Deref for CodeArray {
    type Target = [i8];

    #[inline]
    fn deref(&self) -> &[i8] {
        match &self.0 {
            Store::Own(codes) => codes,
            Store::Shared { owner, range } => bytemuck::cast_slice(&owner.bytes()[range.clone()]),
        }
    }
}

impl From<Vec<i8>> for CodeArray {
    fn from(codes: Vec<i8>) -> Self {
        Self(Store::Own(codes))
    }
}

impl Source {
    /// The bytes in which its tables lie, if they are not its own.
    #[must_use]
    pub fn shared_bytes(&self) -> Option<&Arc<dyn SharedBytes>> {
        self.shared().find_map(CodeArray::owner)
    }

    /// How many codes lie there.
    #[must_use]
    pub fn shared_codes(&self) -> usize {
        self.shared().map(|codes| codes.len()).sum()
    }

    fn shared(&self) -> impl Iterator<Item = &CodeArray> {
        let tables = match self {
            Self::Text { token, position, segment } => {
                [Some(token), Some(position), segment.as_ref()]
            }
            Self::Channel { position, .. } | Self::Patches { position, .. } => {
                [Some(position), None, None]
            }
        };
        let codes = tables.into_iter().flatten().map(|table| &table.codes);
        codes.filter(|codes| codes.owner().is_some())
    }

    /// Are bytes that are not its own still what they were?
    ///
    /// # Errors
    /// As [`SharedBytes::check`].
    pub fn check_shared(&self) -> Result<(), Changed> {
        self.shared_bytes().map_or(Ok(()), |bytes| bytes.check())
    }
}

impl FromIterator<i8> for CodeArray {
    fn from_iter<I: IntoIterator<Item = i8>>(codes: I) -> Self {
        Self(Store::Own(codes.into_iter().collect()))
    }
}

impl PartialEq for CodeArray {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl Eq for CodeArray {}

impl Debug for CodeArray {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}
