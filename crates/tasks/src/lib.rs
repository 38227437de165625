//! What networks are for, as seen by everyone who asks or teaches one.
//!
//! Text: [`data`] reads tables and tokenizes. Channel words: [`ecc`] has the codes, the channel and
//! the classical decoders. A program carries its task in a [`card`].

pub mod card;
pub mod data;
pub mod ecc;
