//! Error-correcting codes: the built-in decoder task without its neural network.
//!
//! The way through: [`gf2`] is the algebra, [`code`] a checked linear block code, [`catalog`] the
//! codes known by name (built in code by [`build_array`], [`build_bch`], [`build_polar`]),
//! [`parse`] and [`alist`] read and write parity-check matrices. [`channel`] sends words through
//! noise, [`view`] is what a Transformer decoder sees of a received word, [`tanner`] holds its
//! attention masks. [`bp`] is the classical baseline and [`ber`] measures any decoder, with the
//! intervals of [`interval`].

pub mod alist;
pub mod ber;
pub mod bp;
pub mod build_array;
pub mod build_bch;
pub mod build_polar;
pub mod catalog;
pub mod channel;
pub mod code;
pub mod gf2;
pub mod interval;
pub mod parse;
pub mod tanner;
pub mod view;

pub use ber::{Budget, Point, Uncoded, WordDecoder, measure};
pub use bp::Bp;
pub use channel::{Awgn, ChannelWord};
pub use code::{Code, CodeError};
pub use gf2::BitMatrix;
pub use tanner::{AttentionMask, RingMasks, ecct_mask, ring_masks};
pub use view::DecoderView;
