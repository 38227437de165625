//! The operations as our own multi-threaded CPU code with hand-written gradients.
//!
//! Work is split into blocks whose size depends on shapes alone, and partial sums are added in
//! the order of the blocks: results do not depend, to the last bit, on the number of threads.

mod activation;
mod attention;
mod embed;
mod heads;
mod lanes;
mod linear;
mod loss;
mod node;
mod norm;
mod parallel;
mod quantize;
mod score;
mod tile;
mod weigh;
mod weights;

pub use activation::{gelu, relu};
pub use attention::attention;
pub use embed::{gather_rows, scale_rows};
pub use linear::linear;
pub use loss::{cross_entropy, mse};
pub(super) use node::takes;
pub use norm::{add_norm, norm};
pub use quantize::quantize;
pub use score::score_loss;
