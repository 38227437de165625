//! Folding: from scales, shifts and biases to the integers of a program.
//!
//! Every function here is pure and works in double precision. What each one keeps exactly and what
//! it rounds is said in `docs/lowering.md`; the tests compare each with the float definition.

mod affine;
mod head;
mod norm;
mod point;
mod rescale;
mod softmax;
mod table;

pub use affine::{Affine, threshold};
pub use head::{FoldedHead, fold_head};
pub use norm::fold_norm;
pub use point::{LAST_POINT, RESIDUAL_MAX, finest_point};
pub use rescale::{RESIDUAL_TARGET, fold_rescale, rescale_error};
pub use softmax::{EXPONENT_ONE, Exponents, ScoreGrid, fold_exponents, fold_tau};
pub use table::fold_table;
