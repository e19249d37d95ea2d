"""Makes tables of queries to rank from GLUE's QNLI, and prints what needs no model: BM25 and the number of common words.

A query is a question of dev.tsv. Its texts are the sentence that answers it, and the nine others that BM25 finds first among
all sentences, so BM25 itself has the hardest of all texts to order. 100 queries are in OUT/qnli-train.tsv, 150 others in
OUT/qnli-test.tsv. Equal scores count against the order, as in RankingScore.

Usage: python tools/qnli_ranking.py QNLI_FOLDER OUT [TABLE]     (with a table, only prints the two baselines for it)
"""
import csv
import math
import pathlib
import random
import re
import sys
from collections import Counter, defaultdict

TRAIN, TEST, TEXTS, LONGEST = 100, 150, 10, 300


def words(text):
    return re.findall(r"\w+", text.lower())


class BM25:
    def __init__(self, texts, k=1.2, b=0.75):
        counts = [Counter(words(text)) for text in texts]
        mean = sum(sum(each.values()) for each in counts) / len(counts)
        documents = Counter(word for each in counts for word in each)
        self.found = defaultdict(dict)
        for place, each in enumerate(counts):
            size = k * (1 - b + b * sum(each.values()) / mean)
            for word, count in each.items():
                rarity = math.log(1 + (len(texts) - documents[word] + 0.5) / (documents[word] + 0.5))
                self.found[word][place] = rarity * count * (k + 1) / (count + size)

    def scores(self, query):
        scores = defaultdict(float)
        for word in set(words(query)):
            for place, score in self.found[word].items():
                scores[place] += score
        return scores


def rows(folder):
    table = [line.split("\t") for line in (folder / "dev.tsv").read_text().splitlines()[1:]]
    sentences = sorted({each[2] for each in table if len(each[2]) < LONGEST})
    bm25 = BM25(sentences)
    right = [(each[1], each[2]) for each in table if each[3] == "entailment" and len(each[2]) < LONGEST]
    order = random.Random(3)
    order.shuffle(right)
    queries = {}
    for question, answer in right:
        best = sorted(bm25.scores(question).items(), key=lambda each: (-each[1], each[0]))
        others = [sentences[place] for place, _ in best if sentences[place] != answer][:TEXTS - 1]
        if question not in queries and len(others) == TEXTS - 1:
            texts = [(answer, 1)] + [(other, 0) for other in others]
            order.shuffle(texts)
            queries[question] = texts
    return list(queries.items())


def write(file, queries):
    lines = [f"{query}\t{text}\t{grade}" for query, texts in queries for text, grade in texts]
    file.write_text("\n".join(["query\ttext\tgrade"] + lines) + "\n")


def dcg(grades):
    return sum((2 ** grade - 1) / math.log2(place + 2) for place, grade in enumerate(grades[:10]))


def baselines(queries):
    texts = sorted({text for _, own in queries for text, _ in own})
    places = {text: place for place, text in enumerate(texts)}
    bm25 = BM25(texts)
    for name, score in (
            ("BM25", lambda query, text: bm25.scores(query)[places[text]]),
            ("common words", lambda query, text: len(set(words(query)) & set(words(text))))):
        ndcg = mrr = 0
        for query, own in queries:
            order = [grade for _, grade in sorted((-score(query, text), grade) for text, grade in own)]
            ndcg += dcg(order) / dcg(sorted(order, reverse=True)) / len(queries)
            mrr += 1 / (1 + next(place for place, grade in enumerate(order) if grade > 0)) / len(queries)
        print(f"{name}: ndcg-10 {ndcg:.4f}, mrr {mrr:.4f}")


def read(file):
    queries = {}
    for row in csv.DictReader(open(file), delimiter="\t", quoting=csv.QUOTE_NONE):
        queries.setdefault(row["query"], []).append((row["text"], float(row["grade"])))
    return list(queries.items())


if len(sys.argv) > 3:
    baselines(read(sys.argv[3]))
else:
    found = rows(pathlib.Path(sys.argv[1]))
    write(pathlib.Path(sys.argv[2]) / "qnli-train.tsv", found[:TRAIN])
    write(pathlib.Path(sys.argv[2]) / "qnli-test.tsv", found[TRAIN:TRAIN + TEST])
    baselines(read(pathlib.Path(sys.argv[2]) / "qnli-test.tsv"))
