//! A student's start from its teacher.

use super::shapes::{Entry, matrices, shapes};
use super::{
    HostTensor, Model, ModelError, Params, Precision, Site, WeightForm, quantizer, threshold,
};
use crate::ops::split_from_ternary;

impl Model {
    /// A network of another precision that starts from this one's parameters.
    ///
    /// Latent matrices, biases, norms, tables, shifts and, where the bits stay, scales are copied;
    /// [`init_scales`](super::init_scales) sets the scales of [`fresh_sites`](super::fresh_sites).
    /// A tanh pooler is folded into the head as if tanh were the identity. The function stays
    /// exactly as it was for the matrices in ternary -> split (docs/bmt.md section 2).
    ///
    /// # Errors
    /// [`ModelError::Precision`], or [`ModelError::Convert`] if a split matrix would become
    /// anything but split or binary.
    pub fn student(&self, precision: Precision) -> Result<Self, ModelError> {
        let mut precision = precision.checked()?;
        if precision.weights == WeightForm::Split {
            precision.single.extend(self.precision.single.iter().cloned());
        }
        let mut arch = self.arch.clone();
        arch.pooler = false;
        let table = shapes(&arch, &precision);
        let mut params = Params::default();
        for (name, entry) in &table {
            params.set(name.clone(), carried(&self.params, name, entry));
        }
        let (labels, extras) = (self.labels.clone(), self.extras.clone());
        let mut student = Self { arch, precision, labels, extras, params };
        student.fold_pooler(self)?;
        student.forget_scales(self)?;
        student.carry_matrices(self)?;
        student.check()?;
        Ok(student)
    }

    /// The head on a pooler of which tanh is left out: `Wc Wp`, `Wc bp + bc`.
    fn fold_pooler(&mut self, teacher: &Self) -> Result<(), ModelError> {
        if !teacher.arch.pooler {
            return Ok(());
        }
        let of = |name: &str| teacher.params.get(name);
        let (head, bias) = (of("classifier.weight")?, of("classifier.bias")?);
        let (pooler, shift) = (of("pooler.dense.weight")?, of("pooler.dense.bias")?);
        let width = self.arch.width;
        let rows = || head.data.chunks_exact(width);
        let weight = rows().flat_map(|row| row_times_matrix(row, &pooler.data)).collect();
        let bias = rows().zip(&bias.data).map(|(row, b)| dot(row, &shift.data) + b).collect();
        self.params.get_mut("classifier.weight")?.data = weight;
        self.params.get_mut("classifier.bias")?.data = bias;
        Ok(())
    }

    /// Scales and thresholds that were learned for other bits start anew.
    fn forget_scales(&mut self, teacher: &Self) -> Result<(), ModelError> {
        let fresh = super::fresh_sites(&teacher.precision, &self.precision);
        for layer in 0..self.arch.layers {
            for &site in &fresh {
                self.params.get_mut(&quantizer(layer, site, "scale"))?.data = vec![1.0];
            }
            if fresh.contains(&Site::Attention) && self.has(&threshold(layer)) {
                self.params.get_mut(&threshold(layer))?.data.fill(0.0);
            }
        }
        Ok(())
    }

    fn has(&self, name: &str) -> bool {
        self.params.tensors().contains_key(name)
    }

    fn carry_matrices(&mut self, teacher: &Self) -> Result<(), ModelError> {
        for layer in 0..self.arch.layers {
            for (name, shape) in matrices(&self.arch, layer) {
                self.carry_matrix(teacher, &name, shape)?;
            }
        }
        Ok(())
    }

    fn carry_matrix(
        &mut self,
        teacher: &Self,
        name: &str,
        shape: [usize; 2],
    ) -> Result<(), ModelError> {
        use WeightForm::{Binary, Split};
        match (teacher.precision.form_of(name), self.precision.form_of(name)) {
            (Split, Split) => Ok(()),
            (Split, Binary) => self.drop_into_binary(&teacher.params, name),
            (Split, other) => Err(ModelError::Convert(format!(
                "{name} is split; it can stay so or become binary, not {other:?}"
            ))),
            (_, Split) => self.split(&teacher.params, name, shape),
            _ => Ok(()),
        }
    }

    fn split(&mut self, from: &Params, name: &str, shape: [usize; 2]) -> Result<(), ModelError> {
        let split = split_from_ternary(&from.get(&format!("{name}.weight"))?.data, shape[1]);
        let mut set = |part: &str, data: Vec<f32>| {
            self.params.get_mut(&format!("{name}.{part}")).map(|tensor| tensor.data = data)
        };
        set("weight", split.high)?;
        set("weight_low", split.low)?;
        set("scale", split.scale)?;
        set("log_ratio", vec![split.log_ratio])
    }
}

/// The teacher's tensor where it has one of that shape, else the kind's start.
fn carried(teacher: &Params, name: &str, entry: &Entry) -> HostTensor {
    let known = teacher.tensors().get(name).filter(|tensor| tensor.shape == entry.shape);
    known.cloned().unwrap_or_else(|| entry.neutral())
}

/// `row W` for a square row-major matrix.
fn row_times_matrix(row: &[f32], matrix: &[f32]) -> Vec<f32> {
    let mut out = vec![0.0f64; row.len()];
    for (&factor, line) in row.iter().zip(matrix.chunks_exact(row.len())) {
        for (sum, &value) in out.iter_mut().zip(line) {
            *sum += f64::from(factor) * f64::from(value);
        }
    }
    out.into_iter().map(|sum| sum as f32).collect()
}

fn dot(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(&a, &b)| f64::from(a) * f64::from(b)).sum::<f64>() as f32
}
