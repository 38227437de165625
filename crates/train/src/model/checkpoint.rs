//! From a float network to a BERT checkpoint that `transformers` opens and answers alike.

use std::collections::BTreeMap;

use crate::hf::{Architecture, BertConfig, Checkpoint, HiddenAct, ProblemType};

use super::{Activation, Head, HostTensor, Input, Model, ModelError, Precision};

impl Model {
    /// The checkpoint of a float text network, which `transformers` opens: a classifier or regression as a
    /// `BertForSequenceClassification`, a head for masked words as a `BertForMaskedLM`.
    ///
    /// The library's classifier always reads a tanh pooler. A network without one gets one that changes
    /// nothing: weights `2^-k` on the diagonal, and a classifier `2^k` times its own. What the last norm gives is
    /// at most `b = max(abs(gamma) sqrt(D) + abs(beta))`; `k` is the least with `(b 2^-k)^2 / 3 <= 2^-25`, where
    /// `tanh(x)` and `x` are the same `f32` up to the last bit. Half precision is too coarse for such a pooler.
    ///
    /// # Errors
    /// [`ModelError::Convert`] if the network is quantized, masked, reads no text or answers token by token;
    /// those of [`Self::check`].
    pub fn to_checkpoint(&self) -> Result<Checkpoint, ModelError> {
        self.check()?;
        let config = self.config()?;
        let mut tensors: BTreeMap<String, HostTensor> = BTreeMap::new();
        for (name, tensor) in self.params.tensors() {
            tensors.insert(checkpoint_name(name), tensor.clone());
        }
        if matches!(self.arch.head, Head::Pooled { .. }) && !self.arch.pooler {
            self.add_pooler(&mut tensors)?;
        }
        Ok(Checkpoint { config, tensors, ignored: Vec::new() })
    }

    fn add_pooler(&self, tensors: &mut BTreeMap<String, HostTensor>) -> Result<(), ModelError> {
        let (width, unit) = (self.arch.width, 2f32.powi(-self.pooler_shift()?));
        let mut diagonal = vec![0.0; width * width];
        diagonal.iter_mut().step_by(width + 1).for_each(|value| *value = unit);
        let weight = HostTensor { shape: vec![width, width], data: diagonal };
        tensors.insert("pooler.dense.weight".into(), weight);
        let bias = HostTensor { shape: vec![width], data: vec![0.0; width] };
        tensors.insert("pooler.dense.bias".into(), bias);
        let mut classifier = self.params.get("classifier.weight")?.clone();
        classifier.data.iter_mut().for_each(|value| *value /= unit);
        tensors.insert("classifier.weight".into(), classifier);
        Ok(())
    }

    /// `k` of [`Self::to_checkpoint`].
    fn pooler_shift(&self) -> Result<i32, ModelError> {
        let norm = format!("encoder.layer.{}.output.LayerNorm", self.arch.layers - 1);
        let gain = &self.params.get(&format!("{norm}.weight"))?.data;
        let bias = &self.params.get(&format!("{norm}.bias"))?.data;
        let root = (self.arch.width as f64).sqrt();
        let reach =
            |(&gain, &bias): (&f32, &f32)| f64::from(gain.abs()) * root + f64::from(bias.abs());
        let bound = gain.iter().zip(bias).map(reach).fold(0.0, f64::max);
        let linear = (3.0 * 2f64.powi(-25)).sqrt();
        Ok((bound / linear).log2().ceil().max(0.0) as i32)
    }

    fn config(&self) -> Result<BertConfig, ModelError> {
        let refuse = |sentence: &str| Err(ModelError::Convert(sentence.to_owned()));
        let Input::Text { vocab, segments } = self.arch.input else {
            return refuse("only a network that reads text can be a BERT checkpoint");
        };
        if self.precision != Precision::float() {
            return refuse("a quantized network cannot be a BERT checkpoint; name a float stage");
        }
        if self.arch.causal || !self.arch.masks.per_head.is_empty() {
            return refuse(
                "a BERT checkpoint has no attention masks but padding; this network has",
            );
        }
        match self.arch.head {
            Head::Pooled { classes } => Ok(self.classifier_config(vocab, segments, classes)),
            Head::MaskedWords => Ok(BertConfig {
                architecture: Architecture::MaskedWords,
                ..self.bert_config(vocab, segments, 2)
            }),
            Head::PerToken { .. } => {
                refuse("a head with one logit a token has no place in a BERT checkpoint")
            }
        }
    }

    fn classifier_config(&self, vocab: usize, segments: usize, classes: usize) -> BertConfig {
        let mut config = self.bert_config(vocab, segments, classes);
        if self.labels.len() == classes {
            config.labels = self.labels.clone();
        }
        config.problem_type = (classes == 1).then_some(ProblemType::Regression);
        config
    }

    /// With placeholders for the names of classes, as the library has them.
    fn bert_config(&self, vocab: usize, segments: usize, classes: usize) -> BertConfig {
        BertConfig {
            architecture: Architecture::SequenceClassification,
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
            labels: (0..classes).map(|class| format!("LABEL_{class}")).collect(),
            problem_type: None,
        }
    }
}

/// Our name of a parameter as a canonical name of a checkpoint; only the head for masked words differs.
fn checkpoint_name(name: &str) -> String {
    name.strip_prefix("cls.")
        .map_or_else(|| name.to_owned(), |rest| format!("cls.predictions.{rest}"))
}
