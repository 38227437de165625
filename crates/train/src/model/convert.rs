//! From a BERT checkpoint to a float network and back.

use crate::hf::{BertConfig, Checkpoint, HiddenAct, ProblemType};

use super::shapes::shapes;
use super::{Activation, Arch, Head, Input, Masks, Model, ModelError, Precision};

impl Model {
    /// The float network of a checkpoint, for `classes` outputs.
    ///
    /// The checkpoint's own pooler and classifier are taken where it has them and `classes` agrees;
    /// else a fresh head is drawn from `seed`.
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
            if same_head || !name.starts_with("classifier.") {
                model.params.set(name.clone(), tensor.clone());
            }
        }
        if same_head {
            model.labels = config.given_labels().map_or(Vec::new(), <[String]>::to_vec);
        }
        model.check()?;
        Ok(model)
    }

    /// The checkpoint of a float text classifier, which `transformers` opens.
    ///
    /// The library's classifier always reads a tanh pooler, so a network without one has no place
    /// there.
    ///
    /// # Errors
    /// [`ModelError::Convert`] if the network is quantized, has no pooler, or reads no text.
    pub fn to_checkpoint(&self) -> Result<Checkpoint, ModelError> {
        let config = self.config()?;
        Ok(Checkpoint { config, tensors: self.params.tensors().clone(), ignored: Vec::new() })
    }

    fn config(&self) -> Result<BertConfig, ModelError> {
        let refuse = |sentence: &str| Err(ModelError::Convert(sentence.to_owned()));
        let Input::Text { vocab, segments } = self.arch.input else {
            return refuse("only a network that reads text can be a BERT checkpoint");
        };
        let Head::Pooled { classes } = self.arch.head else {
            return refuse("only a pooled head can be a BERT checkpoint");
        };
        if self.precision != Precision::float() {
            return refuse("a quantized network cannot be a BERT checkpoint; save it as a model");
        }
        if !self.arch.pooler || self.arch.causal || !self.arch.masks.per_head.is_empty() {
            return refuse("a BERT checkpoint needs the tanh pooler and no masks");
        }
        Ok(self.bert_config(vocab, segments, classes))
    }

    fn bert_config(&self, vocab: usize, segments: usize, classes: usize) -> BertConfig {
        let labels = match self.labels.len() == classes {
            true => self.labels.clone(),
            false => (0..classes).map(|class| format!("LABEL_{class}")).collect(),
        };
        BertConfig {
            vocab_size: vocab,
            hidden_size: self.arch.width,
            num_hidden_layers: self.arch.layers,
            num_attention_heads: self.arch.heads,
            intermediate_size: self.arch.ffn,
            hidden_act: match self.arch.activation {
                Activation::Gelu => HiddenAct::Gelu,
                Activation::GeluNew => HiddenAct::GeluNew,
                Activation::Relu => HiddenAct::Relu,
            },
            max_position_embeddings: self.arch.max_tokens,
            type_vocab_size: segments,
            layer_norm_eps: self.arch.norm_eps,
            labels,
            problem_type: (classes == 1).then_some(ProblemType::Regression),
        }
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
