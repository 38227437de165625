//! Quantizers, rescales, weights, norms and tables.

use super::{
    Invalid,
    checks::{bits, codes, count, dimensions, range, shape},
    field::Field,
    limits,
};
use crate::parts::{Codes, Linear, Norm, Projection, Quantizer, Rescale, Rule, Table, Weights};

impl Quantizer {
    pub(super) fn validate(
        &self,
        at: Field<'_>,
        channels: usize,
        signed: bool,
    ) -> Result<(), Invalid> {
        codes(at.dot("codes"), self.codes, signed)?;
        let at = at.dot("rule");
        match (&self.rule, self.codes.bits) {
            (Rule::Threshold(thresholds), 1) => count(at, thresholds, channels),
            (Rule::Rescale(rescale), 2..) => rescale.validate(at, channels),
            (_, bits) => Err(Invalid::Rule { field: at.name(), bits }),
        }
    }
}

impl Rescale {
    pub(super) fn validate(&self, at: Field<'_>, channels: usize) -> Result<(), Invalid> {
        count(at.dot("mul"), &self.mul, channels)?;
        count(at.dot("add"), &self.add, channels)?;
        range(at.dot("shift"), self.shift, 0..=limits::RESCALE_SHIFT)?;
        for (c, &add) in self.add.iter().enumerate() {
            range(at.dot("add").at(c), add, -limits::RESCALE_ADD..=limits::RESCALE_ADD)?;
        }
        Ok(())
    }
}

impl Weights {
    fn validate(&self, at: Field<'_>, wanted: [usize; 2]) -> Result<(), Invalid> {
        shape(at.dot("high"), &self.high, wanted)?;
        let Some(low) = &self.low else { return Ok(()) };
        shape(at.dot("low").dot("bits"), &low.bits, wanted)?;
        range(at.dot("low").dot("ratio"), low.ratio, 0..=limits::RATIO)
    }
}

impl Linear {
    /// `shape` is outputs and inputs; `input` the codes that come in.
    pub(super) fn validate(
        &self,
        at: Field<'_>,
        shape: [usize; 2],
        input: Codes,
        signed: bool,
    ) -> Result<(), Invalid> {
        self.weights.validate(at.dot("weights"), shape)?;
        self.output.validate(at.dot("output"), shape[0], signed)?;
        self.weights.prove(at.dot("weights"), input)
    }
}

impl Projection {
    /// `shape` is outputs and inputs; `input` the codes that come in.
    pub(super) fn validate(
        &self,
        at: Field<'_>,
        shape: [usize; 2],
        input: Codes,
    ) -> Result<(), Invalid> {
        self.weights.validate(at.dot("weights"), shape)?;
        self.rescale.validate(at.dot("rescale"), shape[0])?;
        self.weights.prove(at.dot("weights"), input)
    }
}

impl Norm {
    pub(super) fn validate(&self, at: Field<'_>, channels: usize) -> Result<(), Invalid> {
        count(at.dot("gain"), &self.gain, channels)?;
        count(at.dot("bias"), &self.bias, channels)?;
        range(at.dot("shift"), self.shift, 0..=limits::NORM_SHIFT)?;
        for (c, &bias) in self.bias.iter().enumerate() {
            range(at.dot("bias").at(c), bias, -limits::NORM_BIAS..=limits::NORM_BIAS)?;
        }
        Ok(())
    }
}

impl Table {
    /// `rows` has been checked before.
    pub(super) fn validate(&self, at: Field<'_>, shape: [usize; 2]) -> Result<(), Invalid> {
        dimensions(at, [self.rows, self.cols], shape)?;
        bits(at.dot("bits"), self.bits)?;
        range(at.dot("shift"), self.shift, 0..=limits::TABLE_SHIFT)?;
        count(at.dot("mul"), &self.mul, self.rows)?;
        count(at.dot("codes"), &self.codes, self.rows.saturating_mul(self.cols))?;
        // Every byte is a code of 8 bits: nothing to read, and nothing that could change later.
        if self.bits == 8 {
            return Ok(());
        }
        let codes = Codes { bits: self.bits, signed: true };
        match self.codes.iter().position(|&code| !codes.contains(code.into())) {
            None => Ok(()),
            Some(n) => {
                let field = at.dot("codes").at(n).name();
                Err(Invalid::Code { field, code: self.codes[n], bits: self.bits })
            }
        }
    }
}
