//! See the manual, section on `embed`.
