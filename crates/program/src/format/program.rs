//! The order of the records, and those of masks, head and extras.

use alloc::{collections::BTreeMap, string::String, vec::Vec};

use super::{Part, ReadError, reader::Reader, writer::Writer};
use crate::{
    bits::BitMatrix,
    limits,
    parts::{Embed, Head, HeadTokens, Layer, Parts},
};

type Extras = BTreeMap<String, Vec<u8>>;

impl Parts {
    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, ReadError> {
        reader.tag("PROG")?;
        let max_tokens = reader.size("max_tokens", 1..=limits::TOKENS)?;
        let width = reader.size("width", 1..=limits::WIDTH)?;
        let point = reader.small("point")?;
        let masks = reader.size("masks", 0..=limits::MASKS)?;
        let layers = reader.size("layers", 1..=limits::LAYERS)?;
        let extras = reader.size("extras", 0..=limits::EXTRAS)?;
        Ok(Self {
            max_tokens,
            width,
            point,
            embed: Embed::read(reader, max_tokens, width)?,
            masks: (0..masks).map(|_| read_mask(reader, max_tokens)).collect::<Result<_, _>>()?,
            layers: (0..layers).map(|_| Layer::read(reader, width)).collect::<Result<_, _>>()?,
            head: Head::read(reader, max_tokens, width)?,
            extras: read_extras(reader, extras)?,
        })
    }

    pub(super) fn write(&self, writer: &mut Writer) {
        writer.tag("PROG");
        writer.size(self.max_tokens);
        writer.size(self.width);
        writer.field(self.point);
        writer.size(self.masks.len());
        writer.size(self.layers.len());
        writer.size(self.extras.len());
        writer.begin(Part::Embed);
        self.embed.write(writer);
        writer.begin(Part::Masks);
        for mask in &self.masks {
            writer.tag("MASK");
            writer.matrix(mask);
        }
        for (n, layer) in self.layers.iter().enumerate() {
            writer.begin(Part::Layer(n));
            layer.write(writer);
        }
        writer.begin(Part::Head);
        self.head.write(writer);
        writer.begin(Part::Extras);
        write_extras(&self.extras, writer);
    }
}

fn read_mask(reader: &mut Reader<'_>, tokens: usize) -> Result<BitMatrix, ReadError> {
    reader.tag("MASK")?;
    reader.matrix(tokens, tokens)
}

impl Head {
    fn read(reader: &mut Reader<'_>, tokens: usize, width: usize) -> Result<Self, ReadError> {
        reader.tag("HEAD")?;
        let tokens = match reader.size("tokens", 0..=tokens)? {
            0 => HeadTokens::Pooled,
            count => HeadTokens::PerToken(count),
        };
        let outputs = reader.size("outputs", 1..=limits::VOCABULARY)?;
        let scale = reader.field("scale", 1..=u32::MAX)?;
        let exponent = reader.field("exponent", 0..=u32::MAX)?.cast_signed();
        let bias = reader.array(outputs, i32::from_le_bytes)?;
        let weights = reader.array(outputs.saturating_mul(width), i8::from_le_bytes)?;
        Ok(Self { tokens, weights, bias, scale: (scale, exponent) })
    }

    fn write(&self, writer: &mut Writer) {
        writer.tag("HEAD");
        writer.size(match self.tokens {
            HeadTokens::Pooled => 0,
            HeadTokens::PerToken(count) => count,
        });
        writer.size(self.bias.len());
        writer.field(self.scale.0);
        writer.field(self.scale.1.cast_unsigned());
        writer.array(&self.bias, i32::to_le_bytes);
        writer.array(&self.weights, i8::to_le_bytes);
    }
}

fn read_extras(reader: &mut Reader<'_>, count: usize) -> Result<Extras, ReadError> {
    let mut extras = Extras::new();
    for _ in 0..count {
        reader.tag("EXTR")?;
        let name_bytes = reader.size("name", 1..=limits::EXTRA_NAME)?;
        let value_bytes = reader.size("value", 0..=limits::EXTRA)?;
        let name = reader.array(name_bytes, u8::from_le_bytes)?;
        let offset = reader.offset() - name_bytes;
        let name = String::from_utf8(name).map_err(|_| ReadError::Name { offset })?;
        let value = reader.array(value_bytes, u8::from_le_bytes)?;
        if extras.last_key_value().is_some_and(|(last, _)| *last >= name) {
            return Err(ReadError::Order { offset, name });
        }
        extras.insert(name, value);
    }
    Ok(extras)
}

fn write_extras(extras: &Extras, writer: &mut Writer) {
    for (name, value) in extras {
        writer.tag("EXTR");
        writer.size(name.len());
        writer.size(value.len());
        writer.array(name.as_bytes(), u8::to_le_bytes);
        writer.array(value, u8::to_le_bytes);
    }
}
