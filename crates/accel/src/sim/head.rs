//! See the manual, section on `head`.
