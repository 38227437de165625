//! A loaded program with everything that an inference writes.

use alloc::vec::Vec;

use noctule_engine::{Engine, Options, Session, Work};
use noctule_program::{
    Program,
    interpret::InputError,
    parts::{HeadTokens, Input, Source},
};

use crate::status::Failure;

/// A loaded program. To be used by one thread at a time.
#[derive(Debug)]
pub struct NoctuleModel {
    session: Session,
    /// Room for the longest input.
    input: Input,
    /// Room for its logits.
    logits: Vec<i32>,
    pub(crate) facts: Facts,
}

/// What a program says of itself.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Facts {
    pub(crate) kind: NoctuleKind,
    /// Most tokens of an input.
    pub(crate) tokens: usize,
    /// Values of the first and the second field of the longest input.
    sizes: [usize; 2],
    /// Logits of a token.
    pub(crate) outputs: usize,
    /// Most logits of an input.
    pub(crate) logits: usize,
    pub(crate) memory: NoctuleMemory,
}

/// What a program takes.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoctuleKind {
    /// Ids of word pieces.
    Text = 0,
    /// Received channel words.
    Channel = 1,
    /// Images.
    Patches = 2,
}

/// Bytes that a loaded program has taken from the allocator. No inference takes any more.
///
/// While a program is loaded its parsed form, about as large as the file, is there besides the
/// prepared program, but not besides the session.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoctuleMemory {
    /// The program, prepared.
    pub program: usize,
    /// What an inference writes, with the copies of the input and of the logits.
    pub session: usize,
    /// Both.
    pub total: usize,
}

impl NoctuleModel {
    /// Of a program that may take up to `most` bytes.
    pub(crate) fn load(bytes: &[u8], most: usize) -> Result<Self, Failure> {
        let program = Program::from_bytes(bytes)?;
        let (kind, sizes) = shape(&program);
        let own = size_of::<Self>() + input_bytes(kind, sizes);
        let options = Options { threads: 1, kernel: None };
        let engine = Engine::within(&program, options, Work::Session, most.saturating_sub(own))?;
        let memory = engine.memory();
        let session = memory.session + own;
        let (tokens, outputs) = (program.max_tokens, program.head.bias.len());
        let logits = rows(&program) * outputs;
        // Not besides the buffers of the session.
        drop(program);
        let memory =
            NoctuleMemory { program: memory.program, session, total: memory.program + session };
        Ok(Self {
            session: engine.session(),
            input: room(kind, sizes),
            logits: Vec::with_capacity(logits),
            facts: Facts { kind, tokens, sizes, outputs, logits, memory },
        })
    }

    /// The logits of text.
    pub(crate) fn text(&mut self, ids: &[u32], segments: &[u8]) -> Result<&[i32], Failure> {
        self.check_kind(NoctuleKind::Text)?;
        let most = self.facts.tokens;
        if ids.len() > most {
            return Err(InputError::Tokens { given: ids.len(), most }.into());
        }
        if let Input::Text { ids: to, segments: segments_to } = &mut self.input {
            replace(to, ids.iter().copied());
            replace(segments_to, segments.iter().copied());
        }
        self.run()
    }

    /// The logits of a received word; syndrome bits are bytes of which any but 0 is a 1.
    pub(crate) fn channel(
        &mut self,
        magnitudes: &[u8],
        syndrome: &[u8],
    ) -> Result<&[i32], Failure> {
        self.check_kind(NoctuleKind::Channel)?;
        check_count("magnitudes", magnitudes.len(), self.facts.sizes[0])?;
        check_count("syndrome", syndrome.len(), self.facts.sizes[1])?;
        if let Input::Channel { magnitudes: to, syndrome: bits } = &mut self.input {
            replace(to, magnitudes.iter().copied());
            replace(bits, syndrome.iter().map(|&bit| bit != 0));
        }
        self.run()
    }

    /// The logits of an image.
    pub(crate) fn patches(&mut self, pixels: &[u8]) -> Result<&[i32], Failure> {
        self.check_kind(NoctuleKind::Patches)?;
        check_count("pixels", pixels.len(), self.facts.sizes[0])?;
        if let Input::Patches { pixels: to } = &mut self.input {
            replace(to, pixels.iter().copied());
        }
        self.run()
    }

    fn run(&mut self) -> Result<&[i32], Failure> {
        self.session.run(&self.input, &mut self.logits)?;
        Ok(&self.logits)
    }

    fn check_kind(&self, given: NoctuleKind) -> Result<(), InputError> {
        let wanted = self.facts.kind;
        if given == wanted {
            return Ok(());
        }
        Err(InputError::Kind { wanted: wanted.name(), given: given.name() })
    }
}

impl NoctuleKind {
    fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Channel => "channel",
            Self::Patches => "patches",
        }
    }
}

fn check_count(field: &'static str, given: usize, wanted: usize) -> Result<(), InputError> {
    if given == wanted { Ok(()) } else { Err(InputError::Count { field, given, wanted }) }
}

fn replace<T>(to: &mut Vec<T>, values: impl Iterator<Item = T>) {
    to.clear();
    to.extend(values);
}

/// The kind of input and the numbers of values of the longest one.
fn shape(program: &Program) -> (NoctuleKind, [usize; 2]) {
    let tokens = program.max_tokens;
    match &program.embed.source {
        Source::Text { .. } => (NoctuleKind::Text, [tokens, tokens]),
        Source::Channel { magnitudes, .. } => {
            (NoctuleKind::Channel, [*magnitudes, tokens - magnitudes])
        }
        Source::Patches { pixels, .. } => (NoctuleKind::Patches, [(tokens - 1) * pixels, 0]),
    }
}

/// Tokens that have logits, in the longest input.
fn rows(program: &Program) -> usize {
    match program.head.tokens {
        HeadTokens::Pooled => 1,
        HeadTokens::PerToken(count) => count.min(program.max_tokens),
    }
}

fn room(kind: NoctuleKind, [first, second]: [usize; 2]) -> Input {
    match kind {
        NoctuleKind::Text => {
            Input::Text { ids: Vec::with_capacity(first), segments: Vec::with_capacity(second) }
        }
        NoctuleKind::Channel => Input::Channel {
            magnitudes: Vec::with_capacity(first),
            syndrome: Vec::with_capacity(second),
        },
        NoctuleKind::Patches => Input::Patches { pixels: Vec::with_capacity(first) },
    }
}

fn input_bytes(kind: NoctuleKind, [first, second]: [usize; 2]) -> usize {
    match kind {
        NoctuleKind::Text => size_of::<u32>() * first + second,
        NoctuleKind::Channel | NoctuleKind::Patches => first + second,
    }
}
