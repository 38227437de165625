//! Bad calls from C get a status and a text, never more.

#![allow(unsafe_code)]

use std::{ffi::CStr, ptr};

use noctule_embedded::{ffi::*, status::*};
use noctule_program::{Program, generate, parts::Input};

/// A program that takes text.
fn text_program() -> (Program, Vec<u32>) {
    let found = (0..).find_map(|seed| {
        let program = generate::program(seed);
        match generate::input(&program, 1) {
            Input::Text { ids, .. } => Some((program, ids)),
            _ => None,
        }
    });
    found.unwrap()
}

fn load(bytes: &[u8], most: usize) -> (*mut NoctuleModel, NoctuleStatus, String) {
    let (mut model, mut error) = (ptr::null_mut(), NoctuleError { text: [1; 200] });
    // SAFETY: the pointers are those of values.
    let status = unsafe { noctule_load(bytes.as_ptr(), bytes.len(), most, &mut model, &mut error) };
    (model, status, text(&error))
}

fn text(error: &NoctuleError) -> String {
    // SAFETY: the library ends its texts with a zero.
    unsafe { CStr::from_ptr(error.text.as_ptr()) }.to_str().unwrap().to_owned()
}

fn run(
    model: *mut NoctuleModel,
    ids: &[u32],
    logits: &mut [i32],
) -> (NoctuleStatus, usize, String) {
    let (mut count, mut error) = (77, NoctuleError { text: [1; 200] });
    let (to, room) = (logits.as_mut_ptr(), logits.len());
    // SAFETY: the pointers are those of values.
    let status = unsafe {
        noctule_run_text(
            model,
            ids.as_ptr(),
            ptr::null(),
            ids.len(),
            to,
            room,
            &mut count,
            &mut error,
        )
    };
    (status, count, text(&error))
}

#[test]
fn bytes_that_are_no_program_are_refused() {
    let (program, _) = text_program();
    let mut bytes = program.to_bytes();
    *bytes.last_mut().unwrap() ^= 1;
    for bytes in [&bytes[..], &bytes[..9], &[]] {
        let (model, status, text) = load(bytes, usize::MAX);
        assert!(model.is_null() && !text.is_empty());
        assert_eq!(status, NoctuleStatus::Program);
    }
}

#[test]
fn memory_is_a_limit() {
    let (program, ids) = text_program();
    let bytes = program.to_bytes();
    let (model, status, text) = load(&bytes, usize::MAX);
    assert_eq!((status, text.as_str()), (NoctuleStatus::Ok, ""));
    // SAFETY: the model is a loaded one.
    let memory = unsafe { noctule_memory(model) };
    assert_eq!(memory.program + memory.session, memory.total);
    // SAFETY: as above.
    unsafe { noctule_free(model) };

    let (model, status, text) = load(&bytes, memory.total - 1);
    assert!(model.is_null() && text.contains("more than the"), "{text}");
    assert_eq!(status, NoctuleStatus::Memory);
    let (model, status, _) = load(&bytes, memory.total);
    assert_eq!(status, NoctuleStatus::Ok);
    assert_eq!(run(model, &ids, &mut [0; 4096]).0, NoctuleStatus::Ok);
    // SAFETY: as above.
    unsafe { noctule_free(model) };
}

/// What is taken is what is said, and running takes no more.
#[test]
fn memory_is_what_was_said() {
    for seed in 0..40 {
        let program = generate::program(seed);
        let bytes = program.to_bytes();
        let mut model = ptr::null_mut();
        let taken = allocation_counter::measure(|| model = load(&bytes, usize::MAX).0);
        // SAFETY: the model is a loaded one.
        let said = unsafe { noctule_memory(model) }.total;
        assert_eq!(usize::try_from(taken.bytes_current).unwrap(), said, "program {seed}");
        if let Input::Text { ids, .. } = generate::input(&program, 1) {
            let mut logits = [0; 4096];
            let (to, mut count) = (logits.as_mut_ptr(), 0);
            let taken = allocation_counter::measure(|| {
                let (ids, tokens, none) = (ids.as_ptr(), ids.len(), ptr::null_mut());
                // SAFETY: the pointers are those of values.
                let status = unsafe {
                    noctule_run_text(model, ids, ptr::null(), tokens, to, 4096, &mut count, none)
                };
                assert_eq!(status, NoctuleStatus::Ok);
            });
            assert_eq!(taken.count_total, 0, "program {seed}");
        }
        // SAFETY: the model is a loaded one, and given back once.
        unsafe { noctule_free(model) };
    }
}

#[test]
fn null_pointers_are_named() {
    let (program, ids) = text_program();
    let bytes = program.to_bytes();
    let (model, ..) = load(&bytes, usize::MAX);
    let (mut other, mut error) = (ptr::null_mut(), NoctuleError { text: [1; 200] });
    let named = |status, error: &NoctuleError, name: &str| {
        assert_eq!(status, NoctuleStatus::Null);
        assert_eq!(text(error), format!("{name} is null"));
    };
    // SAFETY: pointers that are not null are those of values.
    unsafe {
        let none = ptr::null_mut();
        named(noctule_load(ptr::null(), 5, 0, &mut other, &mut error), &error, "bytes");
        named(noctule_load(bytes.as_ptr(), 5, 0, ptr::null_mut(), &mut error), &error, "model");
        let call = |model, ids: *const u32, logits: *mut i32, error: *mut NoctuleError| {
            noctule_run_text(model, ids, ptr::null(), 1, logits, 4096, ptr::null_mut(), error)
        };
        let mut logits = [0; 4096];
        let to = logits.as_mut_ptr();
        named(call(none, ids.as_ptr(), to, &mut error), &error, "model");
        named(call(model, ptr::null(), to, &mut error), &error, "ids");
        named(call(model, ids.as_ptr(), ptr::null_mut(), &mut error), &error, "logits");
        assert_eq!(call(model, ids.as_ptr(), to, ptr::null_mut()), NoctuleStatus::Ok);
        assert_eq!(noctule_tokens(none) + noctule_outputs(none) + noctule_logits(none), 0);
        assert_eq!((noctule_memory(none).total, noctule_kind(none)), (0, NoctuleKind::Text));
        noctule_free(none);
        noctule_free(model);
    }
}

#[test]
fn unsuitable_inputs_and_too_little_room_are_refused() {
    let (program, ids) = text_program();
    let (model, ..) = load(&program.to_bytes(), usize::MAX);
    // SAFETY: the model is a loaded one.
    let (tokens, most) = unsafe { (noctule_tokens(model), noctule_logits(model)) };
    let mut logits = vec![0; most];
    let refused = |(status, count, text): (NoctuleStatus, usize, String), wanted, part: &str| {
        assert_eq!((status, count), (wanted, 77));
        assert!(text.contains(part), "{text}");
    };
    refused(run(model, &[], &mut logits), NoctuleStatus::Input, "text has 0 tokens");
    let long = vec![0; tokens + 1];
    refused(run(model, &long, &mut logits), NoctuleStatus::Input, "this program takes 1 to");
    refused(run(model, &[u32::MAX], &mut logits), NoctuleStatus::Input, "ids[0] is");
    refused(run(model, &ids, &mut []), NoctuleStatus::Room, "logits has room for 0 numbers");
    let mut error = NoctuleError { text: [1; 200] };
    let (to, pixels) = (logits.as_mut_ptr(), [0]);
    // SAFETY: the pointers are those of values.
    let status = unsafe {
        let none = ptr::null_mut();
        noctule_run_patches(model, pixels.as_ptr(), 1, to, most, none, &mut error)
    };
    assert_eq!(status, NoctuleStatus::Input);
    assert_eq!(text(&error), "this program takes text input, not patches");
    let (status, count, text) = run(model, &ids, &mut logits);
    assert_eq!((status, text.as_str()), (NoctuleStatus::Ok, ""));
    assert!(count <= most);
    // SAFETY: the model is a loaded one, and given back once.
    unsafe { noctule_free(model) };
}
