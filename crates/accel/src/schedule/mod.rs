//! A program on a configuration as an instruction stream and a memory image.

mod attention;
mod builder;
mod embedding;
mod geometry;
mod hazards;
mod image;
mod layer;
mod layout;
mod loads;
mod net;
mod passes;
mod refused;
mod rooms;

pub use net::WeightOrder;
pub use refused::Refused;

use noctule_program::{Program, shape::Shape};

use crate::{
    config::Config,
    isa::{BITS, Instruction, Op, Unit},
};
use builder::Builder;
use geometry::Geometry;
use hazards::Hazards;
use layout::Layout;
use net::Net;

/// What an instruction belongs to, for reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Tag {
    /// Layer, if it belongs to one.
    pub layer: Option<usize>,
    /// Matrix or operation.
    pub what: &'static str,
    /// Block of tokens, or head.
    pub part: usize,
}

/// An instruction with what it waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scheduled {
    /// What it does.
    pub op: Op,
    /// Completed instructions of each unit that it waits for.
    pub waits: [u16; Unit::ALL.len()],
    /// What it belongs to.
    pub tag: Tag,
}

impl Scheduled {
    /// Its form of 512 bits.
    #[must_use]
    pub fn encode(&self) -> Instruction {
        let mut instruction = self.op.encode();
        for unit in Unit::ALL {
            instruction.set_wait(unit, u64::from(self.waits[unit as usize]));
        }
        instruction
    }
}

/// The instruction stream of a network on a configuration, for one input length.
#[derive(Debug, Clone, PartialEq)]
pub struct Schedule {
    /// Tokens of the input.
    pub tokens: usize,
    /// The stream.
    pub stream: Vec<Scheduled>,
    layout: Layout,
    passes: Vec<u16>,
}

impl Schedule {
    /// For a program and inputs of `tokens` tokens.
    ///
    /// # Errors
    /// What the configuration cannot hold, and which knob cures it.
    pub fn new(program: &Program, config: &Config, tokens: usize) -> Result<Self, Refused> {
        Self::of(&Net::new(program), config, tokens)
    }

    /// For a shape alone: the times of a program of this shape with the largest exponent tables.
    ///
    /// # Errors
    /// What the configuration cannot hold, and which knob cures it.
    pub fn of_shape(shape: &Shape, config: &Config, tokens: usize) -> Result<Self, Refused> {
        Self::of_order(shape, config, tokens, WeightOrder::Blocks)
    }

    /// As [`Self::of_shape`], with weights in an order of choice: what the order gains.
    ///
    /// # Errors
    /// As [`Self::of_shape`].
    pub fn of_order(
        shape: &Shape,
        config: &Config,
        tokens: usize,
        order: WeightOrder,
    ) -> Result<Self, Refused> {
        let entries = config.sizes().t_depth;
        Self::of(&Net { shape: shape.clone(), program: None, entries, order }, config, tokens)
    }

    fn of(net: &Net<'_>, config: &Config, tokens: usize) -> Result<Self, Refused> {
        Self::as_it_is(net, config, tokens)
            .map_err(|refused| rooms::real(refused, net, config, tokens))
    }

    /// As [`Self::of`]; a refusal's need may be less than what cures it.
    fn as_it_is(net: &Net<'_>, config: &Config, tokens: usize) -> Result<Self, Refused> {
        let most = net.shape.tokens;
        let text = matches!(net.shape.source, noctule_program::shape::SourceShape::Text { .. });
        if tokens == 0 || tokens > most || !text && tokens != most {
            return Err(Refused::Tokens { tokens, most });
        }
        let geometry = Geometry { sizes: config.sizes(), net, tokens };
        let layout = Layout::new(&geometry, config.sizes().pt_depth);
        let mut builder = Builder::new(config, &geometry, &layout);
        builder.begin()?;
        for layer in 0..net.shape.layers.len() {
            builder.layer(layer)?;
        }
        builder.head()?;
        let (stream, passes) = merge(builder)?;
        Ok(Self { tokens, stream, layout, passes })
    }

    /// Beat of the first instruction, counted from the image's address.
    #[must_use]
    pub fn program_beat(&self) -> usize {
        self.layout.beats
    }

    /// The entries of PT.
    #[must_use]
    pub fn passes(&self) -> &[u16] {
        &self.passes
    }

    /// Bytes of the image.
    #[must_use]
    pub fn image_bytes(&self, config: &Config) -> usize {
        let beat = config.sizes().beat / 8;
        self.layout.beats * beat + (self.stream.len() * BITS / 8).next_multiple_of(beat)
    }

    /// The memory image: the program's numbers, then the instructions.
    ///
    /// # Errors
    /// A number that does not fit its field.
    pub fn image(&self, program: &Program, config: &Config) -> Result<Vec<u8>, Refused> {
        let net = Net::new(program);
        let geometry = Geometry { sizes: config.sizes(), net: &net, tokens: self.tokens };
        let writer = image::Writer { geometry: &geometry, program, config: config.name() };
        let mut image = writer.pieces(&self.layout, &self.passes)?;
        let stream: Vec<Instruction> = self.stream.iter().map(Scheduled::encode).collect();
        image::instructions(&mut image, &stream, config.sizes().beat / 8);
        Ok(image)
    }
}

/// Loads among the other instructions, and what each waits for.
fn merge(mut builder: Builder<'_>) -> Result<(Vec<Scheduled>, Vec<u16>), Refused> {
    let places = builder.places()?;
    let mut hazards = Hazards::new();
    let mut stream = Vec::with_capacity(builder.loads.len() + builder.steps.len());
    let mut push = |op: Op, accesses: &[hazards::Access], tag| {
        let waits = hazards.next(op.unit(), accesses);
        stream.push(Scheduled { op, waits, tag });
    };
    let mut loads = builder.loads.iter().zip(places).peekable();
    for (n, step) in builder.steps.iter().enumerate() {
        while let Some((load, _)) = loads.next_if(|(_, place)| *place <= n) {
            push(Op::Load(load.op), &load.accesses, load.tag);
        }
        push(step.op, &step.accesses, step.tag);
    }
    builder.check(&stream)?;
    Ok((stream, builder.passes.entries))
}
