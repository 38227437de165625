//! See the manual, section on `input`.
