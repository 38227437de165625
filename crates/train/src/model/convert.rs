//! From a BERT checkpoint to a float network, and from one head to another.

use crate::hf::{BertConfig, Checkpoint, HiddenAct};

use super::shapes::shapes;
use super::{Activation, Arch, Head, Input, Masks, Model, ModelError, Precision};

impl Model {
    /// The float network of a checkpoint, for `classes` outputs.
    ///
    /// The checkpoint's own pooler and classifier are taken where it has them and `classes` agrees;
    /// else a fresh head is drawn from `seed`. A head for masked words is left behind.
    ///
    /// # Errors
    /// [`ModelError::Arch`] or [`ModelError::Params`] if the checkpoint makes no network.
    pub fn from_checkpoint(
        checkpoint: &Checkpoint,
        classes: usize,
        seed: u64,
    ) -> Result<Self, ModelError> {
        let config = &checkpoint.config;
        let same_head = checkpoint.has_classifier() && config.num_labels() == classes;
        let arch = arch_of(config, classes, checkpoint.has_pooler());
        let mut model = Self::fresh(arch, Precision::float(), seed)?;
        for (name, tensor) in &checkpoint.tensors {
            let head = name.starts_with("classifier.") && !same_head;
            if !head && !name.starts_with("cls.") {
                model.params.set(name.clone(), tensor.clone());
            }
        }
        if same_head {
            model.labels = config.given_labels().map_or(Vec::new(), <[String]>::to_vec);
        }
        model.check()?;
        Ok(model)
    }

    /// The same encoder under another head, drawn from `seed`; a pretrained network becomes a
    /// classifier so.
    ///
    /// # Errors
    /// [`ModelError::Arch`] if the network cannot have that head.
    pub fn with_head(&self, head: Head, seed: u64) -> Result<Self, ModelError> {
        let pooler = self.arch.pooler && matches!(head, Head::Pooled { .. });
        let arch = Arch { head, pooler, ..self.arch.clone() };
        let mut model = Self::fresh(arch, Precision::float(), seed)?;
        model.precision = self.precision.clone();
        model.extras = self.extras.clone();
        for (name, entry) in shapes(&model.arch, &model.precision) {
            let known = self.params.tensors().get(&name);
            let encoder = !name.starts_with("classifier.") && !name.starts_with("cls.");
            if let Some(tensor) = known.filter(|t| encoder && t.shape == entry.shape) {
                model.params.set(name, tensor.clone());
            }
        }
        Ok(model)
    }
}

fn arch_of(config: &BertConfig, classes: usize, pooler: bool) -> Arch {
    Arch {
        width: config.hidden_size,
        layers: config.num_hidden_layers,
        heads: config.num_attention_heads,
        ffn: config.intermediate_size,
        max_tokens: config.max_position_embeddings,
        input: Input::Text { vocab: config.vocab_size, segments: config.type_vocab_size },
        head: Head::Pooled { classes },
        activation: match config.hidden_act {
            HiddenAct::Gelu => Activation::Gelu,
            HiddenAct::GeluNew => Activation::GeluNew,
            HiddenAct::Relu => Activation::Relu,
        },
        norm_eps: config.layer_norm_eps,
        pooler,
        masks: Masks::default(),
        causal: false,
    }
}
