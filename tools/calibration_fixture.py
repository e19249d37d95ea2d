#!/usr/bin/env python3
"""Writes how sure a model of classes is, computed from the definitions: expected calibration error in 15 bins, temperature.

Usage: tools/calibration_fixture.py > core/src/test/resources/org/unipelt/metric/calibration.json
"""

import json
import math
import random

BINS = 15


def softmax(logits, temperature=1.0):
    largest = max(logits)
    powers = [math.exp((z - largest) / temperature) for z in logits]
    return [power / sum(powers) for power in powers]


def error(rows, right, temperature):
    """Guo et al. 2017, Equation 3: bins (m/15, (m+1)/15] of the top probability."""
    bins = [[] for _ in range(BINS)]
    for logits, gold in zip(rows, right):
        p = softmax(logits, temperature)
        top = p.index(max(p))
        for m in range(BINS):
            if m / BINS < max(p) <= (m + 1) / BINS:
                bins[m].append((max(p), top == gold))
    return sum(
        len(members) / len(rows) * abs(sum(hit for _, hit in members) / len(members) - sum(p for p, _ in members) / len(members))
        for members in bins
        if members
    )


def loss(rows, right, temperature):
    return sum(-math.log(softmax(logits, temperature)[gold]) for logits, gold in zip(rows, right)) / len(rows)


def temperature(rows, right):
    """Where the derivative of the loss by b = 1/T, the mean of E_p[z] - z_right, changes its sign; it grows with b."""

    def slope(b):
        return sum(
            sum(p * z for p, z in zip(softmax(logits, 1 / b), logits)) - logits[gold] for logits, gold in zip(rows, right)
        )

    low, high = 1 / 20, 20.0
    while high - low > 1e-13:
        middle = (low + high) / 2
        low, high = (middle, high) if slope(middle) < 0 else (low, middle)
    return 1 / low


def main():
    draw = random.Random(7)
    cases = []
    for sharp in (1.0, 4.0, 0.3):
        rows, right = [], []
        for _ in range(60):
            z = [draw.gauss(0, 1.5) for _ in range(4)]
            right.append(draw.choices(range(4), softmax(z))[0])
            rows.append([round(each * sharp, 4) for each in z])
        best = temperature(rows, right)
        # Each fifth of the rows by the temperature of the other four.
        held, order = [], []
        for part in range(5):
            others = [i for i in range(60) if i % 5 != part]
            t = temperature([rows[i] for i in others], [right[i] for i in others])
            for i in range(part, 60, 5):
                held.append([z / t for z in rows[i]])
                order.append(right[i])
        cases.append(
            {
                "logits": rows,
                "right": right,
                "error": error(rows, right, 1),
                "loss": loss(rows, right, 1),
                "temperature": best,
                "errorHeld": error(held, order, 1),
                "lossHeld": loss(held, order, 1),
            }
        )
    print(json.dumps(cases))


if __name__ == "__main__":
    main()
