//! What a program says of its task: the `extras` that executors ignore and the door reads.

use std::{collections::BTreeMap, string::String};

use serde::{Deserialize, Serialize};

const CARD: &str = "card.json";
const TOKENIZER: &str = "tokenizer.json";
const PARITY: &str = "parity.alist";

/// The task of a program, with all that is needed to ask it a question in the user's terms.
#[derive(Debug, Clone, PartialEq)]
pub struct Card {
    /// What the program answers.
    pub task: Task,
    /// Where it comes from: one line a step, for people.
    pub provenance: Vec<String>,
}

/// What a program answers.
#[derive(Debug, Clone, PartialEq)]
pub enum Task {
    /// A label for a text or a pair of texts.
    Classify {
        /// One a logit.
        labels: Vec<String>,
        /// The tokenizer, as `tokenizer.json`.
        tokenizer: Vec<u8>,
    },
    /// A number for a text or a pair of texts.
    Regress {
        /// The tokenizer, as `tokenizer.json`.
        tokenizer: Vec<u8>,
    },
    /// The noise bits of a received channel word.
    Decode {
        /// Name of the code.
        code: String,
        /// Its parity-check matrix in `.alist` form.
        parity: String,
    },
}

/// A card that cannot be read.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum CardError {
    /// No card at all: the program can be verified and timed, but not asked.
    #[error(
        "the program has no `{CARD}`: its task is unknown, so it takes no text and no channel word; lower it again with this tool"
    )]
    Missing,
    /// The card needs another part.
    #[error("the program's card needs `{0}`, which is missing; lower it again with this tool")]
    MissingPart(&'static str),
    /// Not what this tool writes.
    #[error("the program's `{0}` cannot be read ({1}); lower it again with this tool")]
    Malformed(&'static str, String),
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    task: Kind,
    #[serde(default)]
    provenance: Vec<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Kind {
    Classify { labels: Vec<String> },
    Regress,
    Decode { code: String },
}

impl Card {
    /// The `extras` of a program with this card.
    pub fn to_extras(&self) -> BTreeMap<String, Vec<u8>> {
        let (task, part) = match &self.task {
            Task::Classify { labels, tokenizer } => {
                (Kind::Classify { labels: labels.clone() }, (TOKENIZER, tokenizer.clone()))
            }
            Task::Regress { tokenizer } => (Kind::Regress, (TOKENIZER, tokenizer.clone())),
            Task::Decode { code, parity } => {
                (Kind::Decode { code: code.clone() }, (PARITY, parity.clone().into_bytes()))
            }
        };
        let stored = Stored { task, provenance: self.provenance.clone() };
        let card = serde_json::to_vec(&stored).unwrap_or_default(); // strings always serialize
        BTreeMap::from([(CARD.to_owned(), card), (part.0.to_owned(), part.1)])
    }

    /// Reads the card of a program's `extras`.
    ///
    /// # Errors
    /// [`CardError`] says which part is missing or malformed.
    pub fn from_extras(extras: &BTreeMap<String, Vec<u8>>) -> Result<Self, CardError> {
        let bytes = extras.get(CARD).ok_or(CardError::Missing)?;
        let stored: Stored =
            serde_json::from_slice(bytes).map_err(|e| CardError::Malformed(CARD, e.to_string()))?;
        let task = match stored.task {
            Kind::Classify { labels } => {
                Task::Classify { labels, tokenizer: part(extras, TOKENIZER)? }
            }
            Kind::Regress => Task::Regress { tokenizer: part(extras, TOKENIZER)? },
            Kind::Decode { code } => Task::Decode { code, parity: text(part(extras, PARITY)?)? },
        };
        Ok(Self { task, provenance: stored.provenance })
    }
}

fn part(extras: &BTreeMap<String, Vec<u8>>, name: &'static str) -> Result<Vec<u8>, CardError> {
    extras.get(name).cloned().ok_or(CardError::MissingPart(name))
}

fn text(bytes: Vec<u8>) -> Result<String, CardError> {
    String::from_utf8(bytes).map_err(|e| CardError::Malformed(PARITY, e.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cards() -> Vec<Card> {
        let provenance = vec!["teacher".to_owned()];
        let tokenizer = b"{}".to_vec();
        [
            Task::Classify {
                labels: vec!["no".into(), "yes".into()],
                tokenizer: tokenizer.clone(),
            },
            Task::Regress { tokenizer },
            Task::Decode { code: "ldpc-49-24".into(), parity: "1 1\n".into() },
        ]
        .map(|task| Card { task, provenance: provenance.clone() })
        .to_vec()
    }

    #[test]
    fn cards_survive_the_extras() {
        for card in cards() {
            assert_eq!(Card::from_extras(&card.to_extras()), Ok(card));
        }
    }

    #[test]
    fn each_missing_part_is_named() {
        for card in cards() {
            let full = card.to_extras();
            for key in full.keys() {
                let mut extras = full.clone();
                extras.remove(key);
                let error = Card::from_extras(&extras).expect_err(key).to_string();
                assert!(error.contains(key.as_str()), "{error}");
            }
        }
    }

    #[test]
    fn a_malformed_card_is_refused() {
        let extras = BTreeMap::from([("card.json".to_owned(), b"{\"task\":1}".to_vec())]);
        assert!(matches!(Card::from_extras(&extras), Err(CardError::Malformed(..))));
    }
}
