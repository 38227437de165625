//! A trained network, before it is frozen, asked as a program is.

use std::{cell::RefCell, path::Path};

use burn::tensor::Device;
use noctule_tasks::{
    data::Dataset,
    ecc::{ChannelWord, Code, DecoderView, WordDecoder},
};
use noctule_train::{
    model::{Leaves, Model, Rows, Unobserved, forward},
    trainer::tasks::{ecc, text},
};

use crate::error::Error;

/// Sequences that the network answers at once.
const TOGETHER: usize = 64;

/// A trained network, ready to answer.
pub struct Network {
    model: Model,
    leaves: Leaves,
}

impl Network {
    /// Makes the `model` of `folder` ready.
    ///
    /// # Errors
    /// [`Error::Input`] if its parameters do not suit it.
    pub fn new(folder: &Path, model: Model) -> Result<Self, Error> {
        let leaves = model.seen().and_then(|seen| Leaves::fixed(&seen, &Device::default()));
        let leaves = leaves.map_err(|e| Error::input(folder, e))?;
        Ok(Self { model, leaves })
    }

    /// Logits of a batch, row-major.
    fn logits(&self, rows: &Rows) -> Result<Vec<f32>, Error> {
        let Model { arch, precision, .. } = &self.model;
        let answer = forward(&self.leaves, arch, precision, rows, &mut Unobserved)
            .map_err(|e| Error::Input(e.to_string()))?;
        answer.logits.into_data().try_to_vec().map_err(|e| Error::Input(e.to_string()))
    }

    /// Logits of each example of `dataset`.
    ///
    /// # Errors
    /// [`Error::Input`] for examples that do not suit the network.
    pub fn texts(&self, dataset: &Dataset) -> Result<Vec<Vec<f64>>, Error> {
        let mut all = Vec::with_capacity(dataset.examples.len());
        let indices: Vec<usize> = (0..dataset.examples.len()).collect();
        for chosen in indices.chunks(TOGETHER) {
            let rows = text::rows(dataset, chosen).map_err(|e| Error::Input(e.to_string()))?;
            let logits = self.logits(&rows)?;
            let each = logits.len() / chosen.len();
            all.extend(
                logits.chunks(each).map(|l| l.iter().map(|&v| f64::from(v)).collect::<Vec<_>>()),
            );
        }
        Ok(all)
    }

    /// The network as a decoder of `code`.
    pub fn decoder(self, code: Code) -> NetworkDecoder {
        NetworkDecoder { network: self, code, failure: RefCell::new(None) }
    }
}

/// A trained network that decodes received words.
pub struct NetworkDecoder {
    network: Network,
    code: Code,
    failure: RefCell<Option<Error>>,
}

impl NetworkDecoder {
    /// The first thing that went wrong while decoding.
    pub fn failure(&self) -> Option<Error> {
        self.failure.take()
    }

    fn decode_some(&self, words: &[ChannelWord]) -> Result<Vec<Vec<u8>>, Error> {
        let views: Vec<_> = words.iter().map(|word| DecoderView::new(&self.code, word)).collect();
        let rows = ecc::rows(&self.code, &views).map_err(|e| Error::Input(e.to_string()))?;
        let logits = self.network.logits(&rows)?;
        let each = words.iter().zip(logits.chunks(self.code.n()));
        Ok(each.map(|(word, logits)| ecc::decoded(word, logits)).collect())
    }
}

impl WordDecoder for NetworkDecoder {
    fn decode(&self, words: &[ChannelWord]) -> Vec<Vec<u8>> {
        let decoded: Result<Vec<_>, _> =
            words.chunks(TOGETHER).map(|words| self.decode_some(words)).collect();
        match decoded {
            Ok(decoded) => decoded.concat(),
            Err(error) => {
                *self.failure.borrow_mut() = Some(error);
                Vec::new() // the measurement refuses it, and `failure` says why
            }
        }
    }
}
