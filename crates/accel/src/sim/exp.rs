//! See the manual, section on `exp`.
