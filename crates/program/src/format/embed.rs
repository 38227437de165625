//! Records of the embedding.

use super::{ReadError, reader::Reader, writer::Writer};
use crate::{
    limits,
    parts::{Embed, Norm, Rescale, Source, Table},
};

impl Embed {
    pub(super) fn read(
        reader: &mut Reader<'_>,
        tokens: usize,
        width: usize,
    ) -> Result<Self, ReadError> {
        reader.tag("EMBD")?;
        let kind = reader.field("kind", 0..=2)?;
        let has_norm = reader.flag("norm")?;
        let source = match kind {
            0 => read_text(reader, tokens, width)?,
            1 => read_channel(reader, tokens, width)?,
            _ => read_patches(reader, tokens, width)?,
        };
        let norm = if has_norm { Some(Norm::read(reader, width)?) } else { None };
        Ok(Self { source, norm })
    }

    pub(super) fn write(&self, writer: &mut Writer) {
        writer.tag("EMBD");
        writer.field(match self.source {
            Source::Text { .. } => 0_u32,
            Source::Channel { .. } => 1,
            Source::Patches { .. } => 2,
        });
        writer.field(self.norm.is_some());
        self.source.write(writer);
        if let Some(norm) = &self.norm {
            norm.write(writer);
        }
    }
}

impl Source {
    fn write(&self, writer: &mut Writer) {
        match self {
            Source::Text { token, position, segment } => {
                writer.tag("TEXT");
                writer.size(token.rows);
                writer.size(segment.as_ref().map_or(0, |table| table.rows));
                [Some(token), Some(position), segment.as_ref()]
                    .into_iter()
                    .flatten()
                    .for_each(|table| table.write(writer));
            }
            Source::Channel { position, magnitudes, unit } => {
                writer.tag("CHAN");
                writer.size(*magnitudes);
                writer.field(*unit);
                position.write(writer);
            }
            Source::Patches { weights, pixels, rescale, position } => {
                writer.tag("PTCH");
                writer.size(*pixels);
                writer.array(weights, i8::to_le_bytes);
                rescale.write(writer);
                position.write(writer);
            }
        }
    }
}

fn read_text(reader: &mut Reader<'_>, tokens: usize, width: usize) -> Result<Source, ReadError> {
    reader.tag("TEXT")?;
    let vocabulary = reader.size("vocabulary", 1..=limits::VOCABULARY)?;
    let segments = reader.size("segments", 0..=limits::SEGMENTS)?;
    let token = Table::read(reader, [vocabulary, width])?;
    let position = Table::read(reader, [tokens, width])?;
    let segment = match segments {
        0 => None,
        rows => Some(Table::read(reader, [rows, width])?),
    };
    Ok(Source::Text { token, position, segment })
}

fn read_channel(reader: &mut Reader<'_>, tokens: usize, width: usize) -> Result<Source, ReadError> {
    reader.tag("CHAN")?;
    let magnitudes = reader.size("magnitudes", 0..=tokens)?;
    let unit = reader.small("unit")?;
    Ok(Source::Channel { position: Table::read(reader, [tokens, width])?, magnitudes, unit })
}

fn read_patches(reader: &mut Reader<'_>, tokens: usize, width: usize) -> Result<Source, ReadError> {
    reader.tag("PTCH")?;
    let pixels = reader.size("pixels", 1..=limits::PIXELS)?;
    let weights = reader.array(width * pixels, i8::from_le_bytes)?;
    let rescale = Rescale::read(reader, width)?;
    Ok(Source::Patches {
        weights,
        pixels,
        rescale,
        position: Table::read(reader, [tokens, width])?,
    })
}
