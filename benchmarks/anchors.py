"""Simple ways to classify texts with few labelled rows, on the same base model and the same rows as 'unipelt train'.

benchmarks/quality runs this. It reads jobs from standard input, one JSON object a line, and answers each with one line:

    {"program": "setfit", "model": FOLDER, "train": FILE, "test": FILE, "seed": 1, "precision": "f32"}
    {"accuracy": 0.81, "macro-f1": 0.79, "seconds": 12.3, "processor seconds": 11.9, "details": {...}}

A file is a table with the columns text, label and perhaps pair. WriteModel writes the model's folder: its
config.json says which vector the base model was trained for, "first" token or "mean" of the real ones.

    logistic regression   on the base's vectors; cross-validation chooses C, standardising, and how to read pairs
    setfit                Tunstall et al. 2022: the base learns from pairs of rows, then logistic regression
    peft lora             LoRA on query and value, and a linear head
    full fine-tuning      every weight, and a linear head

With bf16, the base computes products in bfloat16; weights, losses and the optimizer's state stay in 32 bits.
The seed decides everything random. A program sees only its training rows.
"""

import contextlib
import json
import math
import random
import sys
import time
import warnings

import numpy
import torch
from peft import LoraConfig, get_peft_model
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, f1_score
from sklearn.model_selection import GridSearchCV, StratifiedKFold
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler
from tokenizers import Tokenizer
from torch import nn
from torch.nn import functional
from transformers import BertModel
from transformers.utils import logging

BATCH, PART, LENGTH, CLIP = 16, 8, 128, 1.0
STRENGTHS, FOLDS = [0.01, 0.1, 1.0, 10.0, 100.0], 5
# For each row, the number of pairs with a row of its class and of another class; and the most steps of 16 pairs.
ITERATIONS, PAIR_RATE, PAIR_STEPS = 20, 2e-5, 250
# With few rows, 20 passes are fewer steps than training needs (Mosbach et al. 2021); with many rows, they take too long.
# 200 steps are 28 passes of 100 rows and 6 of 500.
STEPS = 200


class Base:
    """A BERT without a head, and its tokenizer."""

    def __init__(self, folder, precision):
        self.precision = precision
        with open(f"{folder}/config.json", encoding="utf-8") as file:
            self.pooling = json.load(file)["pooling"]
        self.bert = BertModel.from_pretrained(folder, add_pooling_layer=False)
        self.width = self.bert.config.hidden_size
        self.tokenizer = Tokenizer.from_file(f"{folder}/tokenizer.json")
        self.tokenizer.enable_truncation(LENGTH)
        self.tokenizer.enable_padding()

    def __call__(self, texts):
        """Returns [texts, hidden] in 32 bits; a text is one string, or two that the model reads as one input."""
        # Divides a batch into parts of similar length, to save padding; the optimizer still sees one batch.
        order = sorted(range(len(texts)), key=lambda i: len("".join(texts[i])))
        parts = [self.pooled([texts[i] for i in order[at : at + PART]]) for at in range(0, len(order), PART)]
        return torch.cat(parts)[torch.tensor(order).argsort()]

    def pooled(self, texts):
        encoded = self.tokenizer.encode_batch(texts)
        ids, keep, types = (
            torch.tensor([getattr(e, field) for e in encoded]) for field in ("ids", "attention_mask", "type_ids")
        )
        with torch.autocast("cpu", torch.bfloat16, enabled=self.precision == "bf16"):
            hidden = self.bert(input_ids=ids, attention_mask=keep, token_type_ids=types).last_hidden_state.float()
        if self.pooling == "first":
            return hidden[:, 0]
        real = keep.unsqueeze(2).to(hidden.dtype)
        return (hidden * real).sum(1) / real.sum(1)

    def sentence_vectors(self, texts):
        """Returns vectors of length 1, as sentence-transformers does, in a NumPy array."""
        return evaluated(self.bert, lambda part: functional.normalize(self(part), dim=1), texts).numpy()


def evaluated(module, function, texts):
    """Returns a function's results for texts, without training."""
    module.eval()
    with torch.inference_mode():
        return function(texts)


def rows_of(file):
    """Reads texts (pairs of texts, if there is a column pair) and labels."""
    with open(file, encoding="utf-8", newline="\n") as lines:
        rows = [line.rstrip("\n").split("\t") for line in lines]
    columns = [rows[0].index(name) for name in ("text", "pair") if name in rows[0]]
    label = rows[0].index("label")
    texts = [tuple(row[c] for c in columns) if len(columns) > 1 else row[columns[0]] for row in rows[1:]]
    return texts, [row[label] for row in rows[1:]]


def train(model, loss_of, examples, steps, rate, decay, warm_up, rng):
    """Trains with AdamW and a linear schedule over shuffled passes; loss_of takes a batch of examples."""
    trained = [p for p in model.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(trained, lr=rate, weight_decay=decay, fused=True)
    rise = math.ceil(steps * warm_up)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda s: (s + 1) / (rise + 1) if s < rise else (steps - s) / max(1, steps - rise)
    )
    model.train()
    waiting = []
    for _ in range(steps):
        if not waiting:
            order = rng.sample(examples, len(examples))
            waiting = [order[at : at + BATCH] for at in range(0, len(order), BATCH)]
        loss_of(waiting.pop(0)).backward()
        nn.utils.clip_grad_norm_(trained, CLIP)
        optimizer.step()
        schedule.step()
        optimizer.zero_grad()


def side_by_side(base, pairs):
    """Joins u, v, |u - v| and u v of the two texts' vectors u and v."""
    u, v = (base.sentence_vectors([pair[i] for pair in pairs]) for i in (0, 1))
    return numpy.concatenate([u, v, abs(u - v), u * v], 1)


def logistic_regression(base, texts, labels, test, seed):
    folds = StratifiedKFold(min(FOLDS, max(map(labels.count, labels))), shuffle=True, random_state=seed)
    grid = {"scale": ["passthrough", StandardScaler()], "classify__C": STRENGTHS}
    readings = {"one input": Base.sentence_vectors}
    if isinstance(texts[0], tuple):
        readings["side by side"] = side_by_side
    best = None
    for name, vectors in readings.items():
        steps = Pipeline([("scale", "passthrough"), ("classify", LogisticRegression(max_iter=1000))])
        search = GridSearchCV(steps, grid, cv=folds)
        with warnings.catch_warnings():
            # Some folds lack a class that has fewer rows than there are folds.
            warnings.filterwarnings("ignore", message="The least populated class", category=UserWarning)
            warnings.simplefilter("ignore", ConvergenceWarning)
            search.fit(vectors(base, texts), labels)
        if best is None or search.best_score_ > best[1].best_score_:
            best = name, search
    name, search = best
    chosen = search.best_params_
    details = {"C": chosen["classify__C"], "standardised": chosen["scale"] != "passthrough", "vectors": name}
    details["cross-validation"] = round(search.best_score_, 4)
    return list(search.predict(readings[name](base, test))), details


def setfit(base, texts, labels, test, seed):
    rng = random.Random(seed)
    of_class = {label: [i for i, other in enumerate(labels) if other == label] for label in sorted(set(labels))}
    pairs = []
    for _ in range(ITERATIONS):
        for i, label in enumerate(labels):
            pairs.append((i, rng.choice(of_class[label]), 1.0))
            others = [j for j, other in enumerate(labels) if other != label]
            if others:
                pairs.append((i, rng.choice(others), 0.0))

    def loss_of(batch):
        left, right, same = zip(*batch)
        u, v = base([texts[i] for i in left + right]).chunk(2)
        return functional.mse_loss(functional.cosine_similarity(u, v), torch.tensor(same))

    steps = min(math.ceil(len(pairs) / BATCH), PAIR_STEPS)
    train(base.bert, loss_of, pairs, steps, PAIR_RATE, 0.01, 0.1, rng)
    classify = LogisticRegression(max_iter=1000).fit(base.sentence_vectors(texts), labels)
    return list(classify.predict(base.sentence_vectors(test))), {"steps": steps, "pairs": len(pairs)}


def with_head(base, texts, labels, test, seed, rate, warm_up):
    """Trains all weights of the base that are not frozen, and a linear head after the base's own pooling."""
    classes = sorted(set(labels))
    head = nn.Linear(base.width, len(classes))
    nn.init.normal_(head.weight, std=0.02)
    nn.init.zeros_(head.bias)
    model = nn.ModuleDict({"bert": base.bert, "head": head})
    dropout = nn.Dropout(0.1)
    rows = [(text, classes.index(label)) for text, label in zip(texts, labels)]

    def loss_of(batch):
        batch_texts, targets = zip(*batch)
        return functional.cross_entropy(head(dropout(base(list(batch_texts)))), torch.tensor(targets))

    train(model, loss_of, rows, STEPS, rate, 0.0, warm_up, random.Random(seed))
    best = evaluated(model, lambda part: head(base(part)).argmax(1), test)
    return [classes[i] for i in best.tolist()], {"steps": STEPS, "rate": rate}


def peft_lora(base, texts, labels, test, seed):
    config = LoraConfig(r=8, lora_alpha=16, lora_dropout=0.1, target_modules=["query", "value"])
    base.bert = get_peft_model(base.bert, config)
    return with_head(base, texts, labels, test, seed, 2e-4, 0.0)


def full_fine_tuning(base, texts, labels, test, seed):
    return with_head(base, texts, labels, test, seed, 5e-5, 0.1)


PROGRAMS = {
    "logistic regression": logistic_regression,
    "full fine-tuning": full_fine_tuning,
    "peft lora": peft_lora,
    "setfit": setfit,
}


def main():
    answers = sys.stdout
    logging.disable_progress_bar()
    for line in sys.stdin:
        job = json.loads(line)
        start, processor = time.perf_counter(), time.process_time()
        # Standard output has only the answers.
        with contextlib.redirect_stdout(sys.stderr):
            torch.manual_seed(job["seed"])
            texts, labels = rows_of(job["train"])
            test, gold = rows_of(job["test"])
            said, details = PROGRAMS[job["program"]](Base(job["model"], job["precision"]), texts, labels, test, job["seed"])
        answer = {
            "accuracy": accuracy_score(gold, said),
            "macro-f1": f1_score(gold, said, average="macro", zero_division=0),
            "seconds": round(time.perf_counter() - start, 1),
            "processor seconds": round(time.process_time() - processor, 1),
            "details": details,
        }
        print(json.dumps(answer), file=answers, flush=True)


if __name__ == "__main__":
    main()
