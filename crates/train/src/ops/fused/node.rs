//! The bridge to burn: tensors in and out, and gradients of our own in its graph.

use std::fmt;
use std::sync::Arc;

use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::NoCheckpointing;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, DispatchDevice, Flex, TensorMetadata};
use burn::tensor::{DType, Tensor, TensorData};
use burn_flex::FlexTensor;

/// Whether the fused form can take this tensor: single precision on burn's CPU device, and no
/// gradient checkpointing.
pub(in crate::ops) fn takes<const D: usize>(tensor: &Tensor<D>) -> bool {
    let device = tensor.device();
    let plain = device.gradient_checkpointing_strategy().is_none_or(|s| s == Default::default());
    let cpu = matches!(device.inner().as_dispatch(), DispatchDevice::Flex(_));
    cpu && plain && tensor.dtype() == DType::F32
}

/// A contiguous tensor on the host.
#[derive(Clone)]
pub(super) struct Host(FlexTensor);

impl Host {
    /// From values and a shape of as many elements.
    pub(super) fn new<const D: usize>(values: Vec<f32>, shape: [usize; D]) -> Self {
        Self(FlexTensor::from_data(TensorData::new(values, shape)))
    }

    /// The values, row-major.
    pub(super) fn values(&self) -> &[f32] {
        // contiguous by `From`, of this type by `takes`
        self.0.as_slice().expect("a contiguous tensor of single precision")
    }

    /// Rows and columns of a matrix.
    pub(super) fn dims(&self) -> [usize; 2] {
        let shape = self.0.shape();
        [shape[0], shape[1]]
    }

    /// The tensor itself.
    pub(super) fn tensor(&self) -> FlexTensor {
        self.0.clone()
    }
}

impl From<FlexTensor> for Host {
    fn from(tensor: FlexTensor) -> Self {
        Self(tensor.to_contiguous())
    }
}

/// An input of an operation: with a place in the gradient graph, or a constant.
pub(super) enum Input {
    /// Gradients may be asked for.
    Graph(FloatTensor<Autodiff<Flex>>),
    /// No gradient.
    Constant(FlexTensor),
}

impl Input {
    /// From a tensor that [`takes`] accepts.
    pub(super) fn new<const D: usize>(tensor: Tensor<D>) -> Self {
        match tensor.is_autodiff() {
            true => Self::Graph(primitive::<Autodiff<Flex>, D>(tensor)),
            false => Self::Constant(primitive::<Flex, D>(tensor)),
        }
    }

    /// In place of an optional input that is not there.
    pub(super) fn absent() -> Self {
        Self::Constant(Host::new(Vec::new(), [0]).tensor())
    }

    /// From an optional tensor.
    pub(super) fn optional<const D: usize>(tensor: Option<Tensor<D>>) -> Self {
        tensor.map_or_else(Self::absent, Self::new)
    }

    /// The values.
    pub(super) fn host(&self) -> Host {
        match self {
            Self::Graph(tensor) => tensor.primitive().clone().into(),
            Self::Constant(tensor) => tensor.clone().into(),
        }
    }

    fn into_graph(self) -> FloatTensor<Autodiff<Flex>> {
        match self {
            Self::Graph(tensor) => tensor,
            Self::Constant(tensor) => {
                <Autodiff<Flex> as burn::backend::AutodiffBackend>::from_inner(tensor)
            }
        }
    }
}

fn primitive<B: burn::backend::Backend, const D: usize>(
    tensor: Tensor<D>,
) -> burn::backend::tensor::FloatTensor<B>
where
    burn::backend::DispatchTensor: burn::backend::DispatchKindConversion<B>,
    burn::tensor::Float: burn::tensor::BackendPrimitive<B, Primitive = FloatTensor<B>>,
{
    // callers asked `takes` before
    tensor.try_into_primitive::<B>().expect("a tensor on the CPU device")
}

type BackwardFn<const N: usize> = dyn Fn(Host, [bool; N]) -> [Option<Host>; N] + Send + Sync;

#[derive(Clone)]
struct State<const N: usize>(Arc<BackwardFn<N>>);

impl<const N: usize> fmt::Debug for State<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("State")
    }
}

#[derive(Debug)]
struct Fused<const N: usize>;

impl<const N: usize> Backward<Flex, N> for Fused<N> {
    type State = State<N>;

    fn backward(self, ops: Ops<State<N>, N>, grads: &mut Gradients, _: &mut Checkpointer) {
        let gradient = Host::from(grads.consume::<Flex>(&ops.node));
        let needed = ops.parents.each_ref().map(Option::is_some);
        let results = (ops.state.0)(gradient, needed);
        for (parent, result) in ops.parents.into_iter().zip(results) {
            if let (Some(parent), Some(result)) = (parent, result) {
                grads.register::<Flex>(parent.id, result.0);
            }
        }
    }
}

/// The operation's result, with `backward` in the graph when an input asks for gradients.
///
/// `backward` gets the gradient of the result and which inputs need theirs.
pub(super) fn record<const N: usize, const D: usize>(
    inputs: [Input; N],
    output: Host,
    backward: impl Fn(Host, [bool; N]) -> [Option<Host>; N] + Send + Sync + 'static,
) -> Tensor<D> {
    if inputs.iter().all(|input| matches!(input, Input::Constant(_))) {
        return Tensor::from_primitive::<Flex>(output.0);
    }
    let nodes = inputs.map(|input| input.into_graph().node());
    let prepared = Fused::<N>.prepare::<NoCheckpointing>(nodes).compute_bound().stateful();
    Tensor::from_primitive::<Autodiff<Flex>>(match prepared {
        OpsKind::Tracked(prepared) => prepared.finish(State(Arc::new(backward)), output.0),
        OpsKind::UnTracked(prepared) => prepared.finish(output.0),
    })
}
