//! The engine for boards: what C needs to load a program and to get answers.
//!
//! `include/noctule.h` is the interface, generated from [`ffi`] and [`status`]; `build-library`
//! makes the static library; `examples/answer.c` shows both at work. There is no standard library
//! in it, no file, no thread and no floating-point number: memory comes from C's `malloc`, or from
//! what the application gives (`noctule_use_allocator`), all of it while a program is loaded. An
//! inference allocates nothing.
//!
//! `unsafe` stands in [`ffi`], [`status`] and the allocator only: pointers that C gives are what no
//! compiler can check.
#![no_std]

extern crate alloc;

pub mod ffi;
mod model;
pub mod status;

#[cfg(feature = "standalone")]
pub mod allocator;
#[cfg(feature = "standalone")]
mod panic;
