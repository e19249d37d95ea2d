"""Writes core/src/test/resources/org/unipelt/task/ranking.json, the fixture of RankingTest: PyTorch's binary cross-entropy
with soft targets and its gradient, as sentence-transformers' cross-encoders train with it, alone and with the cross-entropy
of a softmax over the texts of a query; and the metrics of random rankings:
nDCG is scikit-learn's with the gain 2^grade - 1, reciprocal rank and average precision are by their definitions in trec_eval.

Usage: python tools/ranking_fixture.py     (needs torch, scikit-learn)
"""
import json
import pathlib

import numpy as np
import torch
from sklearn.metrics import ndcg_score

RESOURCES = pathlib.Path(__file__).resolve().parent.parent / "core/src/test/resources/org/unipelt"
QUERIES, PLACES, LARGEST = 12, (1, 3, 5, 10), 4.0


def loss(random):
    logits = torch.tensor(random.normal(size=(9, 1)), requires_grad=True)
    grades = random.integers(0, 5, size=9).astype(float)
    targets = torch.tensor(grades / LARGEST)
    value = torch.nn.BCEWithLogitsLoss()(logits.squeeze(1), targets)
    value.backward()
    gains = 2 ** torch.tensor(grades) - 1
    listed = logits.detach().clone().requires_grad_()
    whole = (torch.nn.BCEWithLogitsLoss()(listed.squeeze(1), targets)
             + torch.nn.CrossEntropyLoss()(listed.squeeze(1)[None], (gains / gains.sum())[None]))
    whole.backward()
    return dict(listLoss=whole.item(), listGradient=listed.grad.tolist(), logits=logits.tolist(), grades=grades.tolist(), largest=LARGEST, loss=value.item(),
                gradient=logits.grad.tolist())


def of_query(scores, grades):
    # Of equal scores the smaller grade first: scikit-learn would take the mean of all orders.
    order = sorted(range(len(scores)), key=lambda i: (-scores[i], grades[i]))
    ranked = [grades[i] for i in order]
    relevant = [i + 1 for i, grade in enumerate(ranked) if grade > 0]
    gains = np.array([[2.0 ** grade - 1 for grade in ranked]])
    untied = -np.arange(len(ranked), dtype=float)[None, :]
    result = {
        "mrr": 1 / relevant[0],
        "map": sum((found + 1) / rank for found, rank in enumerate(relevant)) / len(relevant),
    }
    for k in PLACES:
        # It has no place for a single text, whose order is always right.
        result[f"ndcg-{k}"] = ndcg_score(gains, untied, k=k) if len(ranked) > 1 else 1.0
    return result


def metrics(random):
    queries, scores, grades, each = [], [], [], []
    for query in range(QUERIES):
        texts = 1 if query == 0 else int(random.integers(2, 15))
        # One digit, so that some scores are equal.
        own = np.round(random.random(texts), 1)
        right = random.choice([0, 0, 0, 1, 2, 0.5, 4], size=texts)
        if query == 1:
            right[:] = 0
        elif not (right > 0).any():
            right[-1] = 1
        if query != 1:
            each.append(of_query(own.tolist(), right.tolist()))
        queries += [query] * texts
        scores += own.tolist()
        grades += right.tolist()
    order = random.permutation(len(queries))
    pick = lambda values: [values[i] for i in order]
    return dict(queries=pick(queries), scores=pick(scores), grades=pick(grades),
                values={name: float(np.mean([one[name] for one in each])) for name in each[0]})


random = np.random.default_rng(11)
out = RESOURCES / "task/ranking.json"
out.write_text(json.dumps(dict(loss=loss(random), metrics=metrics(random))) + "\n")
print(out.stat().st_size, "bytes")
