//! A binary or split matrix of a trained network.

use noctule_program::bits::BitMatrix;
use noctule_program::parts::{LowPlane, Weights};

use super::{scalar, vector};
use crate::lower::LowerError;
use crate::model::{HostTensor, Params, WeightForm};
use crate::ops::{binary_row, sign, split_exponent};

/// `W = unit[c] * (2^ratio * high + low)`, and the bias.
#[derive(Debug, Clone)]
pub(crate) struct Matrix {
    /// The planes.
    pub(crate) planes: Weights,
    /// Real value of 1 of each row, at least 0: a scale's sign is in the row's bits.
    pub(crate) unit: Vec<f64>,
    /// Bias of each row.
    pub(crate) bias: Vec<f64>,
}

impl Matrix {
    /// Reads the matrix whose parameters are called `name`.
    pub(crate) fn read(params: &Params, form: WeightForm, name: &str) -> Result<Self, LowerError> {
        let latent = params.get(&format!("{name}.weight"))?;
        let bias = vector(params, &format!("{name}.bias"))?;
        match form {
            WeightForm::Split => split(params, name, latent, bias),
            _ => Ok(binary(latent, bias)),
        }
    }

    pub(crate) fn outputs(&self) -> usize {
        self.planes.high.rows()
    }

    pub(crate) fn inputs(&self) -> usize {
        self.planes.high.cols()
    }

    /// Largest magnitude of an integer weight.
    pub(crate) fn largest(&self) -> i32 {
        self.planes.low.as_ref().map_or(1, |low| (1 << low.ratio) + 1)
    }

    /// The integer weights of row `c`.
    pub(crate) fn row(&self, c: usize) -> Vec<i32> {
        let Weights { high, low } = &self.planes;
        let weight = |k| match low {
            None => high.sign(c, k),
            Some(low) => (high.sign(c, k) << low.ratio) + low.bits.sign(c, k),
        };
        (0..self.inputs()).map(weight).collect()
    }
}

fn binary(latent: &HostTensor, bias: Vec<f64>) -> Matrix {
    let (rows, cols) = (latent.shape[0], latent.shape[1]);
    let mut signs = vec![0.0; latent.data.len()];
    let places = latent.data.chunks_exact(cols).zip(signs.chunks_exact_mut(cols));
    let unit = places.map(|(row, signs)| f64::from(binary_row(row, signs))).collect();
    let high = BitMatrix::from_fn(rows, cols, |r, c| signs[r * cols + c] > 0.0);
    Matrix { planes: Weights { high, low: None }, unit, bias }
}

fn split(
    params: &Params,
    name: &str,
    latent: &HostTensor,
    bias: Vec<f64>,
) -> Result<Matrix, LowerError> {
    let low = params.get(&format!("{name}.weight_low"))?;
    let scale = vector(params, &format!("{name}.scale"))?;
    let ratio = split_exponent(scalar(params, &format!("{name}.log_ratio"))? as f32) as u8;
    let share = 2.0 / (1.0 + f64::from(1u32 << ratio));
    let plane = |tensor: &HostTensor| {
        let (rows, cols) = (tensor.shape[0], tensor.shape[1]);
        BitMatrix::from_fn(rows, cols, |r, c| {
            (sign(tensor.data[r * cols + c]) > 0.0) == (scale[r] >= 0.0)
        })
    };
    let low = LowPlane { bits: plane(low), ratio };
    let planes = Weights { high: plane(latent), low: Some(low) };
    Ok(Matrix { planes, unit: scale.iter().map(|k| k.abs() * share).collect(), bias })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn binary_rows_are_centred_signs() {
        let latent = HostTensor { shape: vec![1, 4], data: vec![3.0, 1.0, 1.0, 3.0] };
        let matrix = binary(&latent, vec![0.5]);
        assert_eq!((matrix.row(0), matrix.unit[0]), (vec![1, -1, -1, 1], 1.0));
    }

    #[test]
    fn a_negative_row_scale_turns_the_bits() {
        let tensor = |shape: &[usize], data: &[f32]| HostTensor {
            shape: shape.to_vec(),
            data: data.to_vec(),
        };
        let tensors = BTreeMap::from([
            ("m.weight".to_owned(), tensor(&[2, 2], &[1.0, -1.0, 1.0, -1.0])),
            ("m.weight_low".to_owned(), tensor(&[2, 2], &[1.0, 0.0, -1.0, -2.0])),
            ("m.scale".to_owned(), tensor(&[2], &[0.75, -0.75])),
            ("m.log_ratio".to_owned(), tensor(&[1], &[1.2])),
            ("m.bias".to_owned(), tensor(&[2], &[0.0, 0.0])),
        ]);
        let params = Params::from_tensors(tensors);
        let matrix = Matrix::read(&params, WeightForm::Split, "m").unwrap();
        assert_eq!(matrix.unit, [0.5, 0.5]);
        assert_eq!((matrix.row(0), matrix.row(1)), (vec![3, -1], vec![-1, 3]));
    }
}
