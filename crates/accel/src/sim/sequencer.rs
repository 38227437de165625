//! See the manual, section on `sequencer`.
