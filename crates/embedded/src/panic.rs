//! A panic, which would be a fault of the library, ends the process: there is nothing to unwind with.

#![allow(unsafe_code)]

use core::panic::PanicInfo;

unsafe extern "C" {
    fn abort() -> !;
}

#[panic_handler]
fn end(_: &PanicInfo<'_>) -> ! {
    // SAFETY: C's `abort` takes nothing and does not return.
    unsafe { abort() }
}
