//! See the manual, section on `norm`.
