//! See the manual, section on `qmm`.
