//! See the manual, section on `sel`.
