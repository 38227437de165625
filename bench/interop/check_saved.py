"""Opens a folder written by Noctule with transformers, as the class that its config.json names, and prints logits,
one JSON line: [B][classes], or for masked words [B][T][vocab].
Run: echo '{"input_ids": [[2, 5, 3]]}' | python bench/interop/check_saved.py FOLDER
Optional keys beside input_ids ([B][T]): token_type_ids ([B][T]) and lengths ([B]); with "text"
(and optional "pair") instead, the folder's own tokenizer is used and its ids are printed too."""

import json
import sys

import torch
from transformers import AutoTokenizer, BertConfig, BertForMaskedLM, BertForSequenceClassification

CLASSES = {kind.__name__: kind for kind in (BertForSequenceClassification, BertForMaskedLM)}


def inputs(request, folder):
    if "text" in request:
        return dict(AutoTokenizer.from_pretrained(folder)(request["text"], request.get("pair"), return_tensors="pt"))
    ids = torch.tensor(request["input_ids"])
    lengths = torch.tensor(request.get("lengths", [ids.shape[1]] * ids.shape[0]))
    mask = (torch.arange(ids.shape[1])[None, :] < lengths[:, None]).long()
    types = torch.tensor(request.get("token_type_ids", torch.zeros_like(ids).tolist()))
    return {"input_ids": ids, "token_type_ids": types, "attention_mask": mask}


def main():
    (folder,) = sys.argv[1:]
    (name,) = BertConfig.from_pretrained(folder).architectures
    model, loading = CLASSES[name].from_pretrained(folder, output_loading_info=True)
    given = inputs(json.load(sys.stdin), folder)
    with torch.no_grad():
        logits = model.double().eval()(**given).logits
    report = {
        "logits": logits.tolist(),
        "input_ids": given["input_ids"].tolist(),
        "labels": [model.config.id2label[at] for at in range(model.config.num_labels)],
        "missing": sorted(loading["missing_keys"]),
        "unexpected": sorted(loading["unexpected_keys"]),
    }
    print(json.dumps(report))


if __name__ == "__main__":
    main()
