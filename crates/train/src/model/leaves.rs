//! Parameters on a device: the leaves of the computation graph.

use std::collections::BTreeMap;

use burn::tensor::{Device, Tensor, TensorData};

use super::{HostTensor, ModelError, Params};

/// A parameter on a device.
#[derive(Clone, Debug)]
pub(super) enum Leaf {
    /// One size.
    Vector(Tensor<1>),
    /// Two sizes.
    Matrix(Tensor<2>),
}

/// The parameters of a network on a device.
#[derive(Clone, Debug)]
pub struct Leaves {
    leaves: BTreeMap<String, Leaf>,
    device: Device,
}

impl Leaves {
    /// Parameters whose gradients a backward pass finds.
    ///
    /// # Errors
    /// [`ModelError::Params`] if a tensor has neither one nor two sizes.
    pub fn trainable(params: &Params, device: &Device) -> Result<Self, ModelError> {
        Self::place(params, &device.clone().autodiff(), true)
    }

    /// Parameters that stay as they are: a teacher, or a network that answers.
    ///
    /// # Errors
    /// [`ModelError::Params`] if a tensor has neither one nor two sizes.
    pub fn fixed(params: &Params, device: &Device) -> Result<Self, ModelError> {
        Self::place(params, &device.clone().inner(), false)
    }

    fn place(params: &Params, device: &Device, learns: bool) -> Result<Self, ModelError> {
        let placed = params.tensors().iter().map(|(name, tensor)| {
            Leaf::place(name, tensor, device, learns).map(|leaf| (name.clone(), leaf))
        });
        Ok(Self { leaves: placed.collect::<Result<_, _>>()?, device: device.clone() })
    }

    /// Where the parameters lie.
    #[must_use]
    pub fn device(&self) -> &Device {
        &self.device
    }

    pub(super) fn vector(&self, name: &str) -> Result<Tensor<1>, ModelError> {
        match self.leaves.get(name) {
            Some(Leaf::Vector(tensor)) => Ok(tensor.clone()),
            _ => Err(ModelError::Params(format!("the forward pass needs a vector {name}"))),
        }
    }

    pub(super) fn matrix(&self, name: &str) -> Result<Tensor<2>, ModelError> {
        match self.leaves.get(name) {
            Some(Leaf::Matrix(tensor)) => Ok(tensor.clone()),
            _ => Err(ModelError::Params(format!("the forward pass needs a matrix {name}"))),
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&String, &Leaf)> {
        self.leaves.iter()
    }
}

impl Leaf {
    fn place(
        name: &str,
        tensor: &HostTensor,
        device: &Device,
        learns: bool,
    ) -> Result<Self, ModelError> {
        let data = TensorData::new(tensor.data.clone(), tensor.shape.clone());
        match tensor.shape.len() {
            1 => Ok(Self::Vector(Tensor::from_data(data, device).set_require_grad(learns))),
            2 => Ok(Self::Matrix(Tensor::from_data(data, device).set_require_grad(learns))),
            _ => Err(ModelError::Params(format!("{name} has neither one nor two sizes"))),
        }
    }
}

/// A tensor in host memory.
pub(super) fn host<const D: usize>(tensor: Tensor<D>) -> HostTensor {
    HostTensor { shape: tensor.dims().to_vec(), data: tensor.into_data().iter::<f32>().collect() }
}
