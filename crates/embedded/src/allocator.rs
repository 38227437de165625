//! Memory from C.

#![allow(unsafe_code)]

use core::{
    alloc::{GlobalAlloc, Layout},
    ffi::c_void,
    mem, ptr,
    sync::atomic::{AtomicPtr, Ordering},
};

unsafe extern "C" {
    fn malloc(size: usize) -> *mut c_void;
    fn free(memory: *mut c_void);
}

/// Gives memory of a size, aligned as C's `malloc` does it, or null.
pub type NoctuleAllocate = unsafe extern "C" fn(size: usize) -> *mut c_void;
/// Takes it back.
pub type NoctuleRelease = unsafe extern "C" fn(memory: *mut c_void);

/// Alignment of every block of C's `malloc`.
const ALIGNED: usize = 2 * size_of::<usize>();

static ALLOCATE: AtomicPtr<()> = AtomicPtr::new(ptr::null_mut());
static RELEASE: AtomicPtr<()> = AtomicPtr::new(ptr::null_mut());

#[global_allocator]
static ALLOCATOR: FromC = FromC;

/// Takes memory from these functions from now on, instead of from `malloc` and `free`. To be called
/// before any other function, if at all.
///
/// # Safety
/// The functions do what those of C do, and no program has been loaded yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn noctule_use_allocator(allocate: NoctuleAllocate, release: NoctuleRelease) {
    ALLOCATE.store(allocate as *mut (), Ordering::Relaxed);
    RELEASE.store(release as *mut (), Ordering::Relaxed);
}

fn allocate() -> NoctuleAllocate {
    let given = ALLOCATE.load(Ordering::Relaxed);
    if given.is_null() {
        return malloc;
    }
    // SAFETY: `noctule_use_allocator` stores nothing but such functions.
    unsafe { mem::transmute::<*mut (), NoctuleAllocate>(given) }
}

fn release() -> NoctuleRelease {
    let given = RELEASE.load(Ordering::Relaxed);
    if given.is_null() {
        return free;
    }
    // SAFETY: `noctule_use_allocator` stores nothing but such functions.
    unsafe { mem::transmute::<*mut (), NoctuleRelease>(given) }
}

struct FromC;

// SAFETY: blocks come from C and go back to it; those of a greater alignment than C's lie within a
// larger block, whose address stands just before them.
unsafe impl GlobalAlloc for FromC {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if layout.align() <= ALIGNED {
            // SAFETY: C's allocator takes any size.
            return unsafe { allocate()(layout.size()) }.cast();
        }
        let Some(size) = layout.size().checked_add(layout.align()) else { return ptr::null_mut() };
        // SAFETY: C's allocator takes any size.
        let block = unsafe { allocate()(size) }.cast::<u8>();
        if block.is_null() {
            return block;
        }
        let offset = layout.align() - block.addr() % layout.align();
        // SAFETY: the offset is at least `ALIGNED`, room for an address, and at most the alignment,
        // by which the block is larger.
        unsafe {
            let aligned = block.add(offset);
            aligned.cast::<*mut u8>().sub(1).write(block);
            aligned
        }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        let block = if layout.align() <= ALIGNED {
            memory
        } else {
            // SAFETY: `alloc` put the block's address there.
            unsafe { memory.cast::<*mut u8>().sub(1).read() }
        };
        // SAFETY: the block came from the same allocator.
        unsafe { release()(block.cast()) };
    }
}
