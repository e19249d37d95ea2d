"""Writes core/src/test/resources/org/unipelt/task/multi-label.json, the fixture of MultiLabelTest: the loss of transformers'
multi_label_classification and its gradients, for the model in checkpoints/bert-classifier; and scikit-learn's metrics of random
predictions with ties, a label that no row has, and rows without labels.

Usage: python tools/multi_label_fixture.py     (needs torch, transformers, scikit-learn)
"""
import json
import pathlib
import warnings

import numpy as np
import torch
from sklearn.exceptions import UndefinedMetricWarning
from sklearn.metrics import (
    accuracy_score, average_precision_score, f1_score, precision_recall_curve, precision_score, recall_score)
from transformers import AutoTokenizer, BertForSequenceClassification

RESOURCES = pathlib.Path(__file__).resolve().parent.parent / "core/src/test/resources/org/unipelt"
ROWS, LABELS = 40, 5


def loss():
    folder = RESOURCES / "checkpoints/bert-classifier"
    texts = json.loads((RESOURCES / "checkpoints/texts.json").read_text())
    model = BertForSequenceClassification.from_pretrained(folder, problem_type="multi_label_classification")
    model = model.double().eval()
    labels = model.config.num_labels
    # Every number of labels, from none to all.
    gold = [[int(label < row) for label in range(labels)] for row in range(len(texts))]
    tokenizer = AutoTokenizer.from_pretrained(folder, pad_token="[PAD]")
    batch = tokenizer.pad([tokenizer(a, b, return_token_type_ids=True) for a, b in texts], return_tensors="pt")
    given = {key: batch[key] for key in ("input_ids", "token_type_ids", "attention_mask")}
    out = model(**given, labels=torch.tensor(gold, dtype=torch.float64))
    out.loss.backward()
    return dict(labels=gold, logits=out.logits.tolist(), loss=out.loss.item(),
                weight=model.classifier.weight.grad.tolist(), bias=model.classifier.bias.grad.tolist())


def metrics():
    random = np.random.default_rng(7)
    gold = random.random((ROWS, LABELS)) < [0.5, 0.3, 0.2, 0.1, 0.0]
    # One digit, so that probabilities are equal and some equal a threshold.
    probabilities = np.round(np.clip(random.random((ROWS, LABELS)) * 0.7 + 0.3 * gold, 0, 1), 1)
    thresholds = np.array([0.5, 0.6, 0.4, 0.7, 0.5])
    predicted = probabilities >= thresholds

    def best(label):
        if not gold[:, label].any():
            return 0.0
        precision, recall, _ = precision_recall_curve(gold[:, label], probabilities[:, label])
        return float(np.max(2 * precision * recall / np.maximum(precision + recall, 1e-300)))

    each = dict(average=None, zero_division=0)
    return dict(
        gold=gold.astype(int).tolist(), probabilities=probabilities.tolist(), thresholds=thresholds.tolist(),
        scores={
            "micro-f1": f1_score(gold, predicted, average="micro"),
            "macro-f1": f1_score(gold, predicted, average="macro"),
            "samples-f1": f1_score(gold, predicted, average="samples"),
            "average-precision": average_precision_score(gold, probabilities),
            "exact-match": accuracy_score(gold, predicted),
        },
        precision=precision_score(gold, predicted, **each).tolist(),
        recall=recall_score(gold, predicted, **each).tolist(),
        f1=f1_score(gold, predicted, **each).tolist(),
        averagePrecision=average_precision_score(gold, probabilities, average=None).tolist(),
        bestF1=[best(label) for label in range(LABELS)])


warnings.simplefilter("ignore", UndefinedMetricWarning)
warnings.filterwarnings("ignore", message="No positive class found")
out = RESOURCES / "task/multi-label.json"
out.parent.mkdir(exist_ok=True)
out.write_text(json.dumps(dict(loss=loss(), metrics=metrics())) + "\n")
print(out.stat().st_size, "bytes")
