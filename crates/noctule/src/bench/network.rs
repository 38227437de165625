//! Programs of known shapes with made-up weights.

use noctule_program::{
    Program,
    generate::{self, Bits, Shape},
    parts::{Parts, Source, Table},
};
use serde::{Deserialize, Serialize};

use super::suite::Suite;
use crate::error::Error;

/// The outside of a text encoder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Network {
    /// Its name.
    pub name: String,
    /// Encoder layers.
    pub layers: usize,
    /// Channels of the residual stream.
    pub width: usize,
    /// Heads, which share the width.
    pub heads: usize,
    /// Hidden channels of the feed-forward half.
    pub ffn: usize,
    /// Word pieces.
    pub vocabulary: usize,
}

/// Tokens of the sample that the layer is made to suit.
const SAMPLE_TOKENS: usize = 4;

impl Network {
    /// The network of that name among those that the suite defines.
    ///
    /// # Errors
    /// [`Error::Usage`] names those that there are.
    pub fn named(name: &str) -> Result<Self, Error> {
        let networks = Suite::built_in()?.networks;
        let names = networks.iter().map(|n| n.name.clone()).collect::<Vec<_>>().join(", ");
        networks
            .into_iter()
            .find(|network| network.name == name)
            .ok_or_else(|| Error::Usage(format!("--shape {name}: there are {names}")))
    }

    /// A program of this shape with binary weights and `bits` bits at every site, for inputs of up to
    /// `tokens` tokens. One layer is made and repeated, which takes seconds, not minutes.
    ///
    /// # Errors
    /// [`Error::Usage`] where no program can have the shape.
    pub fn program(&self, tokens: usize, bits: u8) -> Result<Program, Error> {
        self.check(tokens, bits)?;
        let mut parts = generate::sized(&self.shape(bits), 1).into_parts();
        parts.max_tokens = tokens;
        parts.layers = vec![parts.layers[0].clone(); self.layers];
        stretch_positions(&mut parts, tokens);
        Program::new(parts).map_err(|e| Error::Usage(format!("network {}: {e}", self.name)))
    }

    /// One layer of it.
    fn shape(&self, bits: u8) -> Shape {
        let mut shape = Shape::bert_base(bits, None);
        shape.layers.truncate(1);
        for layer in &mut shape.layers {
            layer.heads = self.heads;
            layer.head_width = self.width / self.heads;
            layer.ffn = self.ffn;
            layer.bits = Bits::all(bits);
        }
        let source = generate::SourceShape::Text { vocabulary: self.vocabulary, segments: 2 };
        Shape { width: self.width, tokens: SAMPLE_TOKENS, source, ..shape }
    }

    fn check(&self, tokens: usize, bits: u8) -> Result<(), Error> {
        let refuse = |what: String| Err(Error::Usage(format!("network {}: {what}", self.name)));
        if ![1, 2, 4, 8].contains(&bits) {
            return refuse(format!("{bits} bits of activations: give 1, 2, 4 or 8"));
        }
        if !(1..=4096).contains(&tokens) {
            return refuse(format!("{tokens} tokens: give 1 to 4096"));
        }
        let sizes = [
            ("layers", self.layers, 256),
            ("width", self.width, 8192),
            ("heads", self.heads, 256),
            ("ffn", self.ffn, 65536),
            ("vocabulary", self.vocabulary, 1 << 20),
        ];
        match sizes.into_iter().find(|&(_, size, most)| !(1..=most).contains(&size)) {
            Some((name, size, most)) => refuse(format!("{name} is {size}: give 1 to {most}")),
            None if !self.width.is_multiple_of(self.heads) => {
                refuse(format!("width {} is no multiple of heads {}", self.width, self.heads))
            }
            None => Ok(()),
        }
    }
}

/// Repeats the rows of the position table until there are enough.
fn stretch_positions(parts: &mut Parts, tokens: usize) {
    if let Source::Text { position, .. } = &mut parts.embed.source {
        let Table { codes, mul, cols, .. } = &*position;
        let codes = codes.iter().copied().cycle().take(tokens * cols).collect();
        let mul = mul.iter().copied().cycle().take(tokens).collect();
        *position = Table { rows: tokens, codes, mul, ..*position };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn small() -> Network {
        Network { name: "n".into(), layers: 3, width: 40, heads: 2, ffn: 70, vocabulary: 9 }
    }

    #[test]
    fn a_program_has_the_shape_asked_for() {
        for (tokens, bits) in [(1, 1), (7, 4), (33, 8)] {
            let shape = small().program(tokens, bits).unwrap().shape();
            assert_eq!((shape.tokens, shape.width, shape.layers.len()), (tokens, 40, 3));
            let layer = &shape.layers[2];
            assert_eq!((layer.heads, layer.head_width, layer.ffn), (2, 20, 70));
            assert_eq!(layer.bits, Bits::all(bits));
        }
    }

    #[test]
    fn shapes_that_make_no_sense_are_refused() {
        let refused = |network: Network, tokens, bits, part: &str| {
            let error = network.program(tokens, bits).unwrap_err().to_string();
            assert!(error.contains(part), "{error}");
        };
        refused(small(), 0, 1, "0 tokens");
        refused(small(), 8, 3, "3 bits");
        refused(Network { heads: 3, ..small() }, 8, 1, "no multiple of heads 3");
        refused(Network { width: 0, ..small() }, 8, 1, "width is 0");
    }

    #[test]
    fn unknown_names_are_answered_with_the_known_ones() {
        assert_eq!(Network::named("bert-base").unwrap().layers, 12);
        let error = Network::named("bert-huge").unwrap_err().to_string();
        assert!(error.contains("bert-base, minilm-l6"), "{error}");
    }
}
