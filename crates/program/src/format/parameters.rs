//! Records of quantizers, rescales, weights, norms and tables.

use super::{ReadError, reader::Reader, writer::Writer};
use crate::parts::{
    Codes, Linear, LowPlane, Norm, Projection, Quantizer, Rescale, Rule, Table, Weights,
};

impl Quantizer {
    pub(super) fn read(
        reader: &mut Reader<'_>,
        channels: usize,
        signed: bool,
    ) -> Result<Self, ReadError> {
        reader.tag("QNTZ")?;
        let codes = Codes { bits: reader.small("bits")?, signed };
        let rule = match codes.bits {
            1 => Rule::Threshold(reader.array(channels, i32::from_le_bytes)?),
            _ => Rule::Rescale(Rescale::read(reader, channels)?),
        };
        Ok(Self { codes, rule })
    }

    pub(super) fn write(&self, writer: &mut Writer) {
        writer.tag("QNTZ");
        writer.field(self.codes.bits);
        match &self.rule {
            Rule::Threshold(thresholds) => writer.array(thresholds, i32::to_le_bytes),
            Rule::Rescale(rescale) => rescale.write(writer),
        }
    }
}

impl Rescale {
    pub(super) fn read(reader: &mut Reader<'_>, channels: usize) -> Result<Self, ReadError> {
        reader.tag("RSCL")?;
        let shift = reader.small("shift")?;
        let mul = reader.array(channels, u16::from_le_bytes)?;
        let add = reader.array(channels, i64::from_le_bytes)?;
        Ok(Self { mul, add, shift })
    }

    pub(super) fn write(&self, writer: &mut Writer) {
        writer.tag("RSCL");
        writer.field(self.shift);
        writer.array(&self.mul, u16::to_le_bytes);
        writer.array(&self.add, i64::to_le_bytes);
    }
}

impl Weights {
    fn read(reader: &mut Reader<'_>, [rows, cols]: [usize; 2]) -> Result<Self, ReadError> {
        reader.tag("WGHT")?;
        let planes = reader.field("planes", 1..=2)?;
        let ratio = reader.field("ratio", 0..=if planes == 1 { 0 } else { 255 })? as u8;
        let high = reader.matrix(rows, cols)?;
        let low = match planes {
            1 => None,
            _ => Some(LowPlane { bits: reader.matrix(rows, cols)?, ratio }),
        };
        Ok(Self { high, low })
    }

    fn write(&self, writer: &mut Writer) {
        writer.tag("WGHT");
        writer.field(1 + u32::from(self.low.is_some()));
        writer.field(self.low.as_ref().map_or(0, |low| low.ratio));
        writer.matrix(&self.high);
        if let Some(low) = &self.low {
            writer.matrix(&low.bits);
        }
    }
}

impl Linear {
    /// `shape` is outputs and inputs.
    pub(super) fn read(
        reader: &mut Reader<'_>,
        shape: [usize; 2],
        signed: bool,
    ) -> Result<Self, ReadError> {
        let weights = Weights::read(reader, shape)?;
        Ok(Self { weights, output: Quantizer::read(reader, shape[0], signed)? })
    }

    pub(super) fn write(&self, writer: &mut Writer) {
        self.weights.write(writer);
        self.output.write(writer);
    }
}

impl Projection {
    /// `shape` is outputs and inputs.
    pub(super) fn read(reader: &mut Reader<'_>, shape: [usize; 2]) -> Result<Self, ReadError> {
        let weights = Weights::read(reader, shape)?;
        Ok(Self { weights, rescale: Rescale::read(reader, shape[0])? })
    }

    pub(super) fn write(&self, writer: &mut Writer) {
        self.weights.write(writer);
        self.rescale.write(writer);
    }
}

impl Norm {
    pub(super) fn read(reader: &mut Reader<'_>, channels: usize) -> Result<Self, ReadError> {
        reader.tag("NORM")?;
        let shift = reader.small("shift")?;
        let gain = reader.array(channels, i16::from_le_bytes)?;
        let bias = reader.array(channels, i32::from_le_bytes)?;
        Ok(Self { gain, bias, shift })
    }

    pub(super) fn write(&self, writer: &mut Writer) {
        writer.tag("NORM");
        writer.field(self.shift);
        writer.array(&self.gain, i16::to_le_bytes);
        writer.array(&self.bias, i32::to_le_bytes);
    }
}

impl Table {
    pub(super) fn read(
        reader: &mut Reader<'_>,
        [rows, cols]: [usize; 2],
    ) -> Result<Self, ReadError> {
        reader.tag("TABL")?;
        let bits = reader.code_bits()?;
        let shift = reader.small("shift")?;
        let mul = reader.array(rows, u16::from_le_bytes)?;
        let codes = reader.codes(rows.saturating_mul(cols), bits)?;
        Ok(Self { rows, cols, bits, codes, mul, shift })
    }

    pub(super) fn write(&self, writer: &mut Writer) {
        writer.tag("TABL");
        writer.field(self.bits);
        writer.field(self.shift);
        writer.array(&self.mul, u16::to_le_bytes);
        writer.codes(&self.codes, self.bits);
    }
}
