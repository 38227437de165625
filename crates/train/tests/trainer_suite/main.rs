//! Tests of the trainer with tiny networks.

mod bad_input;
mod learning;
mod recipes;
mod resume;
mod support;
