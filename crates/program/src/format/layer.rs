//! Records of a layer.

use alloc::vec::Vec;

use super::{ReadError, reader::Reader, writer::Writer};
use crate::{
    limits,
    parts::{Attention, AttentionForm, FeedForward, Layer, Linear, Norm, Projection, Quantizer},
};

/// Stands for no mask.
const NO_MASK: u16 = u16::MAX;

impl Layer {
    pub(super) fn read(reader: &mut Reader<'_>, width: usize) -> Result<Self, ReadError> {
        Ok(Self {
            attention: Attention::read(reader, width)?,
            ffn: FeedForward::read(reader, width)?,
        })
    }

    pub(super) fn write(&self, writer: &mut Writer) {
        self.attention.write(writer);
        self.ffn.write(writer);
    }
}

impl Attention {
    fn read(reader: &mut Reader<'_>, width: usize) -> Result<Self, ReadError> {
        reader.tag("ATTN")?;
        let heads = reader.size("heads", 1..=limits::HEADS)?;
        let inner = heads * reader.size("head_width", 1..=limits::HEAD_WIDTH)?;
        let causal = reader.flag("causal")?;
        let sps = reader.flag("form")?;
        let masks = reader.array(heads, u16::from_le_bytes)?;
        Ok(Self {
            heads,
            input: Quantizer::read(reader, width, true)?,
            query: Linear::read(reader, [inner, width], true)?,
            key: Linear::read(reader, [inner, width], true)?,
            value: Linear::read(reader, [inner, width], true)?,
            form: if sps { read_sps(reader, heads)? } else { read_softmax(reader)? },
            masks: masks.into_iter().map(|mask| (mask != NO_MASK).then_some(mask)).collect(),
            causal,
            context: Quantizer::read(reader, inner, true)?,
            output: Projection::read(reader, [width, inner])?,
            norm: Norm::read(reader, width)?,
        })
    }

    fn write(&self, writer: &mut Writer) {
        writer.tag("ATTN");
        writer.size(self.heads);
        writer.size(self.query.weights.high.rows() / self.heads);
        writer.field(self.causal);
        writer.field(matches!(self.form, AttentionForm::Sps { .. }));
        let masks: Vec<u16> = self.masks.iter().map(|mask| mask.unwrap_or(NO_MASK)).collect();
        writer.array(&masks, u16::to_le_bytes);
        self.input.write(writer);
        self.query.write(writer);
        self.key.write(writer);
        self.value.write(writer);
        self.form.write(writer);
        self.context.write(writer);
        self.output.write(writer);
        self.norm.write(writer);
    }
}

impl AttentionForm {
    fn write(&self, writer: &mut Writer) {
        match self {
            AttentionForm::Sps { thresholds } => {
                writer.tag("SPST");
                writer.array(thresholds, i32::to_le_bytes);
            }
            AttentionForm::Softmax { bits, table, shift, tau_mul, tau_shift } => {
                writer.tag("SOFT");
                [bits, shift, tau_mul, tau_shift]
                    .into_iter()
                    .for_each(|field| writer.field(*field));
                writer.size(table.len());
                writer.array(table, u16::to_le_bytes);
            }
        }
    }
}

fn read_sps(reader: &mut Reader<'_>, heads: usize) -> Result<AttentionForm, ReadError> {
    reader.tag("SPST")?;
    Ok(AttentionForm::Sps { thresholds: reader.array(heads, i32::from_le_bytes)? })
}

fn read_softmax(reader: &mut Reader<'_>) -> Result<AttentionForm, ReadError> {
    reader.tag("SOFT")?;
    let bits = reader.small("bits")?;
    let shift = reader.small("shift")?;
    let tau_mul = reader.small("tau_mul")?;
    let tau_shift = reader.small("tau_shift")?;
    let entries = reader.size("entries", 1..=limits::EXPONENTS)?;
    let table = reader.array(entries, u16::from_le_bytes)?;
    Ok(AttentionForm::Softmax { bits, table, shift, tau_mul, tau_shift })
}

impl FeedForward {
    fn read(reader: &mut Reader<'_>, width: usize) -> Result<Self, ReadError> {
        reader.tag("FFWD")?;
        let hidden = reader.size("hidden", 1..=limits::FFN)?;
        Ok(Self {
            input: Quantizer::read(reader, width, true)?,
            up: Linear::read(reader, [hidden, width], false)?,
            down: Projection::read(reader, [width, hidden])?,
            norm: Norm::read(reader, width)?,
        })
    }

    fn write(&self, writer: &mut Writer) {
        writer.tag("FFWD");
        writer.size(self.up.weights.high.rows());
        self.input.write(writer);
        self.up.write(writer);
        self.down.write(writer);
        self.norm.write(writer);
    }
}
