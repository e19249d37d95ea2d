"""Writes core/src/test/resources/org/unipelt/task/token-classification.json, the fixture of TokenClassificationTest:

- logits of transformers' classes for token classification, on models of checkpoints/ with random heads, and the loss of the
  BERT with its gradients;
- the token of every character of some texts, by the tokenizers of several families;
- precision, recall and F1 of tag sequences by the definition of CoNLL's evaluation program (conlleval), which is also that of
  seqeval's default mode: tags that break their scheme are read as that program reads them.

Usage: python tools/token_fixture.py     (needs torch, transformers, sentencepiece)
"""
import json
import pathlib
import random
import shutil
import tempfile

import torch
from transformers import AutoTokenizer, BertForTokenClassification, DebertaV2ForTokenClassification
from transformers import PreTrainedTokenizerFast, RobertaForTokenClassification, T5ForTokenClassification

RESOURCES = pathlib.Path(__file__).resolve().parent.parent / "core/src/test/resources/org/unipelt"
TAGS = 5
MODELS = {"bert-classifier": BertForTokenClassification, "roberta-classifier": RobertaForTokenClassification,
          "deberta-v3-classifier": DebertaV2ForTokenClassification, "t5-classifier": T5ForTokenClassification}
TEXTS = ["\U0001F600 Anna O'Brien paid 5kg of Cafe\u0301 Crème (Zürich).", "我住在北京。 Tōkyō", "  to   San\u00a0Marino…",
         "the parcel never came, thanks!", "x\U0001F469\u200d\U0001F680y ﬁne 12/06/2024"]
TOKENIZERS = {
    "wordpieces": ("mpnet", "MPNetTokenizer", {"sentencepiece/mpnet.txt": "vocab.txt"}),
    "bytes": ("roberta", "RobertaTokenizer", {"byte-pair/vocab.json": "vocab.json", "byte-pair/merges.txt": "merges.txt"}),
    "xlm-roberta": ("xlm-roberta", "XLMRobertaTokenizer", {"sentencepiece/messages.model": "sentencepiece.bpe.model"}),
    "albert": ("albert", "AlbertTokenizer", {"sentencepiece/albert.model": "spiece.model"}),
    "deberta-v2": ("deberta-v2", "DebertaV2Tokenizer", {"sentencepiece/deberta.model": "spm.model"}),
    "t5": ("t5", "T5Tokenizer", {"sentencepiece/t5.model": "spiece.model"}),
}


def logits():
    texts = [first for first, _ in json.loads((RESOURCES / "checkpoints/texts.json").read_text())]
    found = {}
    for name, kind in MODELS.items():
        folder = RESOURCES / "checkpoints" / name
        model = kind.from_pretrained(folder, num_labels=TAGS, ignore_mismatched_sizes=True)
        torch.manual_seed(3)
        hidden = model.classifier.in_features
        weight, bias = torch.randn(TAGS, hidden), torch.randn(TAGS)
        with torch.no_grad():
            model.classifier.weight.copy_(weight)
            model.classifier.bias.copy_(bias)
        model = model.double().eval()
        pad = "<pad>" if name[0] in "rt" else "[PAD]"
        tokenizer = PreTrainedTokenizerFast(tokenizer_file=str(folder / "tokenizer.json"), pad_token=pad)
        batch = tokenizer.pad([tokenizer(text) for text in texts], return_tensors="pt")
        given = {key: batch[key] for key in ("input_ids", "attention_mask")}
        masks = [tokenizer(text, return_special_tokens_mask=True)["special_tokens_mask"] for text in texts]
        inner = [[i for i, special in enumerate(mask) if not special] for mask in masks]
        if name[0] == "b":
            labels = torch.full_like(batch["input_ids"], -100)
            for text, places in enumerate(inner):
                for place in places:
                    labels[text, place] = (text + place) % TAGS
            given["labels"] = labels
        out = model(**given)
        found[name] = dict(weight=weight.tolist(), bias=bias.tolist(), places=inner,
                           logits=[out.logits[text, place].tolist() for text, row in enumerate(inner) for place in row])
        if name[0] == "b":
            out.loss.backward()
            found[name]["loss"] = dict(
                labels=[int(labels[text, place]) for text, row in enumerate(inner) for place in row], loss=out.loss.item(),
                weight=model.classifier.weight.grad.tolist(), bias=model.classifier.bias.grad.tolist())
    return dict(texts=texts, models=found)


def tokens():
    families = {}
    for name, (model, kind, files) in TOKENIZERS.items():
        with tempfile.TemporaryDirectory() as folder:
            for source, target in files.items():
                shutil.copy(RESOURCES / "text" / source, pathlib.Path(folder) / target)
            settings = {"config.json": {"model_type": model}, "tokenizer_config.json": {"tokenizer_class": kind}}
            for file, content in settings.items():
                (pathlib.Path(folder) / file).write_text(json.dumps(content))
            tokenizer = AutoTokenizer.from_pretrained(folder)
            rows = []
            for text in TEXTS:
                encoding = tokenizer(text)
                places = [encoding.char_to_token(i) for i in range(len(text))]
                rows.append([-1 if place is None else place for place in places])
            families[name] = dict(model=model, kind=kind, files=files, tokens=rows)
    return dict(texts=TEXTS, families=families)


def chunks(tags):
    """conlleval's: every tag is compared with the one before it."""
    def split(tag):
        return (tag[0], tag[2:]) if "-" in tag else (tag, "")

    def ends(before, type_before, tag, kind):
        return (before in "ES" or (before in "BI" and tag in "BSO")
                or (before != "O" and type_before != kind))

    def starts(before, type_before, tag, kind):
        return (tag in "BS" or (before in "ESO" and tag in "EI")
                or (tag != "O" and type_before != kind))

    found, begin, before = set(), 0, ("O", "")
    for i, tag in enumerate(tags + ["O"]):
        now = split(tag)
        if before[0] != "O" and ends(*before, *now):
            found.add((before[1], begin, i))
        if starts(*before, *now):
            begin = i
        before = now
    return found


def share(part, whole):
    return part / whole if whole else 0.0


def scores(found, gold):
    both = [len(f & g) for f, g in zip(found, gold)]
    right, said, there = sum(both), sum(map(len, found)), sum(map(len, gold))
    return [share(right, said), share(right, there), share(2 * right, said + there)]


def entities():
    draw = random.Random(5)
    cases = []
    # By hand: what each scheme allows, and what it does not.
    for gold, found in [
        ([["I-A", "I-A", "O", "I-B"]], [["I-A", "B-A", "O", "I-B"]]),
        ([["B-A", "I-A", "O", "B-B"]], [["I-A", "I-A", "O", "O"]]),
        ([["B-A", "E-A", "S-B"]], [["B-A", "I-A", "S-B"]]),
        ([["B-A", "I-B", "I-B"]], [["B-A", "I-A", "I-B"]]),
        ([["S-A", "S-A", "O"]], [["B-A", "B-A", "E-A"]]),
        ([["E-A", "E-A", "I-A"]], [["O", "E-A", "E-A"]]),
        ([["O", "O"]], [["O", "O"]]),
    ]:
        cases.append((gold, found))
    every = ["O", "O", "O"] + [p + "-" + t for p in "BIES" for t in ("A", "B", "C-D")]
    for _ in range(40):
        sizes = [draw.randint(1, 9) for _ in range(4)]
        gold = [[draw.choice(every) for _ in range(n)] for n in sizes]
        found = [[tag if draw.random() < 0.6 else draw.choice(every) for tag in row] for row in gold]
        cases.append((gold, found))
    rows = []
    for gold, found in cases:
        right, said = [chunks(row) for row in gold], [chunks(row) for row in found]
        types = sorted({kind for row in right + said for kind, _, _ in row})
        by_type = {kind: scores(*[[{c for c in row if c[0] == kind} for row in rows] for rows in (said, right)])
                   for kind in types}
        rows.append(dict(gold=gold, found=found, micro=scores(said, right), types=by_type,
                         macro=share(sum(f1 for _, _, f1 in by_type.values()), len(types))))
    return rows


target = RESOURCES / "task/token-classification.json"
target.write_text(json.dumps(dict(logits=logits(), tokens=tokens(), entities=entities()), ensure_ascii=True,
                             separators=(",", ":")) + "\n")
print(target, target.stat().st_size)
