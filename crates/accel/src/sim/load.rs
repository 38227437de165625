//! See the manual, section on `load`.
