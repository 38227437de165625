"""Makes crates/train/tests/fixtures/tiny-bert: a small random BertForSequenceClassification, what
transformers computes with it, and what its tokenizer gives. Run: python bench/interop/make_fixture.py"""

import json
from pathlib import Path

import torch
from transformers import BertConfig, BertForSequenceClassification, BertTokenizer
from transformers.models.bert.tokenization_bert_legacy import BertTokenizerLegacy

FOLDER = Path(__file__).resolve().parents[2] / "crates/train/tests/fixtures/tiny-bert"

SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
WORDS = (
    "the movie was not good bad cafe resume naive film a i it s don t and of , . ! ? ' \" - ( ) "
    "uni un ##aff ##able ##s ##ing ##ed ##ly great act ##or ##ress play 2 ##0 ##2 ##6 1 ##9 $ % & / "
    "中 文 字 日 本 ß ##ß ο δ ##δ ##ο ##ς ##σ ı ½ ﬁ 😀 한 ##국"
).split()
# Every letter alone and inside a word, so that most words are spelt instead of unknown.
LETTERS = [prefix + letter for prefix in ("", "##") for letter in "abcdefghijklmnopqrstuvwxyz"]

TEXTS = [
    "The movie was not good.",
    "  the\tmovie\nwas   GREAT!!  ",
    "Café résumé naïve",
    "cafe\u0301 re\u0301sume\u0301",
    "中文字and日本",
    "日本映画",
    "don't (play) \"it's\" - 2026/1999 & $2 %",
    "unaffable unaffordable playing played actress actors",
    "x" * 100,
    "x" * 101,
    "the " + "xyz" * 60 + " film",
    "Straße İstanbul ı οδο",
    "zero\u200bwidth and\u00a0no-break \u2028 line\u0000nul\ufffd soft\u00adhyphen",
    "😀 good 👍🏽!",
    "a [MASK] film [SEP] [PAD]",
    "[mask] [UNKNOWN]",
    "",
    "   ",
    "...,,,",
    "e\u0301\u0302\u0303x ﬁlm Ǆ ½",
    "한국어 ひらがな カタカナ",
]
# Python lowers a final capital sigma to another letter than the tokenizer that transformers uses
# today, which is the one to follow; its older witness is not asked about this text.
UNWITNESSED = ["ΟΔΟΣ"]
PAIRS = [
    ("the movie was good", "the film was bad .", None),
    ("", "good", None),
    ("a a a a a a a a", "b", 8),
    ("a", "it it it it it it it it", 8),
    ("a a a a a a a a", "it it it it it it it it", 12),
    ("a a a a a a a a", "it it it it it it it it it", 12),
    ("a a a a a a a a a", "it it it it it it it it", 12),
    ("a a a a a a a a a", "it it it it", 12),
    ("a a a a a a a a a", None, 6),
    ("a a a a", None, 6),
]


def randomise(model):
    """Every parameter random, layer norms too, and large enough that a mistake shows."""
    generator = torch.Generator().manual_seed(20260701)
    with torch.no_grad():
        for name, value in model.named_parameters():
            noise = torch.randn(value.shape, generator=generator)
            centre = 1.0 if name.endswith("LayerNorm.weight") else 0.0
            value.copy_(centre + 0.25 * noise)


def case(model, rows, segments):
    """Rows padded with 0 to one length; logits in double precision."""
    tokens = max(map(len, rows))
    pad = lambda row: row + [0] * (tokens - len(row))
    ids, types = [pad(row) for row in rows], [pad(row) for row in segments]
    mask = [pad([1] * len(row)) for row in rows]
    with torch.no_grad():
        out = model(
            input_ids=torch.tensor(ids),
            token_type_ids=torch.tensor(types),
            attention_mask=torch.tensor(mask),
            output_hidden_states=True,
        )
        pooled = model.bert.pooler(out.hidden_states[-1])
    record = {
        "input_ids": ids,
        "token_type_ids": types,
        "lengths": [len(row) for row in rows],
        "logits": rounded(out.logits),
    }
    return record, [rounded(state) for state in out.hidden_states], rounded(pooled)


def rounded(tensor):
    return json.loads(json.dumps(tensor.tolist()), parse_float=lambda text: round(float(text), 8))


def expected(model):
    model = model.double().eval()
    single, states, pooled = case(model, [[2, 5, 6, 7, 8, 9, 24, 3]], [[0] * 8])
    single |= {"hidden_states": states, "pooled": pooled}
    pair, _, _ = case(model, [[2, 5, 6, 3, 11, 12, 3]], [[0] * 4 + [1] * 3])
    rows = [[2, 5, 3], [2] + list(range(10, 40)) + [3], [2, 40, 41, 3, 50, 51, 52, 3]]
    segments = [[0] * 3, [0] * 32, [0] * 4 + [1] * 4]
    padded, _, _ = case(model, rows, segments)
    return {"single": single, "pair": pair, "padded": padded}


def tokenizer_cases(tokenizer, witness):
    """The witness is transformers' older tokenizer in plain Python: a second opinion, since the
    first is built on the same library as ours. A text they disagree about would be no fixture."""
    cases = []
    for text, pair, limit in [(text, None, None) for text in TEXTS + UNWITNESSED] + PAIRS:
        out = tokenizer(text, pair, truncation=limit is not None, max_length=limit)
        if limit is None and text not in UNWITNESSED:
            second = witness(text, pair)["input_ids"]
            assert out["input_ids"] == second, (text, out["input_ids"], second)
        cases.append(
            {
                "text": text,
                "pair": pair,
                "max_tokens": limit,
                "input_ids": out["input_ids"],
                "token_type_ids": out["token_type_ids"],
            }
        )
    return cases


def main():
    FOLDER.mkdir(parents=True, exist_ok=True)
    vocabulary = list(dict.fromkeys(SPECIAL + WORDS + LETTERS))
    (FOLDER / "vocab.txt").write_text("\n".join(vocabulary) + "\n", encoding="utf-8")
    config = BertConfig(
        vocab_size=len(vocabulary),
        hidden_size=24,
        num_hidden_layers=2,
        num_attention_heads=3,
        intermediate_size=40,
        max_position_embeddings=32,
        id2label={0: "negative", 1: "neutral", 2: "positive"},
        label2id={"negative": 0, "neutral": 1, "positive": 2},
    )
    torch.manual_seed(0)
    model = BertForSequenceClassification(config)
    randomise(model)
    model.save_pretrained(FOLDER)
    (FOLDER / "model.safetensors").chmod(0o644)
    tokenizer = BertTokenizer.from_pretrained(FOLDER)
    write("expected.json", expected(model))
    write("tokenizer_cases.json", tokenizer_cases(tokenizer, BertTokenizerLegacy(FOLDER / "vocab.txt")))


def write(name, value):
    text = json.dumps(value, ensure_ascii=True, separators=(",", ":"))
    (FOLDER / name).write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
