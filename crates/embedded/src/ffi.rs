//! The functions that C calls. Pointers and lengths are checked here and nowhere else.

#![allow(unsafe_code)]

use alloc::boxed::Box;
use core::{ffi::c_char, ptr, slice};

pub use crate::model::{NoctuleKind, NoctuleMemory, NoctuleModel};
use crate::{
    model::Facts,
    status::{Failure, NoctuleError, NoctuleStatus},
};

/// The version of the library, such as "0.1.0".
#[unsafe(no_mangle)]
pub extern "C" fn noctule_version() -> *const c_char {
    concat!(env!("CARGO_PKG_VERSION"), "\0").as_ptr().cast()
}

/// Loads a program (`model.bmt`) from its bytes, which are not needed afterwards.
///
/// `max_memory` is the most that the program may take, in bytes (`SIZE_MAX`: any); a program that
/// needs more is refused. On success `*model` is the program, to be given to `noctule_free`; else
/// it is null. `error` may be null; it gets the text of what went wrong, or an empty one.
///
/// # Safety
/// `bytes` points to `length` bytes; `model` and, unless null, `error` can be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn noctule_load(
    bytes: *const u8,
    length: usize,
    max_memory: usize,
    model: *mut *mut NoctuleModel,
    error: *mut NoctuleError,
) -> NoctuleStatus {
    // SAFETY: the caller's promise.
    let loaded = unsafe { read(bytes, length, "bytes") }
        .and_then(|bytes| if model.is_null() { Err(Failure::Null("model")) } else { Ok(bytes) })
        .and_then(|bytes| NoctuleModel::load(bytes, max_memory));
    let (pointer, outcome) = match loaded {
        Ok(loaded) => (Box::into_raw(Box::new(loaded)), Ok(())),
        Err(failure) => (ptr::null_mut(), Err(failure)),
    };
    if !model.is_null() {
        // SAFETY: the caller's promise.
        unsafe { model.write(pointer) };
    }
    // SAFETY: the caller's promise.
    unsafe { finish(outcome, error) }
}

/// Gives a program's memory back. Null is allowed.
///
/// # Safety
/// `model` came from `noctule_load` and is not used again.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn noctule_free(model: *mut NoctuleModel) {
    if !model.is_null() {
        // SAFETY: made by `Box::into_raw` in `noctule_load`, and given back once.
        drop(unsafe { Box::from_raw(model) });
    }
}

/// What the program takes; `NOCTULE_KIND_TEXT` where `model` is null.
///
/// # Safety
/// `model` is null or came from `noctule_load`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn noctule_kind(model: *const NoctuleModel) -> NoctuleKind {
    // SAFETY: the caller's promise.
    unsafe { facts(model) }.map_or(NoctuleKind::Text, |facts| facts.kind)
}

/// Most tokens of an input; 0 where `model` is null.
///
/// # Safety
/// `model` is null or came from `noctule_load`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn noctule_tokens(model: *const NoctuleModel) -> usize {
    // SAFETY: the caller's promise.
    unsafe { facts(model) }.map_or(0, |facts| facts.tokens)
}

/// Logits of a token that has any; 0 where `model` is null.
///
/// # Safety
/// `model` is null or came from `noctule_load`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn noctule_outputs(model: *const NoctuleModel) -> usize {
    // SAFETY: the caller's promise.
    unsafe { facts(model) }.map_or(0, |facts| facts.outputs)
}

/// Most logits of an input: room for so many suffices always. 0 where `model` is null.
///
/// # Safety
/// `model` is null or came from `noctule_load`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn noctule_logits(model: *const NoctuleModel) -> usize {
    // SAFETY: the caller's promise.
    unsafe { facts(model) }.map_or(0, |facts| facts.logits)
}

/// Memory that the program has taken; all 0 where `model` is null.
///
/// # Safety
/// `model` is null or came from `noctule_load`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn noctule_memory(model: *const NoctuleModel) -> NoctuleMemory {
    let nothing = NoctuleMemory { program: 0, session: 0, total: 0 };
    // SAFETY: the caller's promise.
    unsafe { facts(model) }.map_or(nothing, |facts| facts.memory)
}

/// Runs text of so many tokens. `segments` may be null: all 0.
///
/// Writes the logits, token by token, to `logits`, which has room for `room` numbers, and their
/// number to `count`, which may be null. `error` may be null.
///
/// # Safety
/// `ids` and `segments`, unless null, point to `tokens` values, `logits` to `room`; `model` came
/// from `noctule_load` and no other thread uses it; `count` and `error`, unless null, can be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn noctule_run_text(
    model: *mut NoctuleModel,
    ids: *const u32,
    segments: *const u8,
    tokens: usize,
    logits: *mut i32,
    room: usize,
    count: *mut usize,
    error: *mut NoctuleError,
) -> NoctuleStatus {
    let answer = Answer { logits, room, count, error };
    // SAFETY: the caller's promise.
    unsafe {
        answer.of(model, |model| {
            let ids = read(ids, tokens, "ids")?;
            let segments =
                if segments.is_null() { &[] } else { read(segments, tokens, "segments")? };
            model.text(ids, segments)
        })
    }
}

/// Runs a received word: codes of the magnitudes, then the syndrome, a byte a bit (0, or not).
///
/// The rest is as for `noctule_run_text`.
///
/// # Safety
/// As for `noctule_run_text`, with the lengths given.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn noctule_run_channel(
    model: *mut NoctuleModel,
    magnitudes: *const u8,
    magnitude_count: usize,
    syndrome: *const u8,
    syndrome_count: usize,
    logits: *mut i32,
    room: usize,
    count: *mut usize,
    error: *mut NoctuleError,
) -> NoctuleStatus {
    let answer = Answer { logits, room, count, error };
    // SAFETY: the caller's promise.
    unsafe {
        answer.of(model, |model| {
            let magnitudes = read(magnitudes, magnitude_count, "magnitudes")?;
            model.channel(magnitudes, read(syndrome, syndrome_count, "syndrome")?)
        })
    }
}

/// Runs an image: its patches, one after the other.
///
/// The rest is as for `noctule_run_text`.
///
/// # Safety
/// As for `noctule_run_text`, with the length given.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn noctule_run_patches(
    model: *mut NoctuleModel,
    pixels: *const u8,
    pixel_count: usize,
    logits: *mut i32,
    room: usize,
    count: *mut usize,
    error: *mut NoctuleError,
) -> NoctuleStatus {
    let answer = Answer { logits, room, count, error };
    // SAFETY: the caller's promise.
    unsafe { answer.of(model, |model| model.patches(read(pixels, pixel_count, "pixels")?)) }
}

/// Where an answer goes.
struct Answer {
    logits: *mut i32,
    room: usize,
    count: *mut usize,
    error: *mut NoctuleError,
}

impl Answer {
    /// Runs a model and writes what it gives.
    ///
    /// # Safety
    /// `model` is null or came from `noctule_load`, and nobody else uses it; the pointers can be
    /// written, `logits` as often as there is room for, unless they are null.
    unsafe fn of(
        &self,
        model: *mut NoctuleModel,
        run: impl FnOnce(&mut NoctuleModel) -> Result<&[i32], Failure>,
    ) -> NoctuleStatus {
        // SAFETY: the caller's promise.
        let outcome = unsafe { model.as_mut() }
            .ok_or(Failure::Null("model"))
            .and_then(run)
            // SAFETY: the caller's promise.
            .and_then(|logits| unsafe { self.write(logits) });
        // SAFETY: the caller's promise.
        unsafe { finish(outcome, self.error) }
    }

    /// # Safety
    /// As for [`Self::of`].
    unsafe fn write(&self, logits: &[i32]) -> Result<(), Failure> {
        let (room, needed) = (self.room, logits.len());
        if self.logits.is_null() {
            return Err(Failure::Null("logits"));
        }
        if room < needed {
            return Err(Failure::Room { room, needed });
        }
        // SAFETY: there is room, and C's memory is not the model's.
        unsafe { ptr::copy_nonoverlapping(logits.as_ptr(), self.logits, needed) };
        if !self.count.is_null() {
            // SAFETY: the caller's promise.
            unsafe { self.count.write(needed) };
        }
        Ok(())
    }
}

/// # Safety
/// `error` is null or can be written.
unsafe fn finish(outcome: Result<(), Failure>, error: *mut NoctuleError) -> NoctuleStatus {
    if !error.is_null() {
        // SAFETY: the caller's promise.
        unsafe { error.write(NoctuleError::new(outcome.as_ref().err())) };
    }
    outcome.map_or_else(|failure| failure.status(), |()| NoctuleStatus::Ok)
}

/// # Safety
/// `model` is null or came from `noctule_load`.
unsafe fn facts<'a>(model: *const NoctuleModel) -> Option<&'a Facts> {
    // SAFETY: the caller's promise.
    unsafe { model.as_ref() }.map(|model| &model.facts)
}

/// `length` values, none of which need be there where the length is 0.
///
/// # Safety
/// `values` is null or points to `length` values, which nobody changes as long as they are used.
unsafe fn read<'a, T>(
    values: *const T,
    length: usize,
    name: &'static str,
) -> Result<&'a [T], Failure> {
    if length == 0 {
        return Ok(&[]);
    }
    if values.is_null() {
        return Err(Failure::Null(name));
    }
    // SAFETY: the caller's promise.
    Ok(unsafe { slice::from_raw_parts(values, length) })
}
