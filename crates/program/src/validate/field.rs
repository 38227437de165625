//! Where in a program: `layers[3].ffn.up`.

use alloc::string::{String, ToString};
use core::fmt;

/// The name of a field, made of the names on the way to it; free until it is shown.
#[derive(Clone, Copy)]
pub(crate) struct Field<'a> {
    parent: Option<&'a Field<'a>>,
    step: Step,
}

#[derive(Clone, Copy)]
enum Step {
    Name(&'static str),
    Index(usize),
}

impl<'a> Field<'a> {
    pub(crate) fn new(name: &'static str) -> Self {
        Self { parent: None, step: Step::Name(name) }
    }

    pub(crate) fn dot(&'a self, name: &'static str) -> Self {
        Self { parent: Some(self), step: Step::Name(name) }
    }

    pub(crate) fn at(&'a self, index: usize) -> Self {
        Self { parent: Some(self), step: Step::Index(index) }
    }

    pub(crate) fn name(&self) -> String {
        self.to_string()
    }
}

impl fmt::Display for Field<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.parent, self.step) {
            (None, Step::Name(name)) => write!(f, "{name}"),
            (Some(parent), Step::Name(name)) => write!(f, "{parent}.{name}"),
            (Some(parent), Step::Index(index)) => write!(f, "{parent}[{index}]"),
            (None, Step::Index(index)) => write!(f, "[{index}]"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_is_readable() {
        assert_eq!(Field::new("layers").at(3).dot("ffn").dot("up").name(), "layers[3].ffn.up");
    }
}
