//! What functions give back.

use core::{
    ffi::c_char,
    fmt::{self, Write},
};

use noctule_engine::EngineError;
use noctule_program::{format::ReadError, interpret::InputError};

/// How a call ended.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoctuleStatus {
    /// As it should.
    Ok = 0,
    /// A pointer that must not be null is.
    Null = 1,
    /// The bytes are not a program.
    Program = 2,
    /// The program needs more memory than it may have.
    Memory = 3,
    /// The input does not suit the program.
    Input = 4,
    /// There is too little room for the logits.
    Room = 5,
    /// The engine cannot run here.
    Engine = 6,
}

/// What went wrong, in words: one line.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct NoctuleError {
    /// Ends with a zero byte; a longer text is cut.
    pub text: [c_char; 200],
}

/// A status and its text.
#[derive(Debug)]
pub(crate) enum Failure {
    Null(&'static str),
    Program(ReadError),
    Engine(EngineError),
    Input(InputError),
    Room { room: usize, needed: usize },
}

impl Failure {
    pub(crate) fn status(&self) -> NoctuleStatus {
        match self {
            Self::Null(_) => NoctuleStatus::Null,
            Self::Program(_) => NoctuleStatus::Program,
            Self::Engine(EngineError::Memory { .. }) => NoctuleStatus::Memory,
            Self::Engine(_) => NoctuleStatus::Engine,
            Self::Input(_) => NoctuleStatus::Input,
            Self::Room { .. } => NoctuleStatus::Room,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null(name) => write!(f, "{name} is null"),
            Self::Program(error) => error.fmt(f),
            Self::Engine(error) => error.fmt(f),
            Self::Input(error) => error.fmt(f),
            Self::Room { room, needed } => {
                write!(f, "logits has room for {room} numbers: {needed} are needed")
            }
        }
    }
}

impl From<ReadError> for Failure {
    fn from(error: ReadError) -> Self {
        Self::Program(error)
    }
}

impl From<EngineError> for Failure {
    fn from(error: EngineError) -> Self {
        Self::Engine(error)
    }
}

impl From<InputError> for Failure {
    fn from(error: InputError) -> Self {
        Self::Input(error)
    }
}

impl NoctuleError {
    /// The text of a failure, or none.
    pub(crate) fn new(failure: Option<&Failure>) -> Self {
        let mut text = Text { bytes: [0; 200], length: 0 };
        if let Some(failure) = failure {
            // Only a text that is cut is an error, and the rest has been written by then.
            let _ = write!(text, "{failure}");
        }
        Self { text: text.bytes }
    }
}

/// Writes until only the last zero is left.
struct Text {
    bytes: [c_char; 200],
    length: usize,
}

impl Write for Text {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for character in text.chars() {
            let mut room = [0; 4];
            let encoded = character.encode_utf8(&mut room).as_bytes();
            let end = self.length + encoded.len();
            if end >= self.bytes.len() {
                return Err(fmt::Error);
            }
            let to = self.bytes[self.length..end].iter_mut();
            to.zip(encoded).for_each(|(to, &byte)| *to = byte as c_char);
            self.length = end;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use alloc::{string::String, vec::Vec};

    use super::*;

    fn text(failure: &Failure) -> String {
        let bytes: Vec<u8> = NoctuleError::new(Some(failure))
            .text
            .iter()
            .map(|&byte| byte as u8)
            .take_while(|byte| *byte != 0)
            .collect();
        String::from_utf8(bytes).expect("whole characters")
    }

    #[test]
    fn long_texts_are_cut_between_characters() {
        static LONG: &str = "äääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääää\
            ääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääää";
        assert_eq!(text(&Failure::Null("model")), "model is null");
        let cut = text(&Failure::Null(LONG));
        assert!(cut.len() == 198 && LONG.starts_with(&cut), "{cut}");
        assert!(NoctuleError::new(None).text.iter().all(|byte| *byte == 0));
    }
}
