//! How many bytes a layer holds, parsed or prepared: both have fields of the same names.

use noctule_program::parts;

use super::{Attention, FeedForward, Layer, Linear, Projection};
use crate::memory::{Heap, array};

macro_rules! heaps {
    ($layer:ty, $attention:ty, $ffn:ty, $linear:ty, $projection:ty) => {
        impl Heap for $layer {
            fn heap(&self) -> usize {
                self.attention.heap() + self.ffn.heap()
            }
        }

        impl Heap for $attention {
            fn heap(&self) -> usize {
                let linears = [&self.query, &self.key, &self.value].map(Heap::heap);
                let others =
                    [&self.input as &dyn Heap, &self.context, &self.form, &self.output, &self.norm];
                let others = others.map(Heap::heap);
                linears.into_iter().chain(others).sum::<usize>() + array(&self.masks)
            }
        }

        impl Heap for $ffn {
            fn heap(&self) -> usize {
                self.input.heap() + self.up.heap() + self.down.heap() + self.norm.heap()
            }
        }

        impl Heap for $linear {
            fn heap(&self) -> usize {
                self.weights.heap() + self.output.heap()
            }
        }

        impl Heap for $projection {
            fn heap(&self) -> usize {
                self.weights.heap() + self.rescale.heap()
            }
        }
    };
}

heaps!(Layer, Attention, FeedForward, Linear, Projection);
heaps!(parts::Layer, parts::Attention, parts::FeedForward, parts::Linear, parts::Projection);
